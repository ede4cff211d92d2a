"""What customers' orders come to, exactly; kept up to date by the batch that changes them, refilled, forgotten."""

import asyncio
from datetime import UTC, datetime, timedelta

import pytest
import sqlalchemy as sa

from saleor_crm_app.crm import customers, facts, insight, orders
from saleor_crm_app.crm.customers import CustomerSeen, Occasion
from saleor_crm_app.crm.orders import OrderSnapshot
from saleor_crm_app.kernel.db import Database
from saleor_crm_app.kernel.ids import CustomerId, InstallationId, global_id
from saleor_crm_app.kernel.money import MinorUnits, Money
from saleor_crm_app.loyalty import points
from saleor_crm_app.reactions.facts import FactKeeper, keep_facts
from tests.door import counted
from tests.shop import ANNA, NOON, later, line, observed, order

BEN, CARL = CustomerId("8"), CustomerId("9")
SHIRTS, SHOES = global_id("Category", 1), global_id("Category", 2)


async def happen(database: Database, shop: InstallationId, *snapshots: OrderSnapshot, at: datetime = NOON) -> None:
    """Let the shop say this, in one batch."""
    async with database.shop(shop) as session:
        learnt = await orders.record(session, shop, observed(*snapshots), at=at)
        await points.accrue(session, shop, learnt.changed, at=at)
        touched = {fact.customer for fact in learnt.changed if fact.customer}
        await keep_facts(session, shop, touched, (), at=at)


async def rollup(database: Database, shop: InstallationId, customer: CustomerId = ANNA) -> facts.Rollup:
    async with database.shop(shop, read_only=True) as session:
        found = await facts.rollup_of(session, shop, customer)
    assert found is not None
    return found


def ordered(days_ago: int, charged: int = 10000, **other: object) -> OrderSnapshot:
    made = NOON - timedelta(days=days_ago)
    return order(charged=charged, created_at=made, updated_at=made, **other)  # type: ignore[arg-type] # any column


def euros(minor: int) -> Money:
    return Money(MinorUnits(minor), "EUR")


async def test_orders_come_to_recency_frequency_money_and_a_gap(
    database: Database, installation: InstallationId
) -> None:
    history = [ordered(500), ordered(30, 5000), ordered(20, 2500), ordered(20, 2500), ordered(0)]
    await happen(database, installation, *history)
    found = await rollup(database, installation)
    assert (found.orders, found.orders_365, found.revenue, found.revenue_365) == (5, 4, euros(30000), euros(20000))
    assert (found.first_order_at, found.last_order_at) == (NOON - timedelta(days=500), NOON)
    assert (found.gaps, found.gap_days) == (3, 20)  # of 470, 10 and 20 days; two orders on a day are one
    assert found.channels == {"default-channel": 5}


async def test_shares_are_of_money_and_favorites_of_units(database: Database, installation: InstallationId) -> None:
    bought = (
        line("a", 6000, quantity=3, undiscounted=8000, category=SHIRTS, product="p", collections=["sale", "new"]),
        line("b", 2000, undiscounted=2000, category=SHOES, product="q", collections=["new"]),
    )
    await happen(database, installation, order(*bought, charged=6000, refunded=1500, refund_pending=500))
    found = await rollup(database, installation)
    assert (found.discount_permille, found.returned_permille, found.revenue) == (200, 250, euros(6000))
    assert found.categories == {SHIRTS: 3, SHOES: 1}
    assert found.products == {"p": 3, "q": 1}
    assert found.collections == {"sale": 3, "new": 4}


async def test_what_came_to_nothing_does_not_count(database: Database, installation: InstallationId) -> None:
    kept, lost = ordered(3), ordered(2)
    await happen(database, installation, kept, lost)
    await happen(database, installation, later(lost, minutes=5, status="CANCELED", charged=0))
    found = await rollup(database, installation)
    assert (found.orders, found.last_order_at) == (1, NOON - timedelta(days=3))


async def test_money_is_of_the_currency_of_most_orders(database: Database, installation: InstallationId) -> None:
    dollars = [ordered(days, 900, currency="USD") for days in (1, 2)]
    await happen(database, installation, *dollars, ordered(3))
    found = await rollup(database, installation)
    assert (found.orders, found.revenue) == (3, Money(MinorUnits(1800), "USD"))


async def test_a_guests_order_counts_once_it_has_its_customer(database: Database, installation: InstallationId) -> None:
    guests = order(charged=10000, customer=None)
    await happen(database, installation, guests)
    await happen(database, installation, later(guests, minutes=1, customer=BEN))
    assert (await rollup(database, installation, BEN)).orders == 1


async def test_a_batch_costs_the_same_statements_whatever_its_size(
    database: Database, installation: InstallationId
) -> None:
    lengths = []
    for number in (1, 40):
        everybody = {CustomerId(f"{number}-{each}") for each in range(number)}
        await happen(database, installation, *(ordered(1, customer=each) for each in everybody))
        with counted(database) as statements:
            async with database.shop(installation) as session:
                await keep_facts(session, installation, everybody, (), at=NOON)
        lengths.append(len(statements))
    assert lengths == [4, 4]


async def test_batches_at_once_lose_no_order(database: Database, installation: InstallationId) -> None:
    await asyncio.gather(*(happen(database, installation, ordered(days)) for days in range(8)))
    assert (await rollup(database, installation)).orders == 8


async def test_an_order_leaves_the_year_without_news(database: Database, make_installation: object) -> None:
    shop: InstallationId = await make_installation(sandbox=True, clock_offset=NOON - datetime.now(UTC))  # type: ignore[operator] # a fixture
    await happen(database, shop, ordered(364), ordered(1))
    assert (await rollup(database, shop)).orders_365 == 2
    async with database.shop(shop) as session:
        await session.execute(sa.text("UPDATE installation SET clock_offset = clock_offset + interval '2 days'"))
    await FactKeeper(database).follow_time()
    assert ((await rollup(database, shop)).orders_365, (await rollup(database, shop)).orders) == (1, 2)


async def test_what_a_night_told_of_who_was_just_being_deleted_goes_the_next(
    database: Database, installation: InstallationId
) -> None:
    async def scored() -> list[str]:
        async with database.shop(installation, read_only=True) as session:
            rows = await session.execute(
                sa.text("SELECT customer_id FROM customer_score UNION ALL SELECT customer_id FROM phase_change")
            )
            return [row.customer_id for row in rows]

    seen = CustomerSeen(id=CARL, is_active=True, is_confirmed=True, is_staff=False, language="DE", joined_at=NOON,
                        updated_at=NOON)  # fmt: skip
    async with database.shop(installation) as session:
        await customers.record(session, installation, [seen])
    await happen(database, installation, ordered(3))
    await FactKeeper(database).roll_up(facts.RollUp(installation=installation))
    async with database.shop(installation) as deleting:
        await customers.forget(deleting, installation, [(CARL, NOON)])
        await keep_facts(deleting, installation, (), {CARL}, at=NOON)
        async with database.shop(installation) as night:
            await insight.score_all(night, installation, at=NOON)
    assert sorted(await scored()) == [ANNA, ANNA, CARL, CARL]  # neither could know of the other
    await FactKeeper(database).follow_time()
    assert await scored() == [ANNA, ANNA]


@pytest.mark.parametrize("everybody", [True, False])
async def test_a_refill_makes_what_the_batches_made(
    database: Database, installation: InstallationId, *, everybody: bool
) -> None:
    await happen(database, installation, ordered(3), ordered(2, customer=BEN))
    seen = CustomerSeen(id=CARL, is_active=True, is_confirmed=True, is_staff=False, language="DE", joined_at=NOON,
                        updated_at=NOON, country="AT")  # fmt: skip
    async with database.shop(installation) as session:
        await customers.record(session, installation, [seen])
        if not everybody:
            await session.execute(sa.text("DELETE FROM customer_rollup WHERE customer_id = '7'"))
    await FactKeeper(database).roll_up(facts.RollUp(installation=installation, everybody=everybody))
    assert [(await rollup(database, installation, each)).orders for each in (ANNA, BEN, CARL)] == [1, 1, 0]
    carl = await rollup(database, installation, CARL)
    assert (carl.is_confirmed, carl.language, carl.country, carl.joined_at) == (True, "DE", "AT", NOON)


async def test_nothing_is_known_of_who_was_deleted(database: Database, installation: InstallationId) -> None:
    sold = ordered(1)
    await happen(database, installation, sold)
    async with database.shop(installation) as session:
        told = facts.Fact(customer=ANNA, name="size", value="M", source=facts.Source.STAFF, observed_at=NOON)
        await facts.tell_facts(session, installation, [told], at=NOON)
        await customers.forget(session, installation, [(ANNA, NOON)])
        await keep_facts(session, installation, (), {ANNA}, at=NOON)
    await happen(database, installation, later(sold, minutes=1))
    await FactKeeper(database).roll_up(facts.RollUp(installation=installation, everybody=True))
    async with database.shop(installation, read_only=True) as session:
        for table in ("customer_rollup", "customer_score", "phase_change", "member_fact", "fact"):
            number = (await session.execute(sa.text(f"SELECT count(*) FROM {table}"))).scalar_one()
            assert (table, number) == (table, 0)


async def test_what_loyalty_knows_is_written_down(database: Database, installation: InstallationId) -> None:
    sold = ordered(0, status="FULFILLED", fulfillments=(orders.FulfillmentFact(status="FULFILLED", created_at=NOON),))
    await happen(database, installation, sold)
    query = sa.text("SELECT available, expiring, tier FROM member_fact")
    found = []
    for days in (0, 30, 360, 700):
        async with database.shop(installation) as session:
            await keep_facts(session, installation, {ANNA}, (), at=NOON + timedelta(days=days))
            found.append(tuple((await session.execute(query)).one()))
    assert found == [(0, 0, None), (100, 0, None), (100, 100, None), (0, 0, None)]


async def test_events_are_counted_and_told_values_replaced_by_newer_ones(
    database: Database, installation: InstallationId
) -> None:
    def visit(key: str, days_ago: int) -> Occasion:
        return Occasion(customer=ANNA, key=key, name="visit", occurred_at=NOON - timedelta(days=days_ago))

    def size(value: str, days_ago: int) -> facts.Fact:
        moment = NOON - timedelta(days=days_ago)
        return facts.Fact(customer=ANNA, name="size", value=value, source=facts.Source.STAFF, observed_at=moment)

    async with database.shop(installation) as session:
        await facts.note_events(session, installation, [visit("1", 3), visit("2", 1)], at=NOON)
        await facts.note_events(session, installation, [visit("3", 2)], at=NOON)
        await facts.tell_facts(session, installation, [size("M", 1)], at=NOON)
        await facts.tell_facts(session, installation, [size("S", 2)], at=NOON)
        found = await facts.facts_of(session, installation, ANNA)
    assert [(one.name, one.value, one.source.value, one.observed_at) for one in found.values()] == [
        ("size", "M", "STAFF", NOON - timedelta(days=1)),
        ("visit", 3, "EVENT", NOON - timedelta(days=1)),
    ]


async def test_a_name_that_counts_events_is_theirs(database: Database, installation: InstallationId) -> None:
    visit = Occasion(customer=ANNA, key="1", name="visit", occurred_at=NOON)
    told = facts.Fact(customer=ANNA, name="visit", value="often", source=facts.Source.APP, observed_at=NOON)
    async with database.shop(installation) as session:
        await facts.tell_facts(session, installation, [told], at=NOON)
        await facts.note_events(session, installation, [visit], at=NOON)
        await facts.tell_facts(session, installation, [told], at=NOON)
        await facts.note_events(session, installation, [visit], at=NOON)
        found = await facts.facts_of(session, installation, ANNA)
    assert [(one.value, one.source) for one in found.values()] == [(2, facts.Source.EVENT)]
