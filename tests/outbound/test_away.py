"""A shop that is away is hardly called, whoever wants to; when it is back one cycle is enough."""

import asyncio
from datetime import timedelta
from decimal import Decimal
from uuid import uuid4

import pytest
import sqlalchemy as sa

from saleor_crm_app.crm.orders import ReadOrder
from saleor_crm_app.demo import SimulatedShop
from saleor_crm_app.demo.deliveries import Chaos
from saleor_crm_app.demo.troubles import Trouble
from saleor_crm_app.kernel.db import Database
from saleor_crm_app.kernel.ids import OrderId
from saleor_crm_app.outbound.patience import ShopAway
from saleor_crm_app.outbound.reads import Reader
from saleor_crm_app.saleor.client import ShopUnavailable
from saleor_crm_app.saleor.installation_store import move_clock
from tests.journeys.conftest import RunningApp
from tests.outbound.conftest import Reading, Waits
from tests.outbound.trade import Trade, ledger


async def a_minute_passes(database: Database, reading: Reading, shop: SimulatedShop) -> None:
    """For the database's clock, by which the probes of all processes are counted."""
    installation = (await reading.installation(shop)).id
    async with database.shop(installation) as session:
        await session.execute(sa.text("UPDATE shop_turn SET probe_at = probe_at - interval '1 minute'"))


async def test_two_hours_away_are_a_call_each_cycle_and_one_cycle_makes_them_good(
    app: RunningApp, shop: SimulatedShop, reading: Reading
) -> None:
    # given: business goes on, no webhook gets through, and the API does not answer
    installation = (await reading.installation(shop)).id
    trade = Trade(shop, seed=4)
    trade.greet(5)
    await shop.deliveries.settled()
    await app.settle()
    assert (await reading.often(shop)).differences == 0
    shop.deliveries.chaos = Chaos(drop=1.0)
    shop.troubles.lasting = Trouble.UNAVAILABLE
    shop.troubles.calls.clear()
    calls = []
    # when
    for _ in range(12):
        trade.sell(3)
        await reading.reconciler.often()
        calls.append(len(shop.troubles.calls))
        shop.clock.advance(timedelta(minutes=10))
        await move_clock(app.database, installation, by=timedelta(minutes=10))
        for _ in range(10):
            await a_minute_passes(app.database, reading, shop)
    await shop.deliveries.settled()
    shop.deliveries.log.clear()
    shop.troubles.lasting = None
    found = await reading.often(shop)
    # then: three calls to notice, then one each ten minutes
    assert calls == [3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14]
    assert found.missing + found.untold == 36
    held = await ledger(app.database, installation)
    assert held.keys() == {
        order.pk for order in trade.orders if order.charged > Decimal(0) and order.status != "CANCELED"
    }
    assert (await reading.often(shop)).differences == 0


async def test_jobs_that_want_the_same_shop_share_one_probe_a_minute(
    app: RunningApp, shop: SimulatedShop, reading: Reading
) -> None:
    # given
    shop.troubles.lasting = Trouble.UNAVAILABLE
    installation = (await reading.installation(shop)).id
    other = Reading(app, Waits())
    readers = [Reader(app.database, one.patience.of) for one in (reading, other)]

    async def ask_forty_times() -> list[type[BaseException]]:
        jobs = [ReadOrder(installation=installation, order=OrderId(uuid4())) for _ in range(40)]
        failures: list[type[BaseException]] = []
        for number, job in enumerate(jobs):
            with pytest.raises(ShopUnavailable) as failure:
                await readers[number % 2].read_order(job)
            failures.append(failure.type)
        return failures

    # when
    first = await ask_forty_times()
    noticed = len(shop.troubles.calls)
    second = await ask_forty_times()
    await a_minute_passes(app.database, reading, shop)
    third = await ask_forty_times()
    # then: each process notices by itself, from then on they share
    assert (noticed, first.count(ShopAway)) == (6, 34)
    assert second == [ShopAway] * 40
    assert third.count(ShopAway) == 39
    assert len(shop.troubles.calls) == 7


async def test_a_probe_that_is_answered_opens_the_line_again(
    app: RunningApp, shop: SimulatedShop, reading: Reading
) -> None:
    shop.troubles.lasting = Trouble.HTML
    caller = await reading.patience.of((await reading.installation(shop)).id)
    for _ in range(5):
        with pytest.raises(ShopUnavailable):
            await caller.execute("AppIdentity")
    shop.troubles.lasting = None
    with pytest.raises(ShopAway):
        await caller.execute("AppIdentity")
    await a_minute_passes(app.database, reading, shop)
    answers = [await caller.execute("AppIdentity") for _ in range(3)]
    assert [answer["shop"]["name"] for answer in answers] == ["Simulated shop"] * 3
    assert len(shop.troubles.calls) == 3 + 3


async def test_a_busy_shop_is_left_alone_as_long_as_it_asked(
    shop: SimulatedShop, reading: Reading, waits: Waits
) -> None:
    shop.troubles.retry_after = 40
    shop.troubles.lasting = Trouble.BUSY
    caller = await reading.patience.of((await reading.installation(shop)).id)
    with pytest.raises(ShopUnavailable) as told:
        await caller.execute("AppIdentity")
    shop.troubles.lasting = None
    await waits.sleep(39.5)
    with pytest.raises(ShopAway) as still:
        await caller.execute("AppIdentity")
    await waits.sleep(0.5)
    await caller.execute("AppIdentity")
    assert (told.value.retry_after, still.value.retry_after) == (40.0, 0.5)
    assert len(shop.troubles.calls) == 2


async def test_a_busy_shop_that_names_no_time_counts_as_away(shop: SimulatedShop, reading: Reading) -> None:
    shop.troubles.retry_after = None
    shop.troubles.lasting = Trouble.BUSY
    caller = await reading.patience.of((await reading.installation(shop)).id)
    for _ in range(5):
        with pytest.raises(ShopUnavailable):
            await caller.execute("AppIdentity")
    assert len(shop.troubles.calls) == 3


async def test_calls_under_way_together_are_not_more_than_were_begun(shop: SimulatedShop, reading: Reading) -> None:
    shop.troubles.lasting = Trouble.UNAVAILABLE
    caller = await reading.patience.of((await reading.installation(shop)).id)
    answers = await asyncio.gather(*(caller.execute("AppIdentity") for _ in range(8)), return_exceptions=True)
    assert {type(answer) for answer in answers} <= {ShopUnavailable, ShopAway}
    assert len(shop.troubles.calls) <= 8
    with pytest.raises(ShopAway):
        await caller.execute("AppIdentity")
