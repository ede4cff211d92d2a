"""What an order would earn is told before it is there, and then it earns just that."""

from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

import msgspec
import pytest

from saleor_crm_app.crm import orders
from saleor_crm_app.crm.orders import Observed, OrderFact, OrderSnapshot
from saleor_crm_app.kernel.ids import CustomerId, OrderId, shard_key
from saleor_crm_app.loyalty import points
from saleor_crm_app.loyalty.points import Due
from saleor_crm_app.loyalty.program import program_of_channel
from tests.door import counted
from tests.loyalty.rules.conftest import Book
from tests.loyalty.rules.rule_books import TEA
from tests.shop import ANNA, NOON, line, order

BEN = CustomerId("8")
UNMADE = OrderId(UUID(int=0))
TWICE = {"type": "MULTIPLIER", "percent": 200}


def bought(minor: int, *, minutes: int = 0, customer: CustomerId | None = ANNA) -> OrderSnapshot:
    at = NOON + timedelta(minutes=minutes)
    lines = (line("tea", minor, category=TEA), line("cup", 1000))
    return order(*lines, charged=minor + 1000, customer=customer, created_at=at, updated_at=at)


def fact_of(book: Book, snapshot: OrderSnapshot) -> OrderFact:
    return OrderFact(
        snapshot=snapshot,
        issued_at=snapshot.updated_at,
        polled=False,
        display_gross=True,
        attached_at=None,
        customer=snapshot.customer,
        shard=shard_key(book.shop, snapshot.customer or snapshot.id),
        content=b"",
    )


async def told(book: Book, snapshot: OrderSnapshot) -> Due:
    async with book.database.shop(book.shop, read_only=True) as session:
        program = await program_of_channel(session, "default-channel")
        assert program is not None
        return await points.foretell(session, book.shop, fact_of(book, snapshot), program=program)


async def earns(book: Book, snapshot: OrderSnapshot, *, at: datetime) -> int:
    """Let it happen; gives what was posted."""
    async with book.database.shop(book.shop) as session:
        seen = [Observed(snapshot=snapshot, issued_at=at, polled=False)]
        learnt = await orders.record(session, book.shop, seen, at=at)
        await points.accrue(session, book.shop, learnt.changed, at=at)
        found = await points.orders_points(session, book.shop, [snapshot.id], at=at)
    return found[snapshot.id].target if snapshot.id in found else 0


RULES: dict[str, dict[str, Any]] = {
    "every second order": {"then": TWICE, "if": {"type": "NTH_ORDER", "every": 2}},
    "a cap for each day": {"then": {"type": "PER_AMOUNT", "points": 1, "minor": 100}, "limits": {"perDay": 70}},
    "a cap for each customer": {"then": {"type": "PER_ORDER", "points": 40}, "limits": {"perCustomer": 100}},
    "a budget": {"then": {"type": "PER_ORDER", "points": 40}, "limits": {"budget": 100}},
    "one category": {"then": TWICE, "if": {"type": "CATEGORY", "in": [TEA]}},
}


@pytest.mark.parametrize("name", RULES)
async def test_each_order_earns_what_was_told(book: Book, name: str) -> None:
    await book.publishes(await book.writes(**RULES[name]))
    for number in range(4):
        snapshot = bought(1000 * (number + 1), minutes=number, customer=(ANNA, BEN)[number == 2])
        before = await told(book, snapshot)
        assert before.points == await earns(book, snapshot, at=snapshot.created_at)
        assert sum(given for _, given in before.earned.lines) == before.points
        assert sum(given for _, given in before.earned.rules) == before.points


async def test_a_guests_is_a_new_members_first(book: Book) -> None:
    await book.publishes(await book.writes(then=TWICE, **{"if": {"type": "NTH_ORDER", "in": [1]}}))
    await earns(book, bought(1000), at=NOON)
    assert (await told(book, bought(1000, minutes=1))).points == 20
    assert (await told(book, bought(1000, minutes=1, customer=None))).points == 40


async def test_it_is_the_next_one_also_where_the_shops_clock_is_ahead(book: Book) -> None:
    await book.publishes(await book.writes(then=TWICE, **{"if": {"type": "NTH_ORDER", "in": [2]}}))
    await earns(book, bought(1000, minutes=5), at=NOON)
    assert (await told(book, bought(1000))).points == 40


@pytest.mark.parametrize("name", RULES)
async def test_several_ways_of_the_next_order_are_told_as_each_alone(book: Book, name: str) -> None:
    await book.publishes(await book.writes(**RULES[name]))
    for number in range(3):
        snapshot = bought(2000, minutes=number)
        await earns(book, snapshot, at=snapshot.created_at)
    ways = [msgspec.structs.replace(bought(minor, minutes=9), id=UNMADE) for minor in (1000, 7000, 3000, 1000)]
    alone = [(await told(book, one)).points for one in ways]
    async with book.database.shop(book.shop, read_only=True) as session:
        program = await program_of_channel(session, "default-channel")
        assert program is not None
        with counted(book.database) as statements:
            dues = await points.foretell_each(session, book.shop, [fact_of(book, one) for one in ways], program=program)
    assert [due.points for due in dues] == alone
    assert len(statements) <= 5


async def test_nothing_is_written_and_little_is_asked(book: Book) -> None:
    await earns(book, bought(1000), at=NOON)
    with counted(book.database) as statements:
        await told(book, bought(1000, minutes=1))
    assert len(statements) == 2  # the program and its rules
    await book.publishes(await book.writes(**{"if": {"type": "NTH_ORDER", "in": [2]}}))
    with counted(book.database) as statements:
        await told(book, bought(1000, minutes=1))
    assert len(statements) == 5  # and earlier orders, their programs, and what was posted for them


async def test_an_order_of_staff_earns_nothing(book: Book) -> None:
    due = await told(book, msgspec.structs.replace(bought(1000), is_staff=True))
    assert (due.points, due.withheld) == (0, "STAFF")
