"""Months of a program: opening and movements are the closing, closed ones stay, late news corrects forward."""

import asyncio
import random
from collections.abc import Sequence
from datetime import UTC, date, datetime, timedelta
from itertools import pairwise

import pytest
import sqlalchemy as sa
from sqlalchemy.exc import DBAPIError

from saleor_crm_app.crm import orders
from saleor_crm_app.kernel.db import Database
from saleor_crm_app.kernel.ids import InstallationId
from saleor_crm_app.kernel.money import MinorUnits, Money
from saleor_crm_app.loyalty import points
from saleor_crm_app.loyalty.program import Period, ProgramSettings
from tests.loyalty.histories import history
from tests.loyalty.ledger_acts import DAY, Books
from tests.shop import NOON, line, observed, order

Month = points.accounting.AccountingMonth
MOVED = ("issued", "redeemed", "returned", "clawed_back", "expired", "adjusted", "transferred")
MARCH, APRIL, MAY = date(2026, 3, 1), date(2026, 4, 1), date(2026, 5, 1)


@pytest.fixture
def books(database: Database, installation: InstallationId) -> Books:
    return Books(database, installation)


async def months(books: Books) -> Sequence[Month]:
    program = await books.program()
    async with books.database.shop(books.shop, read_only=True) as session:
        return await points.accounting.accounting_months(session, books.shop, program, at=books.clock)


async def close(books: Books, month: date) -> Month:
    program = await books.program()
    async with books.database.shop(books.shop) as session:
        return await points.accounting.close_month(session, books.shop, program, month=month, actor="3", at=books.clock)


async def owed(books: Books) -> points.liability.Liability:
    program = await books.program()
    async with books.database.shop(books.shop, read_only=True) as session:
        return await points.liability.liability_of(session, books.shop, program, at=books.clock)


async def run(books: Books, statement: str) -> None:
    async with books.database.shop(books.shop) as session:
        await session.execute(sa.text(statement))


async def read(books: Books, query: str) -> int:
    async with books.database.shop(books.shop, read_only=True) as session:
        return int((await session.execute(sa.text(query))).scalar_one())


def in_short(month: Month) -> tuple[str, int, list[int], int]:
    moved = [getattr(month.movements, name) for name in MOVED]
    return month.name, month.opening, moved, month.closing


def demand_identity(found: Sequence[Month]) -> None:
    """Each opens with what the one before closed with, in points and in money, and closes with all its movements."""
    for before, month in pairwise(found):
        assert (month.opening, month.opening_worth) == (before.closing, before.worth)
        assert month.first_day == points.accounting.month_after(before.first_day)
    for month in found:
        assert month.closing == month.opening + sum(getattr(month.movements, name) for name in MOVED)
    assert found[0].opening == 0


async def test_a_month_tells_what_changed_in_it(books: Books) -> None:
    first = await books.bought(1000)  # created on 30 January
    await books.redeem(300)
    books.clock = datetime(2026, 4, 10, tzinfo=UTC)
    await books.change(first, after=60 * DAY, charged=90000, refunded=10000)
    assert [in_short(month) for month in await months(books)] == [
        ("2026-01", 0, [1000, 0, 0, 0, 0, 0, 0], 1000),
        ("2026-02", 1000, [0, 0, 0, 0, 0, 0, 0], 1000),
        ("2026-03", 1000, [0, -300, 0, -100, 0, 0, 0], 600),
        ("2026-04", 600, [0, 0, 0, 0, 0, 0, 0], 600),
    ]
    newest = (await months(books))[-1]
    assert (newest.worth, newest.closed_at) == (Money(MinorUnits(600), "EUR"), None)
    assert (await owed(books)).outstanding == 600


@pytest.mark.parametrize("seed", range(10))
async def test_books_balance_in_every_month_and_closed_ones_never_change(books: Books, seed: int) -> None:
    dice = random.Random(seed)  # noqa: S311 # histories keep no secrets
    closed: dict[date, Month] = {}
    async for _ in history(books, seed).steps(40):
        if dice.random() < 0.4:
            first_open = next(month for month in await months(books) if month.closed_at is None)
            if first_open.first_day < books.clock.date().replace(day=1):
                closed[first_open.first_day] = await close(books, first_open.first_day)
        found = await months(books)
        demand_identity(found)
        assert {month.first_day: month for month in found if month.closed_at is not None} == closed
        entries = await read(books, "SELECT sum(points) FROM entry")
        stand = await owed(books)
        assert found[-1].closing == entries == stand.outstanding + stand.lapsed - stand.deficit
        assert sum(month.movements.entries for month in found) == await read(books, "SELECT count(*) FROM entry")
    assert len(closed) >= 2


async def test_late_news_of_a_closed_month_count_in_the_first_open_one(books: Books) -> None:
    bought = await books.bought(100, ago=timedelta(0))
    books.clock = datetime(2026, 5, 3, tzinfo=UTC)
    await close(books, MARCH)
    march = (await months(books))[0]
    # the shop tells in May of a refund and an order of March
    await books.change(bought, after=DAY, charged=4000, refunded=6000)
    await books.bought(10, ago=60 * DAY)
    assert [in_short(month) for month in await months(books)] == [
        ("2026-03", 0, [100, 0, 0, 0, 0, 0, 0], 100),
        ("2026-04", 100, [10, 0, 0, -60, 0, 0, 0], 50),
        ("2026-05", 50, [0, 0, 0, 0, 0, 0, 0], 50),
    ]
    assert (await months(books))[0] == march
    april = await close(books, APRIL)
    assert in_short(april) == ("2026-04", 100, [10, 0, 0, -60, 0, 0, 0], 50)
    # an order older than all that was closed
    await books.bought(7, ago=90 * DAY)
    assert [in_short(month) for month in await months(books)][2] == ("2026-05", 50, [7, 0, 0, 0, 0, 0, 0], 57)


async def test_an_entry_that_is_being_written_while_its_month_is_closed_counts_in_the_next(books: Books) -> None:
    await books.bought(100, ago=timedelta(0))
    before, books.clock = books.clock, datetime(2026, 4, 2, tzinfo=UTC)
    late = order(line("tea", 5000), charged=5000, created_at=before, updated_at=before)
    async with books.database.shop(books.shop) as session:
        learnt = await orders.record(session, books.shop, observed(late), at=before)
        await points.accrue(session, books.shop, learnt.changed, at=before)
        closed = await close(books, MARCH)
    assert closed.closing == 100
    assert [in_short(month) for month in await months(books)] == [
        ("2026-03", 0, [100, 0, 0, 0, 0, 0, 0], 100),
        ("2026-04", 100, [50, 0, 0, 0, 0, 0, 0], 150),
    ]


async def test_months_are_closed_one_after_the_other_when_they_are_over(books: Books) -> None:
    await books.bought(100, ago=timedelta(0))
    with pytest.raises(points.accounting.MonthNotOver):
        await close(books, MARCH)
    books.clock = datetime(2026, 5, 1, tzinfo=UTC)
    for month in (APRIL, date(2026, 2, 1), date(2020, 1, 1)):
        with pytest.raises(points.accounting.MonthOutOfOrder) as refusal:
            await close(books, month)
        assert refusal.value.next_month == MARCH
    for month in (MARCH, APRIL):
        await close(books, month)
    with pytest.raises(points.accounting.MonthIsClosed):
        await close(books, MARCH)
    with pytest.raises(points.accounting.MonthNotOver):
        await close(books, MAY)
    assert [month.closed_at for month in await months(books)] == [books.clock, books.clock, None]


async def test_days_and_months_end_in_the_programs_zone(books: Books) -> None:
    await books.happen(order())
    await run(books, "UPDATE program SET zone = 'Europe/Berlin'")
    await books.choose(ProgramSettings(expiry=Period(2)))
    books.clock = datetime(2026, 3, 20, 12, 0, tzinfo=UTC)
    await books.bought(40, ago=6 * DAY)
    # the end of 31 March there
    assert (await books.lots())[0][2] == datetime(2026, 3, 31, 22, 0, tzinfo=UTC)
    books.clock = datetime(2026, 3, 31, 22, 30, tzinfo=UTC)
    await books.bought(100, ago=timedelta(0))
    books.clock = datetime(2026, 4, 5, tzinfo=UTC)
    await books.expire()
    assert [in_short(month) for month in await months(books)] == [
        ("2026-03", 0, [40, 0, 0, 0, -40, 0, 0], 0),
        ("2026-04", 0, [100, 0, 0, 0, 0, 0, 0], 100),
    ]


async def test_a_closed_month_keeps_what_its_points_were_worth(books: Books) -> None:
    await books.bought(1000, ago=timedelta(0))
    books.clock = datetime(2026, 4, 2, tzinfo=UTC)
    closed = await close(books, MARCH)
    await run(books, "UPDATE program SET burn_minor = burn_minor * 2")
    march, april = await months(books)
    assert march.worth == closed.worth == april.opening_worth == Money(MinorUnits(1000), "EUR")
    assert april.worth == Money(MinorUnits(2000), "EUR")
    assert ((march.rate.points, march.rate.minor), (april.rate.points, april.rate.minor)) == ((100, 100), (100, 200))


async def test_the_database_refuses_to_change_a_closed_month(books: Books) -> None:
    await books.bought(100, ago=timedelta(0))
    books.clock = datetime(2026, 4, 2, tzinfo=UTC)
    await close(books, MARCH)
    for statement in ("UPDATE accounting_month SET closing = 1", "DELETE FROM accounting_month"):
        with pytest.raises(DBAPIError):
            await run(books, statement)
    unbalanced = "1, 100, 1, 0, 0, 0, 0, 0, 0, 100, 1, 1"
    with pytest.raises(DBAPIError):
        await run(
            books,
            "INSERT INTO accounting_month SELECT installation_id, program_id, date '2026-04-01', closed_at, closed_by,"
            f" {unbalanced} FROM accounting_month",
        )


async def test_a_program_without_entries_has_one_empty_month(books: Books) -> None:
    await books.happen(order(line("tea", 0)))
    assert [in_short(month) for month in await months(books)] == [("2026-03", 0, [0] * 7, 0)]
    assert (await owed(books)).worth == Money(MinorUnits(0), "EUR")


async def test_two_who_close_at_once_close_once(books: Books) -> None:
    await books.bought(100, ago=timedelta(0))
    books.clock = datetime(2026, 4, 2, tzinfo=UTC)
    outcomes = await asyncio.gather(*(close(books, MARCH) for _ in range(5)), return_exceptions=True)
    assert sorted(type(one).__name__ for one in outcomes) == ["AccountingMonth"] + ["MonthIsClosed"] * 4


async def test_what_a_program_owes_is_told_by_state(books: Books) -> None:
    await books.bought(1000)
    await books.bought(200, ago=timedelta(0))
    await books.hold(300)
    stand = await owed(books)
    assert (stand.available, stand.pending, stand.held, stand.outstanding) == (700, 200, 300, 1200)
    assert (stand.lapsed, stand.deficit, stand.worth) == (0, 0, Money(MinorUnits(1200), "EUR"))
    books.clock = NOON + 400 * DAY
    stand = await owed(books)
    assert (stand.outstanding, stand.lapsed) == (300, 900)
