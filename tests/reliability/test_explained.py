"""Promises 10 and 11: every number can be computed again from what is kept with it, and rules never change the past."""

from collections.abc import AsyncIterator, Sequence
from datetime import timedelta

import pytest

from saleor_crm_app.kernel.db import Database
from saleor_crm_app.kernel.ids import CustomerId, InstallationId
from saleor_crm_app.loyalty import points
from saleor_crm_app.loyalty.points import EntryLine, EntryWindow
from saleor_crm_app.loyalty.program import program_of_channel
from tests.loyalty.rules.conftest import Book
from tests.reliability.crowd import customer, life, rounds
from tests.reliability.real_ledger import CHANNEL, RealLedger
from tests.reliability.till import START, Till, told

LIVES = 500
DAY = timedelta(days=1)
BEFORE, AFTER_THE_FIRST, AFTER_THE_SECOND = START, START + 5 * DAY, START + 20 * DAY
LATER = START + 30 * DAY


@pytest.fixture
async def shop(database: Database, installation: InstallationId) -> AsyncIterator[RealLedger]:
    shop = RealLedger(database, installation)
    await shop.begin()
    yield shop
    await shop.end()


@pytest.fixture
async def book(shop: RealLedger) -> Book:
    """A bonus for each order from the second day on, double points from the tenth on."""
    async with shop.database.shop(shop.shop, read_only=True) as session:
        program = await program_of_channel(session, CHANNEL)
    assert program is not None
    book = Book(shop.database, shop.shop, program)
    bonus = await book.writes(name="Bonus", then={"type": "PER_ORDER", "points": 50})
    await book.publishes(bonus, live_from=START + DAY)
    double = await book.writes(name="Double", then={"type": "MULTIPLIER", "percent": 200})
    await book.publishes(double, live_from=START + 10 * DAY)
    return book


async def two_orders_each(shop: RealLedger, *, lives: int) -> None:
    """By chance, before and after each of the publications, with payments, refunds and cancellations."""
    starts = (BEFORE, AFTER_THE_FIRST, AFTER_THE_SECOND)
    told_of_each = [life(seed, start=starts[seed % 3]) for seed in range(lives)]
    for batch in rounds(told_of_each):
        await shop.tell(batch, at=LATER)


async def lines(shop: RealLedger) -> list[EntryLine]:
    """Everybody's entries."""
    found: list[EntryLine] = []
    async with shop.database.shop(shop.shop, read_only=True) as session:
        program = await program_of_channel(session, CHANNEL)
        assert program is not None
        owners = [(CustomerId(customer(seed)), program.id) for seed in range(LIVES)]
        for owner in owners:
            member = await points.account_of(session, shop.shop, *owner)
            if member is not None:
                found += (await points.entries_of(session, shop.shop, member, EntryWindow(most=1000))).lines
    return found


async def test_every_entry_of_a_thousand_orders_is_computed_again_to_the_same(shop: RealLedger, book: Book) -> None:
    await two_orders_each(shop, lives=LIVES)
    entries = await lines(shop)
    by_rules = points.statements.by_rules_of(await book.sets())
    wrong = [one for one in entries if points.statements.replay(one, by_rules) != one.points]
    assert wrong == []
    assert len({one.order for one in entries}) > 900
    assert {one.program_version for one in entries} == {1, 2, 3}
    assert await shop.findings() == ()


async def test_edited_retired_and_paused_rules_leave_every_entry_as_it_was(shop: RealLedger, book: Book) -> None:
    # given
    await two_orders_each(shop, lives=100)
    before, sums = await written(shop), await shop.rows(_SUMS)
    # when: everything about the rules changes, and all that was said is said again
    base = await book.base()
    await book.publishes(
        await book.rewrites(base, name="Base", then={"type": "PER_AMOUNT", "points": 7, "minor": 100}), live_from=LATER
    )
    for draft in await book.drafts():
        if draft.rule.name != "Base":
            await book.retires(draft, live_from=LATER)
    await shop.pause(at=LATER)
    await shop.go_on(at=LATER + DAY)
    await shop.accrue_again(at=LATER + DAY)
    # then
    assert await written(shop) == before
    assert await shop.rows(_SUMS) == sums
    # and: an old order that changes counts by the rules of its day
    till = Till(clock=AFTER_THE_SECOND, first_number=900_000)
    order = till.place("7", 10_000)
    await shop.tell([told(till.pay(order, 10_000))], at=LATER + 2 * DAY)
    till.clock = LATER + 2 * DAY
    await shop.tell([told(till.refund(order, 5_000))], at=till.clock)
    newest = await shop.rows("SELECT points, program_version FROM entry ORDER BY id DESC LIMIT 2")
    assert newest == [(-150, 3), (250, 3)]
    assert set(before) <= set(await written(shop))


_SUMS = "SELECT id, balance, deficit, head FROM account ORDER BY id"


async def written(shop: RealLedger) -> Sequence[tuple[object, ...]]:
    return await shop.rows("SELECT id, hash, points, program_version, CAST(explanation AS text) FROM entry ORDER BY id")
