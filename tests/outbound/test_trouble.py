"""A shop that is busy, down or talks nonsense in the middle of a reading, and a process that dies there."""

import asyncio
from collections import deque
from dataclasses import replace

import pytest
import sqlalchemy as sa

from saleor_crm_app.demo import SimulatedShop
from saleor_crm_app.demo.troubles import Trouble
from saleor_crm_app.jobs.progress import Progress, progress_of
from saleor_crm_app.jobs.turns import take_turn
from saleor_crm_app.outbound.reconcile import AlreadyReading
from saleor_crm_app.outbound.reconcile_routes import Subject
from saleor_crm_app.saleor.client import ShopGraphQLError, ShopUnavailable
from tests.journeys.conftest import RunningApp
from tests.outbound.conftest import Reading, Waits
from tests.outbound.trade import ledger, mute, orders_paid


async def kept(app: RunningApp, reading: Reading, shop: SimulatedShop, subject: Subject) -> Progress:
    installation = (await reading.installation(shop)).id
    async with app.database.shop(installation, read_only=True) as session:
        found = await progress_of(session, installation, subject)
    assert found is not None
    return found


async def test_trouble_in_the_middle_is_waited_out(
    app: RunningApp, shop: SimulatedShop, reading: Reading, waits: Waits
) -> None:
    # given: after the customers and one page of orders everything goes wrong once
    mute(shop)
    orders_paid(shop, 120)
    shop.troubles.retry_after = 7
    shop.troubles.coming = deque(
        [None, None, Trouble.BUSY, Trouble.UNAVAILABLE, None, Trouble.HTML, Trouble.HALF, None]
    )
    # when
    found = await reading.history(shop)
    # then
    assert waits.seconds == [7.0, 4.0, 1.0, 4.0]
    assert (found.missing, found.seen) == (121, 121)
    assert shop.troubles.calls == ["CustomersJoined", *["OrdersCreated"] * 7]
    assert len(await ledger(app.database, (await reading.installation(shop)).id)) == 120


async def test_what_was_read_before_the_trouble_is_not_read_again(
    app: RunningApp, shop: SimulatedShop, reading: Reading
) -> None:
    # given: the shop is away from the second page on, longer than anybody waits
    mute(shop)
    orders_paid(shop, 120)
    shop.troubles.coming = deque([None, None])
    shop.troubles.lasting = Trouble.UNAVAILABLE
    # when
    with pytest.raises(ShopUnavailable):
        await reading.history(shop)
    stopped = await kept(app, reading, shop, Subject.ORDERS_HISTORY)
    await app.settle()
    shop.troubles.lasting = None
    shop.troubles.calls.clear()
    found = await Reading(app, Waits()).history(shop)
    # then
    assert (stopped.counts.seen, stopped.expected, stopped.is_finished) == (50, 120, False)
    assert stopped.trouble == "The shop answered 503"
    assert shop.troubles.calls == ["CustomersJoined", "OrdersCreated", "OrdersCreated"]
    ended = await kept(app, reading, shop, Subject.ORDERS_HISTORY)
    assert (ended.counts.missing, ended.counts.seen, ended.is_finished, ended.trouble) == (120, 120, True, None)
    assert found.equal == 1


async def test_a_reading_that_is_killed_goes_on_where_it_was(
    app: RunningApp, shop: SimulatedShop, reading: Reading
) -> None:
    # given
    mute(shop)
    orders_paid(shop, 220)
    installation = await reading.installation(shop)
    killed = asyncio.create_task(reading.reconciler.backfill(installation))

    def kill(_name: str) -> None:
        if len(shop.troubles.calls) == 4:
            killed.cancel()

    shop.troubles.before_call = kill
    # when
    with pytest.raises(asyncio.CancelledError):
        await killed
    stopped = await kept(app, reading, shop, Subject.ORDERS_HISTORY)
    await Reading(app, Waits()).history(shop)
    # then
    assert (stopped.counts.seen, stopped.is_finished) == (100, False)
    assert shop.troubles.calls[4:] == ["CustomersJoined", "OrdersCreated", "OrdersCreated", "OrdersCreated"]
    assert (await kept(app, reading, shop, Subject.ORDERS_HISTORY)).counts.missing == 220
    assert len(await ledger(app.database, installation.id)) == 220


async def test_a_cursor_that_means_nothing_any_more_is_replaced_by_the_newest_moment_seen(
    app: RunningApp, shop: SimulatedShop, reading: Reading
) -> None:
    mute(shop)
    orders_paid(shop, 60)
    shop.troubles.coming = deque([None, None])
    shop.troubles.lasting = Trouble.UNAVAILABLE
    with pytest.raises(ShopUnavailable):
        await reading.history(shop)
    shop.troubles.lasting = None
    installation = await reading.installation(shop)
    async with app.database.shop(installation.id) as session:
        await session.execute(sa.text("UPDATE reading SET cursor = 'gibberish' WHERE subject = 'orders.history'"))
    await Reading(app, Waits()).history(shop)
    assert len(await ledger(app.database, installation.id)) == 60


async def test_a_refusal_of_one_question_does_not_keep_the_others_unasked(
    app: RunningApp, shop: SimulatedShop, reading: Reading
) -> None:
    mute(shop)
    orders_paid(shop, 3)
    shop.troubles.coming = deque([Trouble.ERROR])
    with pytest.raises(ShopGraphQLError):
        await reading.often(shop)
    await app.settle()
    refused = await kept(app, reading, shop, Subject.CUSTOMERS_CHANGED)
    assert (refused.trouble, refused.is_finished) == ("The shop refused: Internal Server Error", False)
    assert (await kept(app, reading, shop, Subject.ORDERS_CHANGED)).counts.missing == 3
    assert shop.troubles.calls == ["CustomersChanged", "OrdersChanged", "FailedDeliveries"]


async def test_two_processes_do_not_read_one_shop_at_once(
    app: RunningApp, shop: SimulatedShop, reading: Reading
) -> None:
    mute(shop)
    orders_paid(shop, 60)
    installation = await reading.installation(shop)
    other = Reading(app, Waits())
    found = await asyncio.gather(
        reading.reconciler.reconcile(installation),
        other.reconciler.reconcile(installation),
        return_exceptions=True,
    )
    assert [type(one) for one in found if isinstance(one, Exception)] == [AlreadyReading]
    assert shop.troubles.calls == ["CustomersChanged", "OrdersChanged", "OrdersChanged", "FailedDeliveries"]


async def test_who_lost_its_turn_saves_nothing_more(app: RunningApp, shop: SimulatedShop, reading: Reading) -> None:
    # given: a reading is held up so long that another process took its turn
    mute(shop)
    orders_paid(shop, 60)
    installation = await reading.installation(shop)
    taken: list[object] = []

    async def overtake(_seconds: float) -> None:
        async with app.database.shop(installation.id) as session:
            await session.execute(sa.text("UPDATE shop_turn SET lease_until = 'epoch'"))
            taken.append(await take_turn(session, installation.id))

    shop.troubles.coming = deque([None, None, Trouble.HTML])
    reading.reconciler._sleep = overtake
    # when
    with pytest.raises(AlreadyReading):
        await reading.reconciler.backfill(installation)
    # then
    assert len(taken) == 1
    stopped = await kept(app, reading, shop, Subject.ORDERS_HISTORY)
    assert (stopped.counts.seen, stopped.is_finished) == (50, False)
    with pytest.raises(AlreadyReading):
        await reading.reconciler.backfill(replace(installation))
