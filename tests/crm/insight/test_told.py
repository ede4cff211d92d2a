"""Moves between phases, the mix of phases and the grid of ranks: exact numbers, or what lacks for them."""

from datetime import timedelta

import pytest
import sqlalchemy as sa
from hypothesis import given
from hypothesis import strategies as st

from saleor_crm_app.crm.facts import Cell, Missing, Phase
from saleor_crm_app.crm.insight import PhaseMove, Stays, course_of, phase_mix, phase_moves, rfm_grid, score_all
from saleor_crm_app.kernel.db import Database
from saleor_crm_app.kernel.ids import CustomerId, InstallationId
from saleor_crm_app.kernel.money import MinorUnits, Money
from saleor_crm_app.reactions.facts import keep_facts
from tests.crm.facts.test_rollups import happen, ordered
from tests.shop import NOON

DAY = timedelta(days=1)


SOME: dict[str, st.SearchStrategy[int]] = {"days": st.integers(0, 50), "number": st.integers(1, 9)}


def stays(*, days: int, number: int, ended: bool, moved_on: bool = False) -> Stays:
    return Stays(days=days, number=number, has_ended=ended, moved_on=moved_on)


def people(number: int) -> list[CustomerId]:
    return [CustomerId(f"c{each:03}") for each in range(number)]


async def night(database: Database, shop: InstallationId, *, days: int = 0) -> None:
    async with database.shop(shop) as session:
        await score_all(session, shop, at=NOON + days * DAY)


async def a_month(database: Database, shop: InstallationId, number: int) -> None:
    """All buy once; ten days later every third buys again, one is deleted, and somebody new comes."""
    await happen(database, shop, *(ordered(0, customer=each) for each in people(number)))
    await night(database, shop)
    again = [ordered(-10, customer=each) for each in people(number)[::3]]
    await happen(database, shop, *again, ordered(-10, customer=CustomerId("new")), at=NOON + 10 * DAY)
    async with database.shop(shop) as session:
        await keep_facts(session, shop, (), {CustomerId("c001")}, at=NOON + 10 * DAY)


async def test_moves_count_who_was_here_and_then_there(database: Database, installation: InstallationId) -> None:
    await a_month(database, installation, 33)
    async with database.shop(installation, read_only=True) as session:
        found = await phase_moves(session, installation, since=NOON, until=NOON + 20 * DAY, at=NOON + 30 * DAY)
        before = await phase_moves(session, installation, since=NOON, until=NOON + 9 * DAY, at=NOON + 30 * DAY)
    assert found.missing == ()
    assert len(found.moves) == 20
    assert [one for one in found.moves if one.customers] == [
        PhaseMove(from_phase=Phase.LAUNCH, to_phase=Phase.LAUNCH, customers=21),
        PhaseMove(from_phase=Phase.LAUNCH, to_phase=Phase.DEVELOPMENT, customers=11),
        PhaseMove(from_phase=None, to_phase=Phase.LAUNCH, customers=1),
    ]
    assert [(one.to_phase, one.customers) for one in before.moves if one.customers] == [(Phase.LAUNCH, 32)]


async def test_moves_say_that_history_is_too_short_or_customers_too_few(
    database: Database, installation: InstallationId
) -> None:
    async def missing(since_days: int) -> list[tuple[str, int, int]]:
        since, at = NOON + since_days * DAY, NOON + 20 * DAY
        async with database.shop(installation, read_only=True) as session:
            found = await phase_moves(session, installation, since=since, until=at, at=at)
        assert found.moves == ()
        return [(one.what, one.have, one.needed) for one in found.missing]

    assert await missing(0) == [("DAYS_OF_HISTORY", 0, 20)]
    await a_month(database, installation, 30)
    assert await missing(-5) == [("DAYS_OF_HISTORY", 20, 25)]
    assert await missing(0) == [("CUSTOMERS_THEN", 29, 30)]  # one of the thirty was deleted


async def test_the_mix_tells_who_is_where_and_how_long_a_phase_lasts(
    database: Database, installation: InstallationId
) -> None:
    await a_month(database, installation, 60)
    async with database.shop(installation, read_only=True) as session:
        found = {one.phase: one for one in await phase_mix(session, installation, at=NOON + 20 * DAY)}
    launch, developed = found[Phase.LAUNCH], found[Phase.DEVELOPMENT]
    assert [found[phase].customers for phase in Phase] == [0, 40, 20, 0]
    assert (launch.days_so_far, launch.stays, launch.missing) == (20, 60, [])
    assert launch.course is not None
    # twenty of sixty moved on after ten days, when one was no longer watched
    assert (launch.course.median_days, round(launch.course.moving_on, 3)) == (None, 0.333)
    assert (developed.stays, developed.course) == (20, None)
    assert developed.missing == [Missing(what="STAYS", have=20, needed=30)]


async def test_what_began_long_before_it_was_noted_says_nothing_of_how_long_phases_last(
    database: Database, installation: InstallationId
) -> None:
    await happen(database, installation, *(ordered(9, customer=each) for each in people(40)))
    async with database.shop(installation) as session:
        [launch] = [one for one in await phase_mix(session, installation, at=NOON) if one.phase is Phase.LAUNCH]
    assert (launch.customers, launch.days_so_far, launch.stays) == (40, 9, 0)


def test_half_are_over_when_the_survivors_are_half() -> None:
    # by hand: of ten, four end on day 5 (two well); of the six left two are no longer watched, two end on day 8
    watched = [
        Stays(days=5, number=2, has_ended=True, moved_on=True),
        Stays(days=5, number=2, has_ended=True),
        Stays(days=6, number=2, has_ended=False),
        Stays(days=8, number=2, has_ended=True, moved_on=True),
        Stays(days=9, number=2, has_ended=False),
    ]
    found = course_of(watched)
    assert (found.median_days, round(found.moving_on, 6)) == (8, 0.5)  # 2/10, then 6/10 of 2/4


@given(st.lists(st.builds(stays, ended=st.just(value=True), moved_on=st.booleans(), **SOME), min_size=1))
def test_where_all_stays_have_ended_the_estimates_are_the_plain_numbers(watched: list[Stays]) -> None:
    found = course_of(watched)
    total = sum(one.number for one in watched)
    days = sorted(day for one in watched for day in [one.days] * one.number)
    assert found.moving_on == pytest.approx(sum(one.number for one in watched if one.moved_on) / total)
    assert found.median_days == days[-(-total // 2) - 1]


@given(st.lists(st.builds(stays, ended=st.booleans(), **SOME), min_size=1))
def test_nobody_moves_on_where_nobody_did(watched: list[Stays]) -> None:
    assert course_of(watched).moving_on == 0


async def test_the_grid_counts_purchasers_and_tells_shares_by_currency(
    database: Database, installation: InstallationId
) -> None:
    euros = [ordered(day, 100 * (40 - day), customer=each) for day, each in enumerate(people(30))]
    await happen(database, installation, *euros, ordered(1, 900, currency="USD", customer=CustomerId("usd")))
    await happen(database, installation, ordered(800, 100, customer=CustomerId("gone")))
    await night(database, installation)
    async with database.shop(installation) as session:
        found = await rfm_grid(session, installation)
        kept = (
            await session.execute(sa.text("SELECT sum(revenue) FROM customer_rollup WHERE currency = 'EUR'"))
        ).scalar_one()
    assert [one.cell for one in found.cells] == list(Cell)
    assert sum(one.customers for one in found.cells) == 32
    assert sum(one.customers for one in found.squares) == 31  # who is lost without a rank stands on none
    assert sum(one.minor for each in found.cells for one in each.revenue if one.currency == "EUR") == kept
    for currency in ("EUR", "USD"):
        assert sum(one.shares.get(currency, 0) for one in found.cells) == pytest.approx(1)
    [champions] = [one for one in found.cells if one.cell is Cell.CHAMPION]
    assert Money(MinorUnits(sum(100 * (40 - day) for day in range(champions.customers))), "EUR") in champions.revenue


async def test_the_grid_wants_thirty_purchasers(database: Database, installation: InstallationId) -> None:
    async def missing() -> list[tuple[str, int, int]]:
        async with database.shop(installation) as session:
            found = await rfm_grid(session, installation)
        assert (found.cells, found.squares) == ((), ())
        return [(one.what, one.have, one.needed) for one in found.missing]

    assert await missing() == [("PURCHASERS", 0, 30)]
    await happen(database, installation, *(ordered(1, customer=each) for each in people(29)))
    await night(database, installation)
    assert await missing() == [("PURCHASERS", 29, 30)]
