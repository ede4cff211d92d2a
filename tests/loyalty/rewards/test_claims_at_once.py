"""Many claims at once over two pools of connections: never more than there is, and each paid for once."""

import asyncio
from collections import Counter
from collections.abc import AsyncIterator, Awaitable
from contextlib import nullcontext
from itertools import cycle

import pytest

from saleor_crm_app.kernel.db import Database
from saleor_crm_app.kernel.errors import Refusal
from saleor_crm_app.kernel.ids import CustomerId, InstallationId
from saleor_crm_app.loyalty.coupons import Coupon
from saleor_crm_app.loyalty.rewards import Reward
from tests.conftest import Addresses
from tests.loyalty.ledger_acts import Books
from tests.loyalty.rewards.store import Store
from tests.shop import ANNA, line, order

AT_ONCE = 64
"""Claims that are under way at one moment, over twenty connections."""
CUSTOMERS = [CustomerId(str(1000 + number)) for number in range(400)]


@pytest.fixture
def store(database: Database, installation: InstallationId) -> Store:
    return Store(Books(database, installation))


@pytest.fixture
async def pools(addresses: Addresses, database: Database) -> AsyncIterator[tuple[Database, Database]]:
    """Two, as two processes have them."""
    other = Database(addresses.app)
    yield database, other
    await other.close()


async def outcome(claim: Awaitable[Coupon], gate: asyncio.Semaphore | None = None) -> str:
    """What a claim comes to; no more wait at the gate's pool than a slow machine serves in time."""
    async with gate or nullcontext():
        try:
            return (await claim).state
        except Refusal as refusal:
            return type(refusal).__name__


async def everybody_has_points(store: Store) -> None:
    """A hundred each, to be spent once."""
    await store.books.bought(100)
    like = await store.books.bought(100, customer=CUSTOMERS[0])
    orders = [
        order(
            line(str(number), 10_000, fulfilled=1),
            charged=10_000,
            status="FULFILLED",
            customer=customer,
            created_at=like.created_at,
            updated_at=like.updated_at,
            fulfillments=like.fulfillments,
        )
        for number, customer in enumerate(CUSTOMERS[1:])
    ]
    await store.books.happen(*orders)


async def all_claim(store: Store, reward: Reward, pools: tuple[Database, Database]) -> Counter[str]:
    gate = asyncio.Semaphore(AT_ONCE)
    tries = (
        outcome(store.claim(reward, customer, database=pool), gate)
        for customer, pool in zip(CUSTOMERS, cycle(pools), strict=False)
    )
    return Counter(await asyncio.gather(*tries))


async def test_of_400_claims_on_a_stock_of_100_exactly_100_are_granted(
    store: Store, pools: tuple[Database, Database]
) -> None:
    await everybody_has_points(store)
    reward = await store.offer(stock=100, codes=60)
    assert await all_claim(store, reward, pools) == {"ISSUED": 60, "HELD": 40, "OutOfStock": 300}
    assert (await store.reward(reward)).stock_left == 0
    assert await store.counted("SELECT count(DISTINCT code_mac) FROM coupon WHERE state = 'ISSUED'") == 60
    left = await store.balances(*CUSTOMERS)
    assert Counter(left) == {0: 100, 100: 300}
    assert await store.books.proved() == ()


async def test_a_budget_is_never_exceeded(store: Store, pools: tuple[Database, Database]) -> None:
    await everybody_has_points(store)
    reward = await store.offer(budget=10_300, codes=400)
    assert await all_claim(store, reward, pools) == {"ISSUED": 20, "BudgetUsedUp": 380}
    assert (await store.reward(reward)).committed == 10_000
    assert await store.counted("SELECT count(*) FROM incident WHERE kind = 'BUDGET_LOW'") == 1
    assert Counter(await store.balances(*CUSTOMERS)) == {0: 20, 100: 380}


async def test_of_50_claims_of_one_customer_with_a_limit_of_one_one_is_granted(
    store: Store, pools: tuple[Database, Database]
) -> None:
    await store.books.bought(10_000)
    reward = await store.offer(limits=[{"times": 1}], codes=50)
    tries = (
        outcome(store.claim(reward, ANNA, database=pool)) for pool, _ in zip(cycle(pools), range(50), strict=False)
    )
    assert Counter(await asyncio.gather(*tries)) == {"ISSUED": 1, "LimitReached": 49}
    assert await store.balances(ANNA) == [9_900]
    assert await store.books.proved() == ()


async def test_who_has_points_for_three_claims_gets_three(store: Store, pools: tuple[Database, Database]) -> None:
    await store.books.bought(399)
    reward = await store.offer(codes=50)
    tries = (
        outcome(store.claim(reward, ANNA, database=pool)) for pool, _ in zip(cycle(pools), range(20), strict=False)
    )
    assert Counter(await asyncio.gather(*tries)) == {"ISSUED": 3, "NotEnoughPoints": 17}
    assert await store.balances(ANNA) == [99]
