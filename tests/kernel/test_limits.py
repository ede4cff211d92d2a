"""How often somebody may do something: exact across processes, each for themselves, anew in each window."""

import asyncio
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta

import pytest
import sqlalchemy as sa

from saleor_crm_app.kernel.db import Database
from saleor_crm_app.kernel.errors import LoyaltyErrorCode
from saleor_crm_app.kernel.ids import InstallationId
from saleor_crm_app.kernel.limits import RateLimited, demand_rate, forget_rates, uncount
from tests.conftest import Addresses, MakeInstallation

AT = datetime(2026, 11, 22, 12, 0, 15, tzinfo=UTC)
MINUTE = timedelta(minutes=1)


@pytest.fixture
async def second_process(addresses: Addresses) -> AsyncIterator[Database]:
    """Another process' own connections."""
    database = Database(addresses.app, pool_size=10)
    yield database
    await database.close()


async def passes(database: Database, shop: InstallationId, *, owner: str = "customer:7", at: datetime = AT) -> bool:
    try:
        async with database.shop(shop) as session:
            await demand_rate(session, shop, owner=owner, act="redeem", most=10, per=MINUTE, at=at)
    except RateLimited:
        return False
    return True


async def test_of_forty_at_once_in_two_processes_ten_pass(
    database: Database, second_process: Database, make_installation: MakeInstallation
) -> None:
    shop = await make_installation()
    both = (database, second_process)
    assert sum(await asyncio.gather(*(passes(both[number % 2], shop) for number in range(40)))) == 10


async def test_everybody_is_counted_for_themselves_and_anew_each_minute(
    database: Database, make_installation: MakeInstallation
) -> None:
    shop, other = await make_installation(), await make_installation()
    assert [await passes(database, shop) for _ in range(11)] == [True] * 10 + [False]
    assert await passes(database, shop, owner="customer:8")
    assert await passes(database, other)
    assert not await passes(database, shop, at=AT.replace(second=59))
    assert await passes(database, shop, at=AT + timedelta(seconds=45))
    # a process whose clock is behind counts in the window that the others have begun
    assert [await passes(database, shop, at=AT) for _ in range(10)] == [True] * 9 + [False]


async def test_says_when_to_come_again(database: Database, make_installation: MakeInstallation) -> None:
    shop = await make_installation()
    with pytest.raises(RateLimited) as refusal:
        async with database.shop(shop) as session:
            await demand_rate(session, shop, owner="customer:7", act="redeem", most=0, per=MINUTE, at=AT)
    assert (refusal.value.code, refusal.value.retry_after) == (LoyaltyErrorCode.RATE_LIMITED, 45)
    assert str(refusal.value) == "That is too often; try again in 45 seconds."


async def test_old_counts_are_forgotten(database: Database, make_installation: MakeInstallation) -> None:
    shop = await make_installation()
    await passes(database, shop)
    await passes(database, shop, owner="customer:8", at=datetime.now(UTC))
    async with database.shop(shop) as session:
        await session.execute(sa.text("UPDATE act_rate SET begun_at = now() - interval '2 days' WHERE owner ~ '7'"))
        await forget_rates(session, shop)
        assert list(await session.scalars(sa.text("SELECT owner FROM act_rate"))) == ["customer:8"]


async def test_what_is_taken_back_may_be_done_again_in_its_window(
    database: Database, make_installation: MakeInstallation
) -> None:
    shop = await make_installation()
    for _ in range(12):
        assert await passes(database, shop)
        async with database.shop(shop) as session:
            await uncount(session, shop, owner="customer:7", act="redeem", per=MINUTE, at=AT)
    for _ in range(3):  # no more than was counted
        async with database.shop(shop) as session:
            await uncount(session, shop, owner="customer:7", act="redeem", per=MINUTE, at=AT)
    assert [await passes(database, shop) for _ in range(11)] == [True] * 10 + [False]
    async with database.shop(shop) as session:
        await uncount(session, shop, owner="customer:7", act="redeem", per=MINUTE, at=AT + timedelta(minutes=1))
    assert not await passes(database, shop)
