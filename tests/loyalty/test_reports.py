"""What-if over a shop's own orders, and the recalculation it shows: exact numbers, nothing granted by looking."""

from datetime import timedelta
from typing import Any

import pytest

from saleor_crm_app.kernel.db import Database
from saleor_crm_app.kernel.ids import CustomerId, InstallationId
from saleor_crm_app.loyalty import points, reports, rules
from saleor_crm_app.loyalty.reports import Recalculate, Simulation, SimulationState
from saleor_crm_app.loyalty.rules import Publication, RuleSetDocument
from tests.loyalty.ledger_acts import DAY, Books
from tests.loyalty.rules.rule_books import document
from tests.shop import ANNA, NOON

BOB = CustomerId("8")
CAROL = CustomerId("9")
DOUBLE_FROM_100: dict[str, Any] = {
    "name": "Double",
    "if": {"type": "MIN_AMOUNT", "minor": 10000},
    "then": {"type": "MULTIPLIER", "percent": 200},
}


@pytest.fixture
def books(database: Database, installation: InstallationId) -> Books:
    return Books(database, installation)


async def tried(
    books: Books, rule: dict[str, Any], *, without_base: bool = False, since: timedelta | None = None
) -> Simulation:
    """Begin and finish a run of the rules that hold, with one more or without the base rule."""
    program = await books.program()
    async with books.database.shop(books.shop) as session:
        held = rules.implied(program).document
        draft = await rules.create_rule(
            session, books.shop, program, rules.read_rule(document(**rule)), author="staff", at=NOON
        )
        wanted = RuleSetDocument(rules=()) if without_base else held.with_rule(draft.published)
        run = await reports.begin_simulation(
            session,
            books.shop,
            program,
            document=wanted,
            since=None if since is None else NOON - since,
            asked_by="staff",
            at=NOON,
        )
    more = True
    while more:
        async with books.database.shop(books.shop) as session:
            more = await reports.count_on(session, books.shop, run.id, at=NOON)
    async with books.database.shop(books.shop, read_only=True) as session:
        return await reports.simulation_of(session, run.id)


async def test_it_counts_points_winners_and_losers_and_grants_nothing(books: Books) -> None:
    await books.bought(50)
    await books.bought(120, customer=BOB)
    await books.bought(200, customer=CAROL)
    run = await tried(books, DOUBLE_FROM_100)
    tally = run.tally
    assert (run.state, tally.customers, tally.orders, tally.now, tally.then) == (SimulationState.DONE, 3, 3, 370, 690)
    assert (tally.winners, tally.losers) == (2, 0)
    assert [(one.customer, one.now, one.then) for one in tally.won_most] == [(CAROL, 200, 400), (BOB, 120, 240)]
    assert {month: (one.now, one.then) for month, one in tally.by_month.items()} == {"2026-01": (370, 690)}
    assert sorted(tally.by_rule.values()) == [320, 370]
    assert await books.entries() == [("EARN", 50)]


async def test_it_names_who_would_lose(books: Books) -> None:
    await books.bought(50)
    tally = (await tried(books, DOUBLE_FROM_100, without_base=True)).tally
    assert (tally.winners, tally.losers, tally.then) == (0, 1, 0)
    assert [(one.customer, one.change) for one in tally.lost_most] == [(ANNA, -50)]


async def test_orders_before_the_window_count_for_their_number_alone(books: Books) -> None:
    await books.bought(50, ago=100 * DAY)
    await books.bought(50, ago=10 * DAY)
    second: dict[str, Any] = {
        "name": "Second",
        "if": {"type": "NTH_ORDER", "in": [2]},
        "then": {"type": "PER_ORDER", "points": 30},
    }
    tally = (await tried(books, second, since=30 * DAY)).tally
    assert (tally.orders, tally.now, tally.then) == (1, 50, 80)


async def test_a_recalculation_posts_what_the_run_has_shown_and_stays(books: Books) -> None:
    bought = await books.bought(200)
    run = await tried(books, DOUBLE_FROM_100)
    program = await books.program()
    async with books.database.shop(books.shop) as session:
        [draft] = [one for one in await rules.rules_of(session, books.shop, program) if one.rule.name == "Double"]
        publication = Publication(expected=1, author="staff", at=NOON)
        await rules.publish_rule(
            session, books.shop, program, draft=draft, version=draft.version, publication=publication
        )
    await books.change(bought, after=DAY)
    assert await books.entries() == [("EARN", 200)]
    await recalculated(books, run, version=2)
    assert await books.entries() == [("EARN", 200), ("EARN", 200)]
    await recalculated(books, run, version=2)
    await books.change(bought, after=2 * DAY, charged=10000, refunded=10000)
    assert await books.entries() == [("EARN", 200), ("EARN", 200), ("CLAWBACK", -200)]
    assert await books.proved() == ()


async def recalculated(books: Books, run: Simulation, *, version: int) -> None:
    program = await books.program()
    async with books.database.shop(books.shop) as session:
        job: Recalculate | None = await reports.begin_recalculation(
            session, books.shop, program, simulation=run.id, version=version
        )
    while job is not None:
        async with books.database.shop(books.shop) as session:
            facts, job = await reports.orders_to_recalculate(session, job)
            await points.accrue(session, books.shop, facts, at=books.clock, by_version=version)


async def test_a_recalculation_by_other_rules_than_were_tried_is_refused(books: Books) -> None:
    await books.bought(200)
    run = await tried(books, DOUBLE_FROM_100)
    program = await books.program()
    async with books.database.shop(books.shop) as session:
        with pytest.raises(reports.SimulationOfOtherRules):
            await reports.begin_recalculation(session, books.shop, program, simulation=run.id, version=1)


async def test_a_stopped_run_counts_no_more_and_cannot_be_recalculated_by(books: Books) -> None:
    await books.bought(200)
    program = await books.program()
    async with books.database.shop(books.shop) as session:
        held = rules.implied(program).document
        run = await reports.begin_simulation(
            session, books.shop, program, document=held, since=None, asked_by="staff", at=NOON
        )
        await reports.stop_simulation(session, run.id, at=NOON)
        assert not await reports.count_on(session, books.shop, run.id, at=NOON)
        with pytest.raises(reports.SimulationUnfinished):
            await reports.begin_recalculation(session, books.shop, program, simulation=run.id, version=1)
