"""What was true and what was known: past balances and entries, from what only ever grows."""

from collections.abc import Sequence
from datetime import datetime, timedelta

import pytest
import sqlalchemy as sa

from saleor_crm_app.kernel.db import Database
from saleor_crm_app.kernel.ids import InstallationId
from saleor_crm_app.kernel.money import Points
from saleor_crm_app.loyalty import points
from saleor_crm_app.loyalty.points import Balance, EntryLine, EntryWindow, Expiring
from saleor_crm_app.loyalty.program import Inactivity, ProgramSettings
from tests.loyalty.histories import history
from tests.loyalty.ledger_acts import DAY, Books
from tests.shop import ANNA, NOON, order

HOUR = timedelta(hours=1)


@pytest.fixture
def books(database: Database, installation: InstallationId) -> Books:
    return Books(database, installation)


async def stood(books: Books, *, as_of: datetime, known_at: datetime) -> Balance:
    """Anna's balance at a moment of her history."""
    program = await books.program()
    async with books.database.shop(books.shop, read_only=True) as session:
        member = await points.account_of(session, books.shop, ANNA, program.id)
        assert member is not None
        moment = points.statements.Moment(as_of=as_of, known_at=known_at)
        return await points.statements.balance_as_of(session, books.shop, member, moment)


async def lines(books: Books, *, known_at: datetime | None = None) -> Sequence[EntryLine]:
    program = await books.program()
    async with books.database.shop(books.shop, read_only=True) as session:
        member = await points.account_of(session, books.shop, ANNA, program.id)
        assert member is not None
        window = EntryWindow(most=100, known_at=known_at)
        return (await points.entries_of(session, books.shop, member, window)).lines


@pytest.mark.parametrize("seed", range(15))
async def test_what_was_read_at_a_moment_is_read_of_it_ever_after(books: Books, seed: int) -> None:
    # given
    then: list[tuple[datetime, Balance, Sequence[EntryLine]]] = [
        (at, await books.balance(), await lines(books)) async for at in history(books, seed).steps(40)
    ]
    # then
    for at, balance, entries in then:
        assert (at, await stood(books, as_of=at, known_at=at)) == (at, balance)
        assert (at, await lines(books, known_at=at)) == (at, entries)
    assert await stood(books, as_of=books.clock, known_at=books.clock + 400 * DAY) == await books.balance()
    assert await books.proved() == ()


async def test_an_order_told_of_late_was_true_before_it_was_known(books: Books) -> None:
    await books.bought(100)
    start, books.clock = books.clock, NOON + 10 * DAY
    await books.bought(50, ago=9 * DAY)
    a_day_on = start + DAY
    assert (await stood(books, as_of=a_day_on, known_at=a_day_on)).pending == 0
    assert (await stood(books, as_of=a_day_on, known_at=books.clock)).pending == 50
    assert (await stood(books, as_of=start - HOUR, known_at=books.clock)).pending == 0


async def test_a_refund_told_of_late_was_true_from_when_it_happened(books: Books) -> None:
    bought = await books.bought(100)
    books.clock = NOON + 5 * DAY
    await books.change(bought, after=31 * DAY, charged=6000, refunded=4000)
    before, after = NOON + DAY - HOUR, NOON + DAY
    assert (await stood(books, as_of=before, known_at=books.clock)).available == 100
    assert (await stood(books, as_of=after, known_at=books.clock)).available == 60
    assert (await stood(books, as_of=after, known_at=books.clock - HOUR)).available == 100


async def test_what_lapsed_lapsed_on_its_day_whether_or_not_the_job_has_run(books: Books) -> None:
    await books.bought(100)
    end = (await books.lots())[0][2]
    assert end is not None
    books.clock = end + 20 * DAY
    for _ in range(2):
        moments = [await stood(books, as_of=at, known_at=books.clock) for at in (end - HOUR, end, books.clock)]
        assert [(one.available, one.expired) for one in moments] == [(100, 0), (0, 100), (0, 100)]
        await books.expire()


async def test_dates_are_those_that_were_known(books: Books) -> None:
    await books.happen(order())  # makes the program
    await books.choose(ProgramSettings(expiry=Inactivity(100)))
    await books.bought(100, ago=20 * DAY)
    first_end = (await books.balance()).next_expiry_at
    known, books.clock = books.clock, books.clock + 10 * DAY
    await books.bought(10, ago=timedelta(0))
    moved_end = (await books.balance()).next_expiry_at
    assert first_end is not None
    assert moved_end is not None
    assert moved_end > first_end
    between = first_end + HOUR
    assert (await stood(books, as_of=between, known_at=known)).expired == 100
    assert (await stood(books, as_of=between, known_at=books.clock)).expired == 0


async def test_a_debit_before_the_earning_that_it_drew_on_counts_as_owed(books: Books) -> None:
    old = await books.bought(100, ago=30 * DAY)
    await books.redeem(100)
    books.clock = NOON + DAY
    await books.bought(70, ago=timedelta(0))
    books.clock = NOON + 2 * DAY
    # told of after the next order, though it happened before
    await books.change(old, after=30 * DAY + HOUR, charged=0, refunded=10000)
    early = await stood(books, as_of=NOON + 2 * HOUR, known_at=books.clock)
    assert (early.available, early.pending, early.deficit) == (0, 0, 100)
    now = await stood(books, as_of=books.clock, known_at=books.clock)
    assert (now.pending, now.deficit) == (0, 30)


async def test_known_is_a_beginning_of_the_chain_even_where_the_clock_was_set_back(books: Books) -> None:
    await books.bought(100)
    books.clock = NOON - 10 * DAY
    await books.redeem(40)
    assert (await stood(books, as_of=NOON - DAY, known_at=NOON - DAY)).spent == 0
    assert await lines(books, known_at=NOON - DAY) == []
    stand = await stood(books, as_of=NOON, known_at=NOON)
    assert (stand.available, stand.spent) == (60, 40)


async def test_every_batch_tells_when_it_lapses(books: Books) -> None:
    for days in (40, 30, 20):
        await books.bought(days, ago=days * DAY)
    await books.hold(45)
    stand = await books.balance()
    ends = [end for _, _, end in await books.lots() if end is not None]
    assert stand.held == 45
    assert stand.expiring == (Expiring(Points(25), ends[1]), Expiring(Points(20), ends[2]))
    assert stand.expiring_within(340, at=NOON) == []
    assert stand.expiring_within(352, at=NOON) == [stand.expiring[0]]
    assert stand.expiring_within(2**31, at=NOON) == list(stand.expiring)


async def test_nothing_has_lapsed_while_the_program_is_paused(books: Books) -> None:
    await books.bought(100, ago=370 * DAY)
    await books.pause(NOON)
    books.clock = NOON + 60 * DAY
    assert (await books.balance()).available == 100
    assert await stood(books, as_of=books.clock, known_at=books.clock) == await books.balance()
    await books.pause(None)
    assert (await books.balance()).expired == 100


async def test_a_page_of_a_long_account_reads_no_more_than_its_entries(books: Books) -> None:
    bought = await books.bought(100)
    for step in range(30):
        bought = await books.change(bought, after=HOUR, charged=5000 + step * 100, refunded=5000 - step * 100)
    program = await books.program()
    async with books.database.shop(books.shop, read_only=True) as session:
        member = await points.account_of(session, books.shop, ANNA, program.id)
        assert member is not None
        total = (await session.execute(sa.text("SELECT last_seq FROM account"))).scalar_one()
        forward: list[int] = []
        older: int | None = None
        while True:
            page = await points.entries_of(session, books.shop, member, EntryWindow(most=7, older_than=older))
            forward += [one.seq for one in page.lines]
            if not page.has_next:
                break
            older = page.lines[-1].seq
        newer = await points.entries_of(session, books.shop, member, EntryWindow(most=3, newer_than=2))
        first = await points.entries_of(session, books.shop, member, EntryWindow(most=3, newer_than=total))
    assert forward == list(range(total, 0, -1))
    assert [one.seq for one in newer.lines] == [5, 4, 3]
    assert (newer.has_next, newer.has_previous) == (True, True)
    assert first.lines == []
