"""A program that stood still goes on: no day is lost, and what happened meanwhile is posted as if it had not."""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
import sqlalchemy as sa

from saleor_crm_app.kernel.db import Database
from saleor_crm_app.loyalty import points
from saleor_crm_app.loyalty.program import Pause, ProgramSettings, end_after
from saleor_crm_app.reactions.again import Again
from tests.conftest import MakeInstallation
from tests.door import clock_at
from tests.loyalty.ledger_acts import DAY, Books
from tests.shop import ANNA, EMMA, NOON, line, order


class Pausing(Books):
    """Books of a program that is paused and goes on."""

    async def resume(self) -> points.memberships.Resumed:
        program = await self.program()
        async with self.database.shop(self.shop) as session:
            return await points.memberships.resume(session, self.shop, program.id, at=self.clock)

    async def catch_up(self) -> None:
        """Do the job that going on has owed, and those that it owes."""
        program = await self.program()
        await Again(self.database).accrue_again(
            points.memberships.AccrueAgain(installation=self.shop, program=program.id, since=NOON)
        )

    async def jobs(self) -> list[str]:
        async with self.database.queue() as session:
            return list(await session.scalars(sa.text("SELECT task_name FROM procrastinate_jobs ORDER BY id")))


@pytest.fixture
async def books(database: Database, make_installation: MakeInstallation) -> Pausing:
    return Pausing(database, await make_installation(**clock_at(NOON + 10 * DAY)))


async def test_what_had_not_lapsed_lapses_as_many_days_later(books: Pausing) -> None:
    await books.bought(100, ago=(14 + 366) * DAY)  # lapses at the end of today
    await books.bought(50, ago=30 * DAY)
    [(_, _, first), (_, _, second)] = await books.lots()
    assert first is not None
    assert second is not None
    await books.pause(NOON)
    books.clock = NOON + 10 * DAY
    resumed = await books.resume()
    assert (resumed.days, resumed.lots) == (10, 2)
    assert [end for _, _, end in await books.lots()] == [first + 10 * DAY, second + 10 * DAY]
    assert await books.expire() == 0
    assert (await books.balance()).available == 150
    assert (await books.program()).paused_at is None
    assert await books.jobs() == ["AccrueAgain"]
    assert await books.proved() == ()
    books.clock = first + 10 * DAY
    assert await books.expire() == 1
    assert await books.proved() == ()


async def test_what_had_lapsed_before_the_pause_stays_lapsed(books: Pausing) -> None:
    await books.bought(100, ago=(14 + 367) * DAY)
    await books.pause(NOON)
    books.clock = NOON + 10 * DAY
    assert (await books.resume()).lots == 0
    assert (await books.balance()).available == 0
    assert await books.expire() == 1
    assert await books.proved() == ()


async def test_the_longer_term_outlives_a_second_look_at_the_order(books: Pausing) -> None:
    bought = await books.bought(100, ago=30 * DAY)
    [(_, _, end)] = await books.lots()
    assert end is not None
    await books.pause(NOON)
    books.clock = NOON + 10 * DAY
    await books.resume()
    await books.catch_up()
    await books.change(bought, after=DAY, number="2")
    assert await books.lots() == [(100, 0, end + 10 * DAY)]
    assert await books.proved() == ()


async def test_orders_of_the_pause_are_posted_when_the_program_goes_on(books: Pausing) -> None:
    refunded = await books.bought(100)
    await books.pause(NOON)
    books.clock = NOON + 5 * DAY
    await books.bought(40, ago=DAY)
    await books.bought(30, ago=DAY, customer=EMMA)
    await books.happen(order(line("guest", 900), charged=900, customer=None))
    await books.change(refunded, after=32 * DAY, status="CANCELED")
    assert await books.entries() == [("EARN", 100)]
    # when
    books.clock = NOON + 10 * DAY
    await books.resume()
    await books.catch_up()
    # then
    assert sorted(await books.entries()) == [("CLAWBACK", -100), ("EARN", 40), ("EARN", 100)]
    assert await books.entries(EMMA) == [("EARN", 30)]
    await books.catch_up()
    assert len(await books.entries()) == 3
    assert await books.proved() == ()


async def test_a_pause_within_one_day_moves_no_end(books: Pausing) -> None:
    await books.bought(100)
    lots = await books.lots()
    await books.pause(NOON)
    books.clock = NOON + timedelta(hours=2)
    resumed = await books.resume()
    assert (resumed.days, resumed.lots) == (0, 0)
    assert await books.lots() == lots


async def test_two_pauses_add_up(books: Pausing) -> None:
    await books.bought(100)
    [(_, _, end)] = await books.lots()
    assert end is not None
    for start in (NOON, NOON + 20 * DAY):
        await books.pause(start)
        books.clock = start + 3 * DAY
        await books.resume()
    assert await books.lots() == [(100, 0, end + 6 * DAY)]
    assert await books.proved() == ()


def test_days_are_local_ones_whatever_the_clocks_do() -> None:
    zone = ZoneInfo("Europe/Berlin")
    # clocks go forward on 29 March 2026: both ends are local midnights, an hour apart in UTC
    end = datetime(2026, 3, 20, 23, 0, tzinfo=UTC)
    pause = Pause(datetime(2026, 3, 10, tzinfo=UTC), datetime(2026, 3, 25, tzinfo=UTC))
    moved = end_after(end, [pause], starts=datetime(2026, 1, 1, tzinfo=UTC), zone=zone)
    assert moved == datetime(2026, 4, 4, 22, 0, tzinfo=UTC)
    assert end_after(end, [pause], starts=pause.until, zone=zone) == end
    assert end_after(pause.since, [pause], starts=datetime(2026, 1, 1, tzinfo=UTC), zone=zone) == pause.since


async def test_the_database_moves_ends_as_the_rule_says(books: Pausing) -> None:
    await books.bought(100)
    async with books.database.shop(books.shop) as session:
        await session.execute(sa.text("UPDATE program SET zone = 'Europe/Berlin'"))
    await books.bought(50, ago=20 * DAY)
    program = await books.program()
    ends = [end for _, _, end in await books.lots() if end is not None]
    await books.pause(NOON)
    books.clock = NOON + 40 * DAY
    await books.resume()
    pause = Pause(NOON, books.clock)
    expected = [end_after(end, [pause], starts=NOON - 20 * DAY, zone=program.zone) for end in ends]
    assert [end for _, _, end in await books.lots()] == expected


async def test_after_a_dry_run_what_had_earned_before_is_followed_and_the_rest_begins_anew(books: Pausing) -> None:
    refunded = await books.bought(100)
    kept = await books.bought(50)
    await books.choose(ProgramSettings(dry_run=True))
    await books.bought(30, ago=DAY)
    await books.change(refunded, after=30 * DAY, status="CANCELED")
    await books.catch_up()
    assert await books.entries() == [("EARN", 100), ("EARN", 50)]
    # when
    await books.choose(ProgramSettings(earn_since=NOON))
    await books.catch_up()
    await books.change(kept, after=31 * DAY, number="2")
    books.clock = NOON + DAY
    await books.bought(20, ago=timedelta(hours=1))
    # then
    assert await books.entries() == [("EARN", 100), ("EARN", 50), ("CLAWBACK", -100), ("EARN", 20)]
    assert await books.proved() == ()


async def test_a_dry_run_opens_no_account(books: Pausing) -> None:
    await books.bought(10, customer=EMMA)
    await books.choose(ProgramSettings(dry_run=True))
    await books.bought(100)
    await books.catch_up()
    async with books.database.shop(books.shop, read_only=True) as session:
        program = await books.program()
        assert await points.account_of(session, books.shop, ANNA, program.id) is None
