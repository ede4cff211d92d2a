"""The nightly comparison finds what leaves no trace: returns without a new date, deletions, silent attachments."""

from datetime import timedelta
from decimal import Decimal

import pytest

from saleor_crm_app.demo import SaleorVersion, SimulatedShop
from saleor_crm_app.demo.deliveries import Chaos
from saleor_crm_app.demo.order import Order
from saleor_crm_app.demo.orders import Item
from saleor_crm_app.kernel.ids import InstallationId
from saleor_crm_app.saleor.installation_store import move_clock
from tests.journeys.conftest import RunningApp
from tests.outbound.conftest import OpenShop, Reading
from tests.outbound.trade import customers, ledger


async def later(app: RunningApp, shop: SimulatedShop, installation: InstallationId, by: timedelta) -> None:
    """Time passes for the shop and for us."""
    shop.clock.advance(by)
    await move_clock(app.database, installation, by=by)


async def settled(app: RunningApp, shop: SimulatedShop) -> None:
    await shop.deliveries.settled()
    await app.settle()


def lose_everything(shop: SimulatedShop) -> None:
    """From now on no webhook arrives, and Saleor has none to show."""
    shop.deliveries.chaos = Chaos(drop=1.0)


async def lost(shop: SimulatedShop) -> None:
    await shop.deliveries.settled()
    shop.deliveries.log.clear()


def sent_order(shop: SimulatedShop, buyer: str = "anna@example.com") -> Order:
    """Five vases of 20, paid and sent, to somebody with an account."""
    anna = shop.state.user_by_email(buyer) or shop.customers.register(buyer)
    order = shop.orders.place([Item(variant=shop.shelves.sell("Vase", 20), quantity=5)], anna)
    shop.payments.charge(order)
    shop.parcels.fulfill(order)
    return order


async def posted(app: RunningApp, installation: InstallationId, order: Order) -> int:
    held = await ledger(app.database, installation)
    return held[order.pk].posted if order.pk in held else 0


async def test_a_second_partial_return_is_found_by_the_full_comparison_alone(
    app: RunningApp, shop: SimulatedShop, reading: Reading
) -> None:
    # given: one unit came back, hours passed, and a second unit comes back without a new updatedAt
    installation = (await reading.installation(shop)).id
    order = sent_order(shop)
    shop.parcels.take_back(order, {order.lines[0]: 1})
    await settled(app, shop)
    await later(app, shop, installation, timedelta(hours=2))
    sent_order(shop)
    await settled(app, shop)
    assert (await reading.often(shop)).differences == 0
    before = order.updated_at
    lose_everything(shop)
    shop.parcels.take_back(order, {order.lines[0]: 1})
    await lost(shop)
    assert order.updated_at == before

    # when
    often = await reading.often(shop)
    after_often = await posted(app, installation, order)
    fully = await reading.fully(shop)

    # then
    assert (often.differences, after_often) == (0, 80)
    assert (fully.stale, fully.missing, await posted(app, installation, order)) == (1, 0, 60)
    assert (await reading.fully(shop)).differences == 0


async def test_a_partial_return_of_an_order_older_than_the_comparison_reaches_is_found(
    app: RunningApp, shop: SimulatedShop, reading: Reading
) -> None:
    installation = (await reading.installation(shop)).id
    order = sent_order(shop)
    shop.parcels.take_back(order, {order.lines[0]: 1})
    await settled(app, shop)
    await later(app, shop, installation, timedelta(days=200))
    sent_order(shop)
    await settled(app, shop)
    assert (await reading.often(shop)).differences == 0
    lose_everything(shop)
    shop.parcels.take_back(order, {order.lines[0]: 1})
    await lost(shop)
    assert (await reading.often(shop)).differences == 0
    assert (await reading.fully(shop)).stale == 1
    assert await posted(app, installation, order) == 60


@pytest.mark.parametrize("version", [SaleorVersion.V3_21, SaleorVersion.V3_22])
async def test_a_customer_whom_staff_deleted_departs(
    app: RunningApp, open_shop: OpenShop, reading: Reading, version: SaleorVersion
) -> None:
    # given
    shop = await open_shop(version)
    installation = (await reading.installation(shop)).id
    order = sent_order(shop)
    ben = shop.customers.register("ben@example.com")
    await settled(app, shop)
    anna = order.user
    assert anna is not None
    shop.customers.delete_by_staff(anna)
    await settled(app, shop)

    # when
    often = await reading.often(shop)
    present = (await customers(app.database, installation))[str(anna.pk)]
    fully = await reading.fully(shop)
    known = await customers(app.database, installation)

    # then: her order reads as a guest's now, her points stay in the books
    assert (often.gone, present[-1]) == (0, None)
    assert (fully.gone, fully.missing) == (1, 0)
    assert known[str(anna.pk)][0] is False
    assert known[str(anna.pk)][-1] is not None
    assert known[str(ben.pk)][-1] is None
    assert await posted(app, installation, order) == 100
    assert (await reading.fully(shop)).differences == 0


async def test_many_deleted_customers_depart_and_all_others_stay(
    app: RunningApp, open_shop: OpenShop, reading: Reading
) -> None:
    shop = await open_shop(SaleorVersion.V3_21)
    installation = (await reading.installation(shop)).id
    people = [shop.customers.register(f"{number}@example.com") for number in range(130)]
    await settled(app, shop)
    leaving = people[::2]
    for user in leaving:
        shop.customers.delete_by_staff(user)
    found = await reading.fully(shop)
    known = await customers(app.database, installation)
    assert (found.gone, found.missing, found.stale) == (65, 0, 0)
    assert {int(one) for one, facts in known.items() if facts[-1] is not None} == {user.pk for user in leaving}
    assert (await reading.fully(shop)).differences == 0


async def test_a_guests_order_that_got_an_account_in_silence_earns(
    app: RunningApp, shop: SimulatedShop, reading: Reading
) -> None:
    installation = (await reading.installation(shop)).id
    order = shop.orders.place([Item(variant=shop.shelves.sell("Vase", 20))], "guest@example.com")
    shop.payments.charge(order)
    await settled(app, shop)
    await later(app, shop, installation, timedelta(days=120))
    sent_order(shop)
    await settled(app, shop)
    assert (await reading.often(shop)).differences == 0
    guest = shop.customers.register("guest@example.com")
    shop.customers.confirm(guest, merge_orders=True)
    await settled(app, shop)
    assert await posted(app, installation, order) == 0
    assert (await reading.often(shop)).stale == 0
    assert (await reading.fully(shop)).stale == 1
    assert await posted(app, installation, order) == 20


async def test_an_order_that_can_never_be_booked_is_no_difference(
    app: RunningApp, shop: SimulatedShop, reading: Reading
) -> None:
    order = sent_order(shop)
    await settled(app, shop)
    order.lines[0].unit_price = Decimal(-1)
    found = await reading.fully(shop)
    assert (found.unusable > 0, found.differences) == (True, 0)
