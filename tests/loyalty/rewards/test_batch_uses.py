"""Orders that used a campaign's codes are counted exactly, in whatever order and however many at once."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import dataclass, replace
from datetime import timedelta
from random import Random
from uuid import UUID

import pytest
import sqlalchemy as sa

from saleor_crm_app.issuing import BatchDesk
from saleor_crm_app.issuing.batches import stored_code
from saleor_crm_app.kernel.db import Database, retrying
from saleor_crm_app.kernel.ids import CustomerId, InstallationId, OrderId
from saleor_crm_app.loyalty import coupons, rewards
from saleor_crm_app.loyalty.coupons import Batch, BatchEnd, BatchState, Coupon, CouponState, Use
from saleor_crm_app.loyalty.rewards.batches import BatchWish
from saleor_crm_app.saleor.codes import CodeBook
from tests.conftest import Addresses
from tests.loyalty.ledger_acts import Books
from tests.loyalty.rewards.store import Store
from tests.shop import NOON

BOOK = CodeBook(["a secret key that only tests know"])


@dataclass
class Counted:
    """A batch whose codes are in the shop, as far as we know."""

    store: Store
    batch: Batch
    codes: list[Coupon]

    async def settle(self, code: Coupon, use: Use, *, database: Database | None = None) -> None:
        """As the job process does it."""

        async def act() -> None:
            async with (database or self.store.database).shop(self.store.shop) as session:
                await rewards.batch_uses.settle_code_use(session, self.store.shop, code.key, use, at=NOON)

        await retrying(act)

    async def now(self) -> Batch:
        async with self.store.database.shop(self.store.shop, read_only=True) as session:
            found = await coupons.batches.batch_by_id(session, self.batch.id)
        assert found is not None
        return found

    async def books(self) -> list[tuple[object, ...]]:
        """All that follows from uses: outcomes, states of codes, incidents, and the batch itself."""
        found: list[tuple[object, ...]] = []
        async with self.store.database.shop(self.store.shop, read_only=True) as session:
            for query in (
                "SELECT order_id, outcome, is_void FROM coupon_use ORDER BY 1",
                "SELECT id, state, order_id, cost FROM coupon WHERE batch_id IS NOT NULL ORDER BY 1",
                "SELECT kind, order_id FROM incident WHERE closed_at IS NULL ORDER BY 1, 2",
                "SELECT state, uses, spent, end_reason FROM coupon_batch",
            ):
                found += [tuple(row) for row in await session.execute(sa.text(query))]
        return found


@pytest.fixture
def store(database: Database, installation: InstallationId) -> Store:
    return Store(Books(database, installation))


@pytest.fixture
async def pools(addresses: Addresses, database: Database) -> AsyncIterator[tuple[Database, Database]]:
    """Two, as two processes have them."""
    other = Database(addresses.app)
    yield database, other
    await other.close()


async def begun(store: Store, *, codes: int = 1, **wish: object) -> Counted:
    """A batch with so many codes; the first one is for all where the wish says so."""
    await store.books.bought(1)
    reward = await store.offer()
    asked = BatchWish(**{"reward": reward.id, "name": "Spring", "quantity": codes, "asked_by": "21", **wish})  # type: ignore[arg-type] # any part of it
    async with store.database.shop(store.shop) as session:
        if asked.is_shared:
            batch = await BatchDesk(BOOK).create(session, store.shop, asked, code="SPRING10", at=NOON)
        else:
            batch = await rewards.batches.create_batch(session, store.shop, asked, at=NOON)
            voucher = await rewards.vouchers.voucher_of_batch(session, batch.id)
            assert voucher is not None
            texts = [stored_code(BOOK, store.shop, "", f"CODE-{number}") for number in range(codes)]
            await coupons.batch_codes.hold_codes(session, store.shop, batch, texts, voucher_key=voucher.key, at=NOON)
        held = await coupons.batch_codes.held_of_batch(session, batch.id, most=codes)
        await coupons.batch_codes.turn_codes(session, batch.id, [one.id for one in held], into=CouponState.ISSUED)
        await rewards.batches.note_made(session, batch, len(held))
    return Counted(store, batch, held)


def use(number: int, *, by: CustomerId | None = None, is_void: bool = False, amount: int = 500) -> Use:
    """An order, so many seconds after noon."""
    moment = NOON + timedelta(seconds=number)
    return Use(order=OrderId(UUID(int=number)), customer=by, ordered_at=moment, amount=amount, is_void=is_void)


async def test_a_hundred_orders_at_once_are_all_counted_and_the_budget_stops_once(
    store: Store, pools: tuple[Database, Database]
) -> None:
    one = await begun(store, is_shared=True, budget=30_000)
    at_once = asyncio.Semaphore(12)  # so many jobs two processes do

    async def settle(number: int, place: int) -> None:
        async with at_once:
            await one.settle(one.codes[0], use(number), database=pools[place % 2])

    # each twice, as jobs may run
    await asyncio.gather(*(settle(place % 100, place) for place in range(200)))
    now = await one.now()
    assert (now.uses, now.spent, now.state, now.end_reason) == (100, 50_000, BatchState.ENDED, BatchEnd.BUDGET)
    async with store.database.shop(store.shop, read_only=True) as session:
        kinds = await session.scalars(sa.text("SELECT kind FROM incident ORDER BY kind"))
        assert list(kinds) == ["BUDGET_LOW", "BUDGET_USED_UP"]
    async with store.database.queue() as session:
        ends = "SELECT count(*) FROM procrastinate_jobs WHERE task_name = 'EndBatch'"
        assert await session.scalar(sa.text(ends)) == 1


@pytest.mark.parametrize(
    "wish",
    [
        {"codes": 4},
        {"is_shared": True, "most_uses": 3},
        {"is_shared": True, "most_uses": 3, "once_per_customer": True},
        {"is_shared": True, "once_per_customer": True},
        {"codes": 4, "once_per_customer": True},
    ],
    ids=str,
)
async def test_news_in_any_order_ends_in_the_same_books(store: Store, wish: dict[str, object]) -> None:
    one = await begun(store, **wish)  # type: ignore[arg-type] # any part of it
    random = Random(7)  # noqa: S311 # nothing is secret here
    buyers = [CustomerId("7"), CustomerId("8"), None]
    orders = [
        (random.choice(one.codes), use(number, by=random.choice(buyers), amount=number)) for number in range(1, 11)
    ]
    cancelled = {each.order for _, each in random.sample(orders, 4)}
    news = [*orders, *((code, replace(each, is_void=True)) for code, each in orders if each.order in cancelled)]
    final = {each.order: (code, replace(each, is_void=each.order in cancelled)) for code, each in orders}
    found = []
    for _ in range(4):
        random.shuffle(news)
        for code, each in news:
            await one.settle(code, each)
        for code, each in random.sample(list(final.values()), len(final)):
            await one.settle(code, each)
        found.append(await one.books())
    assert all(each == found[0] for each in found)
    live = [each.amount for _, each in final.values() if not each.is_void]
    now = await one.now()
    assert (now.uses, now.spent) == (len(live), sum(live))


async def test_only_what_an_order_may_have_changed_is_looked_at(store: Store) -> None:
    """However often a code for all was used."""
    one = await begun(store, is_shared=True, most_uses=1_000_000)
    async with store.database.shop(store.shop) as session:
        many = sa.text(
            "INSERT INTO coupon_use (installation_id, shard_key, coupon_id, order_id, batch_id, ordered_at, amount,"
            " is_void, outcome) SELECT installation_id, shard_key, id, gen_random_uuid(), batch_id, :at, 1, false,"
            " 'USED' FROM coupon, generate_series(1, 20000) WHERE batch_id IS NOT NULL"
        )
        await session.execute(many.bindparams(sa.bindparam("at", type_=sa.DateTime(timezone=True))), {"at": NOON})
    await one.settle(one.codes[0], use(1))
    now = await one.now()
    assert (now.uses, now.spent) == (20_001, 20_500)
