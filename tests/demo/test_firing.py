"""What fires when: the measured tables, act by act."""

from collections.abc import Callable
from datetime import timedelta
from decimal import Decimal

import pytest

from saleor_crm_app.demo.errors import ShopRefusal
from saleor_crm_app.demo.order import Order, OrderStatus
from saleor_crm_app.demo.orders import BulkOrder, Item
from saleor_crm_app.demo.people import User
from saleor_crm_app.demo.shop import SimulatedShop
from tests.demo.conftest import Goods


def fired(shop: SimulatedShop, act: Callable[[], object]) -> list[str]:
    """What one act fires, in the order it is issued."""
    shop.events.forget()
    act()
    return [event.type.value for event in shop.events.happened]


@pytest.fixture
def anna(unserved: SimulatedShop) -> User:
    user = unserved.customers.register("anna@example.com")
    unserved.customers.confirm(user)
    return user


@pytest.fixture
def unpaid(unserved: SimulatedShop, anna: User, goods: Goods) -> Order:
    """Lines 60 + 40, shipping 10, nothing paid."""
    return unserved.orders.place([Item(variant=goods.lamp), Item(variant=goods.vase)], anna, shipping=Decimal(10))


@pytest.fixture
def paid(unserved: SimulatedShop, unpaid: Order) -> Order:
    unserved.payments.charge(unpaid)
    return unpaid


def test_an_unpaid_checkout(unserved: SimulatedShop, anna: User, goods: Goods) -> None:
    shop = unserved
    assert fired(shop, lambda: shop.orders.place([Item(variant=goods.lamp)], anna)) == [
        "order_created",
        "order_confirmed",
    ]


def test_a_checkout_charged_before(unserved: SimulatedShop, anna: User, goods: Goods) -> None:
    shop = unserved
    assert fired(shop, lambda: shop.orders.place([Item(variant=goods.lamp)], anna, paid=Decimal(60))) == [
        "order_created",
        "order_paid",
        "order_fully_paid",
        "order_updated",
        "order_confirmed",
    ]


def test_a_checkout_of_which_only_a_part_was_charged_gives_no_order_paid(
    unserved: SimulatedShop, anna: User, goods: Goods
) -> None:
    shop = unserved
    assert fired(shop, lambda: shop.orders.place([Item(variant=goods.lamp)], anna, paid=Decimal(20))) == [
        "order_created",
        "order_confirmed",
    ]


def test_a_checkout_of_nothing_counts_as_paid(unserved: SimulatedShop, anna: User, goods: Goods) -> None:
    shop = unserved
    assert fired(shop, lambda: shop.orders.place([Item(variant=goods.lamp, is_gift=True)], anna)) == [
        "order_created",
        "order_paid",
        "order_fully_paid",
        "order_updated",
        "order_confirmed",
    ]


def test_a_channel_that_does_not_confirm_by_itself(unserved: SimulatedShop, anna: User, goods: Goods) -> None:
    shop = unserved
    shop.shelves.open_channel("by-hand", "USD", auto_confirm=False)
    orders: list[Order] = []
    assert fired(
        shop, lambda: orders.append(shop.orders.place([Item(variant=goods.lamp)], anna, channel="by-hand"))
    ) == ["order_created"]
    assert fired(shop, lambda: shop.payments.charge(orders[0])) == [
        "order_paid",
        "order_fully_paid",
        "order_updated",
    ]
    assert fired(shop, lambda: shop.orders.confirm(orders[0])) == ["order_confirmed"]


def test_marking_as_paid_gives_no_order_paid(unserved: SimulatedShop, unpaid: Order) -> None:
    assert fired(unserved, lambda: unserved.payments.mark_as_paid(unpaid)) == ["order_fully_paid", "order_updated"]


def test_charging_in_parts(unserved: SimulatedShop, unpaid: Order) -> None:
    shop = unserved
    assert fired(shop, lambda: shop.payments.charge(unpaid, Decimal(50))) == ["order_paid", "order_updated"]
    everything = ["order_paid", "order_fully_paid", "order_updated"]
    assert fired(shop, lambda: shop.payments.charge(unpaid)) == everything
    assert fired(shop, lambda: shop.payments.charge(unpaid, Decimal(5))) == everything  # again on each further rise


def test_refunds_in_parts_and_in_full(unserved: SimulatedShop, paid: Order) -> None:
    shop = unserved
    assert fired(shop, lambda: shop.refunds.refund(paid, Decimal(10))) == ["order_refunded", "order_updated"]
    assert fired(shop, lambda: shop.refunds.refund(paid)) == [
        "order_refunded",
        "order_updated",
        "order_fully_refunded",
    ]


def test_a_refund_that_takes_its_time(unserved: SimulatedShop, paid: Order) -> None:
    shop = unserved
    shop.events.forget()
    request = shop.refunds.request(paid, Decimal(10))
    assert [event.value for event in shop.events.types()] == ["order_updated"]
    assert fired(shop, lambda: shop.refunds.succeed(request)) == ["order_refunded", "order_updated"]


def test_a_refund_that_fails_is_paid_again(unserved: SimulatedShop, paid: Order) -> None:
    shop = unserved
    request = shop.refunds.request(paid, Decimal(10))
    assert fired(shop, lambda: shop.refunds.fail(request)) == ["order_paid", "order_fully_paid", "order_updated"]


def test_a_refund_that_comes_back_is_paid_again(unserved: SimulatedShop, paid: Order) -> None:
    shop = unserved
    request = shop.refunds.request(paid, Decimal(10))
    shop.refunds.succeed(request)
    assert fired(shop, lambda: shop.refunds.reverse(request)) == ["order_paid", "order_fully_paid", "order_updated"]


def test_granting_a_refund_tells_nobody(unserved: SimulatedShop, paid: Order) -> None:
    assert fired(unserved, lambda: unserved.refunds.grant(paid, lines={paid.lines[1]: 1})) == []


def test_a_charge_back_and_a_correction_are_updates_only(unserved: SimulatedShop, paid: Order) -> None:
    shop = unserved
    assert fired(shop, lambda: shop.payments.charge_back(paid, Decimal(30))) == ["order_updated"]
    assert fired(shop, lambda: shop.payments.correct_charge(paid, Decimal(60))) == ["order_updated"]


def test_sending_in_parts(unserved: SimulatedShop, paid: Order) -> None:
    shop = unserved
    assert fired(shop, lambda: shop.parcels.fulfill(paid, {paid.lines[0]: 1})) == [
        "fulfillment_created",
        "order_updated",
    ]
    assert fired(shop, lambda: shop.parcels.fulfill(paid)) == [
        "fulfillment_created",
        "fulfillment_approved",
        "order_updated",
        "order_fulfilled",
    ]


def test_calling_a_parcel_back(unserved: SimulatedShop, paid: Order) -> None:
    shop = unserved
    parcel = shop.parcels.fulfill(paid)
    assert fired(shop, lambda: shop.parcels.cancel(paid, parcel)) == ["fulfillment_canceled", "order_updated"]


def test_a_return_is_an_update_only(unserved: SimulatedShop, paid: Order) -> None:
    shop = unserved
    shop.parcels.fulfill(paid)
    assert fired(shop, lambda: shop.parcels.take_back(paid, {paid.lines[1]: 1})) == ["order_updated"]


def test_a_return_with_refund_through_the_older_payment_api(unserved: SimulatedShop, unpaid: Order) -> None:
    shop = unserved
    shop.payments.capture(unpaid)
    shop.parcels.fulfill(unpaid)
    assert fired(shop, lambda: shop.parcels.take_back(unpaid, {unpaid.lines[1]: 1}, refund=True)) == [
        "order_refunded",
        "order_updated",
    ]


def test_a_replacement_also_prepares_a_draft(unserved: SimulatedShop, paid: Order) -> None:
    shop = unserved
    shop.parcels.fulfill(paid)
    assert fired(shop, lambda: shop.parcels.replace(paid, {paid.lines[1]: 1})) == [
        "order_updated",
        "draft_order_created",
    ]


def test_cancelation(unserved: SimulatedShop, paid: Order) -> None:
    assert fired(unserved, lambda: unserved.orders.cancel(paid)) == ["order_cancelled", "order_updated"]


def test_expiry(unserved: SimulatedShop, anna: User, goods: Goods) -> None:
    shop = unserved
    shop.shelves.open_channel("hasty", "USD", expire_orders_after=timedelta(hours=1))
    shop.orders.place([Item(variant=goods.lamp)], anna, channel="hasty")
    assert fired(shop, shop.orders.expire_due) == []
    shop.clock.advance(timedelta(hours=1))
    assert fired(shop, shop.orders.expire_due) == ["order_expired", "order_updated"]


def test_an_import_is_one_event_about_all_its_orders(unserved: SimulatedShop, anna: User, goods: Goods) -> None:
    shop = unserved
    bulk = BulkOrder(items=[Item(variant=goods.lamp)], buyer=anna, created=shop.clock.now(), paid=Decimal(60))
    assert fired(shop, lambda: shop.orders.bulk_create([bulk, bulk])) == ["order_bulk_created"]
    assert shop.events.happened[0].subject == list(shop.state.orders.values())


def test_drafts(unserved: SimulatedShop, anna: User, goods: Goods) -> None:
    shop = unserved
    shop.events.forget()
    draft = shop.orders.create_draft([Item(variant=goods.lamp)], anna)
    assert [event.value for event in shop.events.types()] == ["draft_order_created"]
    assert fired(shop, lambda: shop.payments.charge(draft, Decimal(20))) == []
    assert fired(shop, lambda: shop.orders.change_quantity(draft, draft.lines[0], 2)) == ["draft_order_updated"]
    assert fired(shop, lambda: shop.orders.complete_draft(draft)) == ["order_created", "order_confirmed"]


def test_editing_an_unconfirmed_order(unserved: SimulatedShop, unpaid: Order, goods: Goods) -> None:
    shop = unserved
    assert unpaid.status is OrderStatus.UNCONFIRMED
    assert fired(shop, lambda: shop.orders.change_quantity(unpaid, unpaid.lines[0], 2)) == ["order_updated"]
    assert fired(shop, lambda: shop.orders.add_item(unpaid, Item(variant=goods.vase))) == ["order_updated"]
    assert fired(shop, lambda: shop.orders.remove_line(unpaid, unpaid.lines[1])) == ["order_updated"]
    assert [(line.variant, line.quantity) for line in unpaid.lines] == [(goods.lamp, 2), (goods.vase, 1)]


def test_customers(unserved: SimulatedShop) -> None:
    shop, people = unserved, unserved.customers
    assert fired(shop, lambda: people.register("bo@example.com")) == [
        "account_confirmation_requested",
        "customer_created",
    ]
    bo = shop.state.user_by_email("bo@example.com")
    assert bo is not None
    assert fired(shop, lambda: people.confirm(bo)) == ["account_confirmed"]
    assert fired(shop, lambda: people.update(bo, first_name="Bo")) == ["customer_updated"]
    assert fired(shop, lambda: people.set_default_address(bo, "AT")) == ["customer_updated"]
    assert fired(shop, lambda: people.edit_default_address(bo, "DE")) == []
    assert fired(shop, lambda: people.write_metadata(bo, "points", "999999")) == [
        "customer_updated",
        "customer_metadata_updated",
    ]
    assert fired(shop, lambda: people.change_email(bo, "bo@example.org")) == [
        "customer_updated",
        "account_email_changed",
    ]
    assert fired(shop, lambda: people.delete_self(bo)) == ["account_deleted"]


def test_customers_entered_and_removed_by_staff(unserved: SimulatedShop) -> None:
    shop, people = unserved, unserved.customers
    assert fired(shop, lambda: people.create("bo@example.com")) == ["customer_created", "customer_metadata_updated"]
    bo = shop.state.user_by_email("bo@example.com")
    assert bo is not None
    assert fired(shop, lambda: people.delete_by_staff(bo)) == ["customer_deleted"]


def test_staff_signing_in_looks_like_a_change_of_a_customer(unserved: SimulatedShop) -> None:
    shop = unserved
    assert fired(shop, lambda: shop.customers.sign_in_staff(shop.state.staff)) == [
        "customer_updated",
        "customer_metadata_updated",
    ]


def test_confirming_may_bring_the_guest_orders_along(unserved: SimulatedShop, goods: Goods) -> None:
    shop = unserved
    order = shop.orders.place([Item(variant=goods.lamp)], "guest@example.com", paid=Decimal(60))
    guest = shop.customers.register("guest@example.com")
    assert fired(shop, lambda: shop.customers.confirm(guest, merge_orders=True)) == ["account_confirmed"]
    assert order.user is guest


def test_attaching_guest_orders_tells_nobody(unserved: SimulatedShop, goods: Goods) -> None:
    shop = unserved
    items = [Item(variant=goods.lamp)]
    order = shop.orders.place(items, "guest@example.com", paid=Decimal(60))
    unconfirmed = shop.orders.place(items, "guest@example.com")
    before = order.updated_at
    guest = shop.customers.register("guest@example.com")
    shop.customers.confirm(guest)
    assert [one.user for one in (order, unconfirmed)] == [None, None]
    assert fired(shop, lambda: shop.customers.attach_guest_orders(guest)) == []
    assert [one.user for one in (order, unconfirmed)] == [guest, None]
    assert order.updated_at == before


def test_an_address_belongs_to_one_account(unserved: SimulatedShop, anna: User) -> None:
    bo = unserved.customers.register("bo@example.com")
    with pytest.raises(ShopRefusal, match="already exists"):
        unserved.customers.register("Anna@example.com")
    with pytest.raises(ShopRefusal, match="already exists"):
        unserved.customers.change_email(bo, "anna@example.com")
    assert [user.email for user in (anna, bo)] == ["anna@example.com", "bo@example.com"]


def test_what_is_no_draft_and_not_unconfirmed_is_refused(unserved: SimulatedShop, paid: Order) -> None:
    unserved.events.forget()
    with pytest.raises(ShopRefusal, match="not draft"):
        unserved.orders.complete_draft(paid)
    with pytest.raises(ShopRefusal, match="different than unconfirmed"):
        unserved.orders.confirm(paid)
    assert unserved.events.happened == []
