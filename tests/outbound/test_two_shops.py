"""Many shops are read at once; what is one's never gets to another, and a paused one is left alone."""

import sqlalchemy as sa

from saleor_crm_app.demo import SimulatedShop
from saleor_crm_app.demo.troubles import Trouble
from saleor_crm_app.installation.lifecycle import pause
from saleor_crm_app.jobs.outbox import enqueue
from saleor_crm_app.jobs.progress import ReconcileShop, readings_of
from saleor_crm_app.outbound.reconcile_routes import Subject
from tests.journeys.conftest import RunningApp
from tests.outbound.conftest import OpenShop, Reading
from tests.outbound.trade import ledger, mute, orders_paid


async def test_shops_with_equal_ids_are_read_at_once_and_kept_apart(
    app: RunningApp, open_shop: OpenShop, reading: Reading
) -> None:
    # given: the same ids in three shops; the second sold more, and the third is away
    shops = [await open_shop() for _ in range(3)]
    for shop, number in zip(shops, (40, 70, 10), strict=True):
        mute(shop)
        orders_paid(shop, number)
    shops[2].troubles.lasting = Trouble.UNAVAILABLE
    first, second, third = [(await reading.installation(shop)).id for shop in shops]
    # when
    await reading.reconciler.often()
    await app.settle()
    # then
    assert (await ledger(app.database, first)).keys() == shops[0].state.orders.keys()
    assert (await ledger(app.database, second)).keys() == shops[1].state.orders.keys()
    assert await ledger(app.database, third) == {}
    assert (await ledger(app.database, first)).keys() < (await ledger(app.database, second)).keys()


async def test_a_paused_shop_is_not_called(app: RunningApp, open_shop: OpenShop, reading: Reading) -> None:
    awake, paused = await open_shop(), await open_shop()
    installation = (await reading.installation(paused)).id
    async with app.database.shop(installation) as session:
        await pause(session, installation, reason="paused by the operator")
    await reading.reconciler.often()
    await reading.reconciler.nightly()
    assert paused.troubles.calls == []
    assert "OrdersChanged" in awake.troubles.calls


async def test_a_comparison_that_was_asked_for_is_done_by_the_worker(
    app: RunningApp, shop: SimulatedShop, reading: Reading
) -> None:
    mute(shop)
    orders_paid(shop, 3)
    installation = (await reading.installation(shop)).id
    async with app.database.shop(installation) as session:
        await enqueue(session, ReconcileShop(installation=installation, full=True))
    await app.settle()
    await app.settle()
    assert len(await ledger(app.database, installation)) == 3
    async with app.database.shop(installation, read_only=True) as session:
        found = {one.subject: one.counts.missing for one in await readings_of(session, installation)}
    assert found == {subject.value: 0 for subject in Subject if "history" not in subject} | {
        "orders.changed": 3,
        "customers.changed": 1,
    }


async def test_a_full_comparison_that_was_stopped_is_ended_by_the_next_reading(
    app: RunningApp, shop: SimulatedShop, reading: Reading
) -> None:
    mute(shop)
    orders_paid(shop, 60)
    await reading.often(shop)
    await reading.fully(shop)
    installation = (await reading.installation(shop)).id
    async with app.database.shop(installation) as session:
        await session.execute(
            sa.text("UPDATE reading SET finished_at = NULL WHERE subject IN ('orders.created', 'orders.history')")
        )
    shop.troubles.calls.clear()
    await reading.often(shop)
    assert (
        shop.troubles.calls
        == ["CustomersChanged", "OrdersChanged", "OrdersChanged", "FailedDeliveries"] + ["OrdersCreated"] * 2
    )
