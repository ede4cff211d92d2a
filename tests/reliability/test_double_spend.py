"""Promise 4: many at once over two pools of connections, and each point is spent once at most."""

import asyncio
from collections import Counter
from collections.abc import AsyncIterator, Awaitable
from datetime import timedelta
from itertools import cycle
from uuid import UUID, uuid4

import pytest

from saleor_crm_app.kernel.db import Database
from saleor_crm_app.kernel.ids import InstallationId
from saleor_crm_app.loyalty import points
from tests.conftest import Addresses
from tests.reliability.crowd import customer
from tests.reliability.real_ledger import RealLedger
from tests.reliability.till import START, Order, Till

AT_ONCE = 64
ROUNDS = 50
LATER = START + timedelta(days=20)
MOMENT = timedelta(microseconds=1)

Doors = tuple[RealLedger, RealLedger]


@pytest.fixture
async def doors(addresses: Addresses, database: Database, installation: InstallationId) -> AsyncIterator[Doors]:
    """The same shop's ledger by two pools, as two processes have them."""
    other = Database(addresses.app)
    yield RealLedger(database, installation), RealLedger(other, installation)
    await other.close()


async def five_hundred_points_each(ledger: RealLedger, members: int) -> dict[str, Order]:
    """Members whose only 500 points can be spent; gives the order that earned them."""
    await ledger.begin()
    till = Till()
    orders = {customer(number): till.bought(customer(number), 50_000) for number in range(members)}
    await ledger.tell(list(orders.values()), at=till.clock)
    await ledger.end()
    return orders


async def outcome(act: Awaitable[object]) -> str:
    try:
        await act
    except points.errors.NotEnoughPoints as refusal:
        return f"{refusal.available} there, {refusal.short_by} short"
    except points.errors.PointsOwed as refusal:
        return f"{refusal.deficit} owed"
    return "done"


async def test_of_64_redemptions_of_the_last_500_points_one_is_done(doors: Doors) -> None:
    members = await five_hundred_points_each(doors[0], ROUNDS)
    outcomes = Counter[str]()
    for member in members:
        tries = (
            door.redeem(uuid4(), member, 500, at=LATER) for door, _ in zip(cycle(doors), range(AT_ONCE), strict=False)
        )
        found = Counter(await asyncio.gather(*(outcome(one) for one in tries)))
        assert found == {"done": 1, "0 there, 500 short": AT_ONCE - 1}
        outcomes += found
    assert outcomes["done"] == ROUNDS
    assert await doors[0].rows("SELECT DISTINCT balance, deficit FROM account") == [(0, 0)]
    assert await proved(doors) == ()


async def test_the_same_redemption_64_times_at_once_is_done_once(doors: Doors) -> None:
    [member] = await five_hundred_points_each(doors[0], 1)
    tries = (
        door.redeem(UUID(int=1), member, 100, at=LATER) for door, _ in zip(cycle(doors), range(AT_ONCE), strict=False)
    )
    assert Counter(await asyncio.gather(*(outcome(one) for one in tries))) == {"done": AT_ONCE}
    assert await doors[0].rows("SELECT balance FROM account") == [(400,)]
    assert await proved(doors) == ()


async def test_32_redemptions_against_32_refunds_leave_nothing_or_a_debt(doors: Doors) -> None:
    members = await five_hundred_points_each(doors[0], 20)
    for member, order in members.items():
        till = Till(clock=LATER, orders={order["id"]: order})
        refunded = till.refund(order, 50_000)
        redeem, refund = doors
        tries = [redeem.redeem(uuid4(), member, 500, at=LATER) for _ in range(AT_ONCE // 2)]
        tries += [refund.tell([refunded], at=LATER + timedelta(minutes=1)) for _ in range(AT_ONCE // 2)]
        found = Counter(await asyncio.gather(*(outcome(one) for one in tries)))
        spent = found["done"] - AT_ONCE // 2
        assert spent in {0, 1}
        assert found["0 there, 500 short"] + found["500 owed"] == AT_ONCE // 2 - spent
    sums = Counter(await doors[0].rows("SELECT balance, deficit FROM account"))
    assert set(sums) <= {(0, 0), (-500, 500)}
    assert await proved(doors) == ()


async def test_64_holds_against_the_expiry_job_hold_all_or_nothing(doors: Doors) -> None:
    members = await five_hundred_points_each(doors[0], 10)
    [end] = (await doors[0].rows("SELECT DISTINCT expires_at FROM lot"))[0]
    for member in members:
        tries = [
            door.hold(f"{member} {number}", member, 500, at=end - MOMENT)
            for door, number in zip(cycle(doors), range(AT_ONCE), strict=False)
        ]
        tries.insert(AT_ONCE // 2, doors[1].expire(at=end))  # type: ignore[arg-type] # it says how many, they nothing
        found = Counter(await asyncio.gather(*(outcome(one) for one in tries)))
        assert found["done"] in {1, 2}
        assert found["0 there, 500 short"] == AT_ONCE + 1 - found["done"]
    await doors[0].expire(at=end)
    places = "SELECT balance, (SELECT sum(held) FROM lot WHERE account_id = account.id) FROM account"
    assert set(await doors[0].rows(places)) <= {(500, 500), (0, 0)}
    assert await proved(doors) == ()


async def proved(doors: Doors) -> tuple[points.Finding, ...]:
    """What is broken; a door that has done nothing itself would not look."""
    doors[0].was_changed = True
    return await doors[0].findings()
