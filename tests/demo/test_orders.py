"""Statuses, totals and times of orders, as the real shop computes them."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest

from saleor_crm_app.demo.catalog import ProductTypeKind
from saleor_crm_app.demo.errors import ShopRefusal
from saleor_crm_app.demo.order import ChargeStatus, Fulfillment, GrantedRefund, GrantedRefundStatus, Order, OrderStatus
from saleor_crm_app.demo.orders import BulkOrder, Item
from saleor_crm_app.demo.people import User
from saleor_crm_app.demo.prices import Money, TaxedMoney
from saleor_crm_app.demo.shop import SimulatedShop
from tests.demo.conftest import Goods


@pytest.fixture
def anna(unserved: SimulatedShop) -> User:
    return unserved.customers.register("anna@example.com")


@pytest.fixture
def order(unserved: SimulatedShop, anna: User, goods: Goods) -> Order:
    """Lines 60 + 40, shipping 10, unpaid."""
    return unserved.orders.place([Item(variant=goods.lamp), Item(variant=goods.vase)], anna, shipping=Decimal(10))


def status_of(order: Order) -> OrderStatus:
    """As a call, so that the type checker does not believe that it stays what it was."""
    return order.status


def charge_of(order: Order) -> ChargeStatus:
    return order.charge_status


def granted_of(granted: GrantedRefund) -> GrantedRefundStatus:
    return granted.status


def money_of(order: Order) -> tuple[Decimal, Decimal, Decimal, ChargeStatus]:
    """Charged, refund pending, refunded, charge status."""
    return order.charged, order.total_refund_pending.amount, order.total_refunded, order.charge_status


def parcels_of(order: Order) -> list[tuple[str, list[tuple[int, int]]]]:
    """Status and (position of the line, quantity) of each parcel."""

    def content(parcel: Fulfillment) -> list[tuple[int, int]]:
        return [(order.lines.index(part.order_line), part.quantity) for part in parcel.lines]

    return [(parcel.status.value, content(parcel)) for parcel in order.fulfillments]


def test_totals_of_lines_shipping_and_tax(unserved: SimulatedShop, anna: User, goods: Goods) -> None:
    unserved.shelves.open_channel("taxed", "EUR", tax_rate=Decimal("0.25"))
    order = unserved.orders.place([Item(variant=goods.lamp, quantity=2)], anna, channel="taxed", shipping=Decimal(10))
    assert order.subtotal == TaxedMoney(Money(Decimal("96.00"), "EUR"), Money(Decimal("120.00"), "EUR"), "EUR")
    assert order.shipping_price.net == Money(Decimal("8.00"), "EUR")
    assert order.total == Decimal(130)


def test_an_order_voucher_is_spread_over_the_lines(unserved: SimulatedShop, anna: User) -> None:
    juice = unserved.shelves.sell("Apple juice", Decimal("1.99"))
    order = unserved.orders.place([Item(variant=juice, quantity=3)], anna, discount=Decimal(1))
    assert [line.total_price.gross.amount for line in order.lines] == [Decimal("4.97")]
    assert [line.undiscounted_total_price.gross.amount for line in order.lines] == [Decimal("5.97")]
    assert (order.subtotal.gross.amount, order.total) == (Decimal("4.97"), Decimal("4.97"))


def test_the_odd_cent_of_a_voucher_goes_to_the_last_line(unserved: SimulatedShop, anna: User) -> None:
    items = [Item(variant=unserved.shelves.sell(name, Decimal(1))) for name in ("One", "Two", "Three")]
    order = unserved.orders.place(items, anna, discount=Decimal(1))
    assert [line.total_price.gross.amount for line in order.lines] == [
        Decimal("0.67"),
        Decimal("0.67"),
        Decimal("0.66"),
    ]


def test_a_legacy_gift_card_lowers_the_total_and_not_the_subtotal(unserved: SimulatedShop, anna: User) -> None:
    juice = unserved.shelves.sell("Apple juice", Decimal("1.99"))
    order = unserved.orders.place([Item(variant=juice, quantity=3)], anna, gift_card=Decimal(2))
    assert (order.subtotal.gross.amount, order.total) == (Decimal("5.97"), Decimal("3.97"))


def test_currencies_without_decimals_round_to_whole_units(unserved: SimulatedShop, anna: User) -> None:
    unserved.shelves.open_channel("japan", "JPY")
    sake = unserved.shelves.sell("Sake", Decimal("1500.4"))
    order = unserved.orders.place([Item(variant=sake)], anna, channel="japan")
    assert order.total == Decimal(1500)


def test_an_unpaid_order_stays_unconfirmed_until_money_comes(unserved: SimulatedShop, order: Order) -> None:
    assert status_of(order) is OrderStatus.UNCONFIRMED
    unserved.payments.charge(order, Decimal(50))
    assert (order.status, order.charge_status) == (OrderStatus.UNFULFILLED, ChargeStatus.PARTIAL)


def test_marked_as_paid_stays_unconfirmed(unserved: SimulatedShop, order: Order) -> None:
    unserved.payments.mark_as_paid(order)
    assert (order.status, order.charge_status) == (OrderStatus.UNCONFIRMED, ChargeStatus.FULL)
    with pytest.raises(ShopRefusal, match="manually marked"):
        unserved.payments.mark_as_paid(order)


def test_charge_status_through_an_orders_life(unserved: SimulatedShop, order: Order) -> None:
    shop = unserved
    assert money_of(order) == (Decimal(0), Decimal(0), Decimal(0), ChargeStatus.NONE)
    shop.payments.charge(order, Decimal(120))
    assert money_of(order) == (Decimal(120), Decimal(0), Decimal(0), ChargeStatus.OVERCHARGED)
    shop.refunds.refund(order, Decimal(10))
    assert money_of(order) == (Decimal(110), Decimal(0), Decimal(10), ChargeStatus.FULL)
    shop.refunds.refund(order)
    assert money_of(order) == (Decimal(0), Decimal(0), Decimal(120), ChargeStatus.NONE)  # as if never paid


def test_a_pending_refund_lowers_what_is_charged_at_once(unserved: SimulatedShop, order: Order) -> None:
    shop = unserved
    shop.payments.charge(order)
    request = shop.refunds.request(order, Decimal(10))
    assert money_of(order) == (Decimal(100), Decimal(10), Decimal(0), ChargeStatus.PARTIAL)
    shop.refunds.fail(request)
    assert money_of(order) == (Decimal(110), Decimal(0), Decimal(0), ChargeStatus.FULL)
    again = shop.refunds.request(order, Decimal(10))
    shop.refunds.succeed(again)
    assert money_of(order) == (Decimal(100), Decimal(0), Decimal(10), ChargeStatus.PARTIAL)
    shop.refunds.reverse(again)
    assert money_of(order) == (Decimal(110), Decimal(0), Decimal(0), ChargeStatus.FULL)


def test_a_charge_back_lowers_what_is_charged_and_refunds_nothing(unserved: SimulatedShop, order: Order) -> None:
    shop = unserved
    shop.payments.charge(order)
    shop.payments.charge_back(order, Decimal(110))
    assert money_of(order) == (Decimal(0), Decimal(0), Decimal(0), ChargeStatus.NONE)


def test_a_refund_takes_no_more_than_there_is(unserved: SimulatedShop, order: Order) -> None:
    unserved.payments.charge(order)
    unserved.refunds.refund(order, Decimal(500))
    assert order.total_refunded == Decimal(110)


def test_a_granted_refund_of_any_status_lowers_what_counts_as_full(unserved: SimulatedShop, order: Order) -> None:
    shop = unserved
    shop.payments.charge(order, Decimal(70))
    assert charge_of(order) is ChargeStatus.PARTIAL
    granted = shop.refunds.grant(order, lines={order.lines[1]: 1})
    assert (granted.amount, granted.status) == (Decimal(40), GrantedRefundStatus.NONE)
    assert charge_of(order) is ChargeStatus.FULL


def test_a_granted_refund_follows_only_the_transaction_it_is_tied_to(unserved: SimulatedShop, order: Order) -> None:
    shop = unserved
    paid = shop.payments.charge(order)
    tied = shop.refunds.grant(order, lines={order.lines[1]: 1}, transaction=paid)
    untied = shop.refunds.grant(order, shipping=True)
    request = shop.refunds.request(order, granted=tied)
    assert granted_of(tied) is GrantedRefundStatus.PENDING
    shop.refunds.fail(request)
    assert granted_of(tied) is GrantedRefundStatus.FAILURE
    shop.refunds.refund(order, granted=tied)
    shop.refunds.refund(order, granted=untied)
    assert (tied.status, untied.status) == (GrantedRefundStatus.SUCCESS, GrantedRefundStatus.NONE)
    assert money_of(order)[:3] == (Decimal(60), Decimal(0), Decimal(50))


def test_nothing_is_granted_twice(unserved: SimulatedShop, order: Order) -> None:
    unserved.refunds.grant(order, lines={order.lines[0]: 1}, shipping=True)
    with pytest.raises(ShopRefusal, match=r"available quantity of the line \(0\)"):
        unserved.refunds.grant(order, lines={order.lines[0]: 1})
    with pytest.raises(ShopRefusal, match="Shipping costs"):
        unserved.refunds.grant(order, shipping=True)
    assert len(order.granted_refunds) == 1


def test_statuses_through_parcels_and_returns(unserved: SimulatedShop, order: Order) -> None:
    shop = unserved
    shop.payments.charge(order)
    seen = [order.status]
    shop.parcels.fulfill(order, {order.lines[0]: 1})
    seen.append(order.status)
    parcel = shop.parcels.fulfill(order)
    seen.append(order.status)
    shop.parcels.take_back(order, {order.lines[0]: 1})
    seen.append(order.status)
    shop.parcels.take_back(order, {order.lines[1]: 1})
    seen.append(order.status)
    assert seen == [
        OrderStatus.UNFULFILLED,
        OrderStatus.PARTIALLY_FULFILLED,
        OrderStatus.FULFILLED,
        OrderStatus.PARTIALLY_RETURNED,
        OrderStatus.RETURNED,
    ]
    assert parcel not in order.fulfillments  # emptied parcels are deleted
    assert parcels_of(order) == [("RETURNED", [(0, 1)]), ("RETURNED", [(1, 1)])]


def test_a_canceled_parcel_gives_its_units_back(unserved: SimulatedShop, order: Order) -> None:
    shop = unserved
    shop.payments.charge(order)
    parcel = shop.parcels.fulfill(order)
    shop.parcels.cancel(order, parcel)
    assert status_of(order) is OrderStatus.UNFULFILLED
    assert [line.quantity_fulfilled for line in order.lines] == [0, 0]
    assert parcels_of(order) == [("CANCELED", [(0, 1), (1, 1)])]
    with pytest.raises(ShopRefusal, match="can't be canceled"):
        shop.parcels.cancel(order, parcel)
    shop.parcels.fulfill(order)
    assert status_of(order) is OrderStatus.FULFILLED


def test_unsent_units_may_be_returned(unserved: SimulatedShop, order: Order) -> None:
    unserved.payments.charge(order)
    unserved.parcels.take_back(order, {order.lines[1]: 1})
    assert status_of(order) is OrderStatus.PARTIALLY_RETURNED
    assert [line.quantity_fulfilled for line in order.lines] == [0, 1]


def test_a_return_with_refund_needs_the_older_payment_api(unserved: SimulatedShop, order: Order) -> None:
    unserved.payments.charge(order)
    parcel = unserved.parcels.fulfill(order)
    with pytest.raises(ShopRefusal, match="no payment"):
        unserved.parcels.take_back(order, {order.lines[1]: 1}, refund=True)
    assert order.fulfillments == [parcel]


def test_a_return_with_refund_and_shipping(unserved: SimulatedShop, order: Order) -> None:
    shop = unserved
    shop.payments.capture(order)
    shop.parcels.fulfill(order)
    back = shop.parcels.take_back(order, {order.lines[1]: 1}, refund=True, shipping=True)
    assert parcels_of(order) == [("FULFILLED", [(0, 1)]), ("REFUNDED_AND_RETURNED", [(1, 1)])]
    assert back.shipping_refunded_amount == Money(Decimal("10.00"), "USD")
    assert money_of(order)[:3] == (Decimal(60), Decimal(0), Decimal(50))


def test_units_refunded_first_and_returned_later(unserved: SimulatedShop, order: Order) -> None:
    shop = unserved
    shop.payments.capture(order)
    shop.parcels.fulfill(order)
    shop.parcels.refund_items(order, {order.lines[1]: 1})
    assert status_of(order) is OrderStatus.FULFILLED
    assert parcels_of(order) == [("FULFILLED", [(0, 1)]), ("REFUNDED", [(1, 1)])]
    shop.parcels.take_back(order, {order.lines[1]: 1})
    assert status_of(order) is OrderStatus.PARTIALLY_RETURNED
    assert parcels_of(order) == [
        ("FULFILLED", [(0, 1)]),
        ("REFUNDED", []),
        ("RETURNED", []),
        ("REFUNDED_AND_RETURNED", [(1, 1)]),
    ]
    assert order.total_refunded == Decimal(40)  # paid back once


def test_a_replacement_leaves_an_empty_return_behind(unserved: SimulatedShop, order: Order) -> None:
    shop = unserved
    shop.payments.charge(order)
    shop.parcels.fulfill(order)
    draft = shop.parcels.replace(order, {order.lines[1]: 1})
    assert status_of(order) is OrderStatus.FULFILLED
    assert parcels_of(order) == [("FULFILLED", [(0, 1)]), ("REPLACED", [(1, 1)]), ("RETURNED", [])]
    assert (draft.status, draft.origin, draft.total) == (OrderStatus.DRAFT, "REISSUE", Decimal(40))
    shop.parcels.replace(order, {order.lines[0]: 1})
    assert status_of(order) is OrderStatus.FULFILLED  # everything replaced: left as it was


def test_what_may_not_be_sent_or_taken_back(unserved: SimulatedShop, order: Order) -> None:
    shop = unserved
    shop.state.fulfillment_allow_unpaid = False
    with pytest.raises(ShopRefusal, match="unpaid"):
        shop.parcels.fulfill(order)
    shop.payments.charge(order)
    with pytest.raises(ShopRefusal, match="Only 1 items remaining"):
        shop.parcels.fulfill(order, {order.lines[0]: 2})
    with pytest.raises(ShopRefusal, match="bigger than quantity"):
        shop.parcels.take_back(order, {order.lines[0]: 2})
    assert (order.fulfillments, order.status) == ([], OrderStatus.UNFULFILLED)


def test_orders_with_parcels_out_are_not_canceled(unserved: SimulatedShop, order: Order) -> None:
    shop = unserved
    shop.payments.charge(order)
    parcel = shop.parcels.fulfill(order)
    with pytest.raises(ShopRefusal, match="can't be canceled"):
        shop.orders.cancel(order)
    shop.parcels.cancel(order, parcel)
    shop.orders.cancel(order)
    assert (order.status, order.charged) == (OrderStatus.CANCELED, Decimal(110))  # nothing was refunded


def test_updated_at_stands_still_where_the_real_one_does(unserved: SimulatedShop, anna: User, goods: Goods) -> None:
    shop = unserved
    order = shop.orders.place([Item(variant=goods.lamp, quantity=4)], anna, paid=Decimal(240))
    line = order.lines[0]
    moved = []
    for act in (
        lambda: shop.parcels.fulfill(order, {line: 2}),
        lambda: shop.parcels.fulfill(order, {line: 1}),
        lambda: shop.parcels.fulfill(order),
        lambda: shop.parcels.take_back(order, {line: 1}),
        lambda: shop.parcels.take_back(order, {line: 1}),
        lambda: shop.refunds.grant(order, lines={line: 1}),
        lambda: shop.refunds.refund(order, Decimal(60)),
        lambda: shop.customers.delete_by_staff(anna),
    ):
        before = order.updated_at
        act()
        moved.append(order.updated_at > before)
    assert moved == [True, False, True, True, False, True, True, False]
    assert (order.user, order.user_email) == (None, "anna@example.com")


def test_expiry_does_not_move_updated_at_and_spares_orders_with_money(
    unserved: SimulatedShop, anna: User, goods: Goods
) -> None:
    shop = unserved
    shop.shelves.open_channel("hasty", "USD", expire_orders_after=timedelta(hours=1))
    empty = shop.orders.place([Item(variant=goods.lamp)], anna, channel="hasty")
    begun = shop.orders.place([Item(variant=goods.lamp)], anna, channel="hasty")
    shop.payments.mark_as_paid(begun)
    before = empty.updated_at
    shop.clock.advance(timedelta(hours=1))
    assert shop.orders.expire_due() == [empty]
    assert (empty.status, empty.updated_at) == (OrderStatus.EXPIRED, before)
    assert begun.status is OrderStatus.UNCONFIRMED


def test_editing_changes_totals_and_leaves_the_charge_status(unserved: SimulatedShop, order: Order) -> None:
    shop = unserved
    shop.payments.mark_as_paid(order)
    shop.orders.change_quantity(order, order.lines[0], 2)
    assert (order.total, order.charge_status) == (Decimal(170), ChargeStatus.FULL)
    shop.payments.charge_back(order, Decimal(110))  # money moves, so that all is read anew and the order confirmed
    with pytest.raises(ShopRefusal, match="Only draft and unconfirmed"):
        shop.orders.change_quantity(order, order.lines[0], 1)


def test_imported_orders_keep_their_day_and_their_parcel_has_todays(unserved: SimulatedShop, goods: Goods) -> None:
    day = datetime(2025, 3, 1, 12, tzinfo=UTC)
    bulk = BulkOrder(
        items=[Item(variant=goods.lamp)],
        buyer="guest@example.com",
        created=day,
        status=OrderStatus.FULFILLED,
        paid=Decimal(60),
    )
    (order,) = unserved.orders.bulk_create([bulk])
    assert (order.created, order.origin, order.charge_status) == (day, "BULK_CREATE", ChargeStatus.FULL)
    assert order.fulfillments[0].created > day
    assert parcels_of(order) == [("FULFILLED", [(0, 1)])]


def test_gift_cards_are_a_type_of_product(unserved: SimulatedShop) -> None:
    card = unserved.shelves.sell("Gift card 50", 50, kind=ProductTypeKind.GIFT_CARD)
    assert card.product.product_type.type_kind is ProductTypeKind.GIFT_CARD


def test_a_withdrawn_variant_vanishes_from_the_lines(unserved: SimulatedShop, order: Order, goods: Goods) -> None:
    unserved.shelves.withdraw(goods.vase)
    assert [line.variant for line in order.lines] == [goods.lamp, None]


def test_the_same_seed_gives_the_same_ids(unserved: SimulatedShop, order: Order) -> None:
    twin = SimulatedShop(seed=1, key=unserved.keys.current)
    bo = twin.customers.register("bo@example.com")
    lamp, vase = twin.shelves.sell("Lamp", 60), twin.shelves.sell("Vase", 40)
    copy = twin.orders.place([Item(variant=lamp), Item(variant=vase)], bo)
    assert (copy.id, copy.number) == (order.id, order.number)
