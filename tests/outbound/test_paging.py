"""Orders that change while they are read: the sort key moves under the reader, and nothing is missed."""

from datetime import timedelta
from decimal import Decimal

import pytest

from saleor_crm_app.demo import SimulatedShop
from saleor_crm_app.demo.clock import ShopClock
from saleor_crm_app.demo.order import Order
from saleor_crm_app.kernel.clock import now
from saleor_crm_app.kernel.ids import InstallationId
from saleor_crm_app.outbound.reconcile_routes import Subject
from tests.journeys.conftest import RunningApp
from tests.outbound.conftest import Reading
from tests.outbound.trade import ledger, mute, orders_paid


async def points_of(app: RunningApp, installation: InstallationId) -> dict[object, int]:
    return {order: held.posted for order, held in (await ledger(app.database, installation)).items()}


def at_call(shop: SimulatedShop, name: str, number: int, act: object) -> None:
    """Do something just before the shop answers the so-manieth call of that name."""

    def hook(_name: str) -> None:
        if shop.troubles.calls.count(name) == number and shop.troubles.calls[-1] == name:
            assert callable(act)
            act()

    shop.troubles.before_call = hook


@pytest.mark.parametrize("number", [49, 50, 51, 99, 100, 101])
async def test_every_order_is_read_at_the_borders_of_pages(
    app: RunningApp, shop: SimulatedShop, reading: Reading, number: int
) -> None:
    mute(shop)
    orders_paid(shop, number)
    found = await reading.often(shop)
    assert (found.missing, found.seen) == (number + 1, number + 1)
    assert len(await ledger(app.database, (await reading.installation(shop)).id)) == number


async def test_orders_touched_while_paging_come_again_and_none_is_passed_over(
    app: RunningApp, shop: SimulatedShop, reading: Reading
) -> None:
    # given: before the second page is answered, orders of every page are refunded
    mute(shop)
    orders = orders_paid(shop, 130)
    touched: list[Order] = [*orders[::10], orders[49], orders[51]]

    def refund() -> None:
        for order in touched:
            shop.refunds.refund(order, Decimal(1))

    at_call(shop, "OrdersChanged", 2, refund)
    # when
    first = await reading.often(shop)
    again = await reading.often(shop)
    # then
    installation = (await reading.installation(shop)).id
    assert await points_of(app, installation) == {order.pk: 20 - (order in touched) for order in orders}
    assert first.missing == 131
    assert first.stale == sum(orders.index(order) < 50 for order in touched)
    assert (again.differences, again.untold) == (0, 0)


async def test_a_change_that_shares_its_moment_with_the_last_of_a_page_is_read(
    app: RunningApp, shop: SimulatedShop, reading: Reading
) -> None:
    mute(shop)
    orders = orders_paid(shop, 120)
    for order in orders:
        order.updated_at = orders[0].updated_at
    found = await reading.often(shop)
    assert found.missing == 121
    assert len(await ledger(app.database, (await reading.installation(shop)).id)) == 120


async def test_a_fast_clock_of_the_shop_hides_no_change(app: RunningApp, shop: SimulatedShop, reading: Reading) -> None:
    # given: the shop's clock was hours ahead for a moment, and was set right again
    mute(shop)
    right = shop.clock
    fast = now() + timedelta(hours=6)
    shop.clock = shop.state.clock = ShopClock(lambda: fast)
    orders_paid(shop, 1)
    shop.clock = shop.state.clock = right
    await reading.often(shop)
    orders_paid(shop, 1)
    # when
    found = await reading.often(shop)
    # then
    assert found.missing == 1
    installation = await reading.installation(shop)
    progress = await reading.reconciler.reconcile(installation)
    (orders,) = [one for one in progress if one.subject == Subject.ORDERS_CHANGED]
    assert orders.known_until is not None
    assert orders.known_until < now()


async def test_a_slow_clock_of_the_shop_hides_no_change(app: RunningApp, shop: SimulatedShop, reading: Reading) -> None:
    mute(shop)
    orders_paid(shop, 1)
    await reading.often(shop)
    slow = now() - timedelta(minutes=9)
    shop.clock = shop.state.clock = ShopClock(lambda: slow)
    orders_paid(shop, 1)
    assert (await reading.often(shop)).missing == 1
