"""The ledger after orders came, changed and came again: exact entries, balances and proved books."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta

import msgspec
import sqlalchemy as sa

from saleor_crm_app.crm import orders
from saleor_crm_app.crm.orders import FulfillmentFact, Observed, OrderSnapshot
from saleor_crm_app.kernel.db import Database
from saleor_crm_app.kernel.ids import CustomerId, InstallationId, OrderId
from saleor_crm_app.kernel.money import Points
from saleor_crm_app.loyalty import points
from saleor_crm_app.loyalty.points import Balance
from saleor_crm_app.loyalty.points.journal import Journal, Posted
from saleor_crm_app.loyalty.points.ledger import open_accounts, write
from saleor_crm_app.loyalty.points.lots import Draw
from saleor_crm_app.loyalty.points.models import EntryKind, EntrySource
from saleor_crm_app.loyalty.points.postings import postings_of
from saleor_crm_app.loyalty.program import program_of_channel
from tests.shop import ANNA, NOON, later, line, observed, order


async def happen(
    database: Database, shop: InstallationId, *snapshots: OrderSnapshot, at: datetime = NOON, polled: bool = False
) -> orders.Recorded:
    """Let the shop say this, in one batch."""
    async with database.shop(shop) as session:
        seen: Sequence[Observed] = observed(*snapshots, polled=polled)
        learnt = await orders.record(session, shop, seen, at=at)
        await points.accrue(session, shop, learnt.changed, at=at)
    return learnt


async def entries(database: Database, shop: InstallationId, customer: CustomerId = ANNA) -> list[tuple[str, int, str]]:
    """Every entry of a customer in the default channel: kind, points, key; oldest first."""
    async with database.shop(shop, read_only=True) as session:
        rows = await session.execute(
            sa.text(
                "SELECT kind, points, key FROM entry JOIN account ON account.id = entry.account_id"
                " WHERE customer_id = :customer ORDER BY entry.seq"
            ),
            {"customer": customer},
        )
        return [(row.kind, row.points, row.key) for row in rows]


async def balance(database: Database, shop: InstallationId, *, at: datetime, customer: CustomerId = ANNA) -> Balance:
    async with database.shop(shop, read_only=True) as session:
        program = await program_of_channel(session, "default-channel")
        assert program is not None
        member = await points.account_of(session, shop, customer, program.id)
        assert member is not None
        return await points.balance_of(session, shop, member, at=at)


async def spend_the_lot_of(database: Database, shop: InstallationId, order_id: OrderId) -> None:
    """Redeem all that an order's lot holds."""
    async with database.shop(shop) as session:
        program = await program_of_channel(session, "default-channel")
        assert program is not None
        owner = (ANNA, program.id)
        account = (await open_accounts(session, shop, [owner], at=NOON))[owner]
        lot = (await postings_of(session, shop, [order_id]))[order_id].lot
        journal = Journal(shop, NOON)
        draws = [Draw(lot.id, Points(-lot.remaining))]
        lot.remaining = 0
        journal.touch_lot(account, lot)
        redeemed = Posted(
            kind=EntryKind.REDEEM,
            source=EntrySource.ORDER,
            key="redeem:1",
            order=None,
            program_version=1,
            explanation={},
            occurred_at=NOON,
            draws=draws,
        )
        journal.post(account, redeemed)
        await write(session, journal)


async def prove(database: Database, shop: InstallationId) -> tuple[points.Finding, ...]:
    async with database.shop(shop, read_only=True) as session:
        return (await points.verify(session, shop)).findings


async def test_a_paid_order_earns_pending_points(database: Database, installation: InstallationId) -> None:
    paid = order(charged=10000)
    await happen(database, installation, paid)
    assert await entries(database, installation) == [("EARN", 100, f"order:{paid.id}:0")]
    stand = await balance(database, installation, at=NOON)
    assert (stand.pending, stand.available) == (100, 0)
    assert await prove(database, installation) == ()


async def test_the_same_order_again_posts_nothing(database: Database, installation: InstallationId) -> None:
    paid = order(charged=10000)
    await happen(database, installation, paid, paid)
    await happen(database, installation, paid)
    assert await entries(database, installation) == [("EARN", 100, f"order:{paid.id}:0")]


async def test_only_the_difference_is_posted(database: Database, installation: InstallationId) -> None:
    deposit = order(charged=5000)
    full = later(deposit, charged=10000, minutes=1)
    refunded = later(deposit, charged=2500, minutes=2)
    failed = later(deposit, charged=10000, minutes=3)
    for snapshot in (deposit, full, refunded, failed):
        await happen(database, installation, snapshot)
    key = f"order:{deposit.id}:"
    assert await entries(database, installation) == [
        ("EARN", 50, key + "0"),
        ("EARN", 50, key + "1"),
        ("CLAWBACK", -75, key + "2"),
        ("EARN", 75, key + "3"),
    ]
    assert (await balance(database, installation, at=NOON)).pending == 100
    assert await prove(database, installation) == ()


async def test_an_older_snapshot_is_ignored(database: Database, installation: InstallationId) -> None:
    deposit = order(charged=5000)
    await happen(database, installation, later(deposit, charged=10000, minutes=5))
    learnt = await happen(database, installation, deposit)
    assert (learnt.changed, learnt.doubtful) == ([], set())
    assert [points for _, points, _ in await entries(database, installation)] == [100]


async def test_another_content_under_the_same_time_is_read_again_and_that_counts(
    database: Database, installation: InstallationId
) -> None:
    first = order(charged=10000)
    second = msgspec.structs.replace(first, charged=6000)
    await happen(database, installation, first)
    learnt = await happen(database, installation, second)
    assert (learnt.changed, learnt.doubtful) == ([], {first.id})
    async with database.shop(installation) as session:
        read = [Observed(snapshot=second, issued_at=NOON + timedelta(seconds=1), polled=True)]
        learnt = await orders.record(session, installation, read, at=NOON)
        await points.accrue(session, installation, learnt.changed, at=NOON)
    assert [points for _, points, _ in await entries(database, installation)] == [100, -40]


def fulfilled(paid: OrderSnapshot, *, day: datetime, minutes: int = 1) -> OrderSnapshot:
    sent = (FulfillmentFact(status="FULFILLED", created_at=day),)
    return later(paid, charged=paid.charged, minutes=minutes, status="FULFILLED", fulfillments=sent)


async def test_points_are_available_14_local_days_after_fulfillment_for_365_days(
    database: Database, installation: InstallationId
) -> None:
    paid = order(charged=10000)
    await happen(database, installation, paid)
    await happen(database, installation, fulfilled(paid, day=NOON))
    opens = datetime(2026, 3, 16, tzinfo=UTC)
    closes = datetime(2027, 3, 17, tzinfo=UTC)
    moment = timedelta(microseconds=1)
    stands = [await balance(database, installation, at=at) for at in (opens - moment, opens, closes - moment, closes)]
    assert [(one.pending, one.available, one.expired) for one in stands] == [
        (100, 0, 0),
        (0, 100, 0),
        (0, 100, 0),
        (0, 0, 100),
    ]
    assert (stands[1].next_expiry_points, stands[1].next_expiry_at) == (100, closes)
    assert await prove(database, installation) == ()


async def test_a_cancelled_fulfillment_stops_a_clock_that_still_runs(
    database: Database, installation: InstallationId
) -> None:
    paid = order(charged=10000)
    await happen(database, installation, fulfilled(paid, day=NOON))
    taken_back = (FulfillmentFact(status="CANCELED", created_at=NOON),)
    await happen(
        database, installation, later(paid, charged=10000, minutes=60, fulfillments=taken_back, status="UNFULFILLED")
    )
    assert (await balance(database, installation, at=NOON + timedelta(days=400))).pending == 100


async def test_points_once_available_stay_available(database: Database, installation: InstallationId) -> None:
    paid = order(charged=10000)
    await happen(database, installation, fulfilled(paid, day=NOON))
    month_later = 60 * 24 * 30
    await happen(
        database, installation, later(paid, charged=10000, minutes=month_later, fulfillments=(), status="UNFULFILLED")
    )
    assert (await balance(database, installation, at=NOON + timedelta(days=31))).available == 100


async def test_a_guests_order_waits_for_its_account(database: Database, installation: InstallationId) -> None:
    guest = order(charged=10000, customer=None)
    await happen(database, installation, guest)
    assert await entries(database, installation) == []
    attached = later(guest, charged=10000, minutes=1, customer=ANNA)
    await happen(database, installation, attached)
    assert await entries(database, installation) == [("EARN", 100, f"order:{guest.id}:0")]
    async with database.shop(installation) as session:
        kept = (await session.execute(sa.text("SELECT count(*), min(customer_id) FROM order_fact"))).one()
    assert tuple(kept) == (1, ANNA)


async def test_a_guests_order_older_than_a_year_is_not_credited(
    database: Database, installation: InstallationId
) -> None:
    guest = order(charged=10000, customer=None)
    await happen(database, installation, guest)
    late = NOON + timedelta(days=366)
    await happen(database, installation, later(guest, charged=10000, minutes=1, customer=ANNA), at=late)
    assert await entries(database, installation) == []


async def test_an_order_whose_customer_was_deleted_keeps_its_points_in_step(
    database: Database, installation: InstallationId
) -> None:
    paid = order(charged=10000)
    await happen(database, installation, paid)
    await happen(database, installation, later(paid, charged=5000, minutes=1, customer=None))
    assert [points for _, points, _ in await entries(database, installation)] == [100, -50]


async def test_staff_earn_nothing(database: Database, installation: InstallationId) -> None:
    await happen(database, installation, order(charged=10000, is_staff=True))
    assert await entries(database, installation) == []


async def test_each_currency_has_its_own_program(database: Database, installation: InstallationId) -> None:
    euros = order(charged=10000)
    yen = order(line("tea", 950), charged=950, currency="JPY", channel="japan")
    await happen(database, installation, euros, yen)
    async with database.shop(installation) as session:
        rows = await session.execute(
            sa.text("SELECT currency, balance FROM account JOIN program ON program.id = program_id ORDER BY currency")
        )
        assert [tuple(row) for row in rows] == [("EUR", 100), ("JPY", 9)]


async def test_points_already_spent_come_back_from_other_lots_and_then_as_deficit(
    database: Database, installation: InstallationId
) -> None:
    spent, other = order(line("tea", 10000), charged=10000), order(line("mug", 3000), charged=3000)
    await happen(database, installation, spent, other)
    await spend_the_lot_of(database, installation, spent.id)
    await happen(database, installation, later(spent, charged=0, minutes=1))
    stand = await balance(database, installation, at=NOON)
    assert (stand.pending, stand.available, stand.deficit) == (0, 0, 70)
    assert await prove(database, installation) == ()
    await happen(database, installation, order(line("pot", 9000), charged=9000))
    stand = await balance(database, installation, at=NOON)
    assert (stand.pending, stand.deficit) == (20, 0)
    assert await prove(database, installation) == ()
