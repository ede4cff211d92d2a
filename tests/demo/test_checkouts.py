"""Checkouts of the simulated shop: what a code does to prices, what completion asks for, and Saleor's own race."""

from decimal import Decimal

import pytest

from saleor_crm_app.demo.errors import ShopRefusal
from saleor_crm_app.demo.events import EventType
from saleor_crm_app.demo.order import ChargeStatus, Order, OrderStatus
from saleor_crm_app.demo.orders import Item
from saleor_crm_app.demo.people import User
from saleor_crm_app.demo.shop import SimulatedShop
from saleor_crm_app.demo.voucher import DiscountValueType
from saleor_crm_app.demo.vouchers import VoucherTerms
from tests.demo.conftest import Goods
from tests.demo.promotions import amounts_of, cart, discounts_of, listed, refusal_of, total_of

SINGLE = VoucherTerms(name="Twenty off", single_use=True)


@pytest.fixture
def anna(unserved: SimulatedShop) -> User:
    return unserved.customers.register("anna@example.com")


def test_a_second_voucher_replaces_the_first(unserved: SimulatedShop, goods: Goods, anna: User) -> None:
    listed(unserved, "FIRST", value=20)
    listed(unserved, "SECOND", value=5)
    checkout = cart(unserved, goods, anna)
    unserved.checkouts.add_promo_code(checkout, "FIRST")
    assert (checkout.voucher_code, amounts_of(checkout, unserved)) == ("FIRST", (80, 10, 90))
    unserved.checkouts.add_promo_code(checkout, "SECOND")
    assert (checkout.voucher_code, amounts_of(checkout, unserved)) == ("SECOND", (95, 10, 105))


def test_a_code_taken_off_gives_the_price_back(unserved: SimulatedShop, goods: Goods, anna: User) -> None:
    listed(unserved, "FIRST")
    checkout = cart(unserved, goods, anna)
    unserved.checkouts.add_promo_code(checkout, "FIRST")
    unserved.checkouts.remove_promo_code(checkout, "FIRST")
    assert (checkout.voucher_code, checkout.discount_name, amounts_of(checkout, unserved)) == (
        None,
        None,
        (100, 10, 110),
    )


def test_any_code_of_a_voucher_takes_it_off(unserved: SimulatedShop, goods: Goods, anna: User) -> None:
    listed(unserved, "MINE", "OTHER")
    checkout = cart(unserved, goods, anna)
    unserved.checkouts.add_promo_code(checkout, "MINE")
    unserved.checkouts.remove_promo_code(checkout, "OTHER")
    assert checkout.voucher_code is None


@pytest.mark.parametrize(
    ("code", "says"), [("NOWHERE", "NOT_FOUND"), ("ELSEWHERE", "INVALID"), ("CARD-CARD", "INVALID")]
)
def test_a_code_that_is_not_on_it_cannot_be_taken_off(
    unserved: SimulatedShop, goods: Goods, anna: User, code: str, says: str
) -> None:
    listed(unserved, "ELSEWHERE")
    unserved.gift_cards.create(10, "USD", code="CARD-CARD")
    with pytest.raises(ShopRefusal) as refusal:
        unserved.checkouts.remove_promo_code(cart(unserved, goods, anna), code)
    assert (refusal.value.code, refusal.value.field) == (says, "promoCode")


def test_a_cart_below_the_minimum_loses_its_voucher_without_a_word(
    unserved: SimulatedShop, goods: Goods, anna: User
) -> None:
    listed(unserved, "ALL", min_spent=Decimal(100))
    checkout = cart(unserved, goods, anna)
    unserved.checkouts.add_promo_code(checkout, "ALL")
    unserved.checkouts.change_quantity(checkout, checkout.lines[1], 0)
    assert (checkout.voucher_code, amounts_of(checkout, unserved)) == (None, (60, 10, 70))
    assert unserved.state.voucher_codes["ALL"][1].is_active


def test_a_voucher_is_applied_anew_when_lines_change(unserved: SimulatedShop, goods: Goods, anna: User) -> None:
    listed(unserved, "HALF", value=50, terms=VoucherTerms(name="Half", value_type=DiscountValueType.PERCENTAGE))
    checkout = cart(unserved, goods, anna)
    unserved.checkouts.add_promo_code(checkout, "HALF")
    unserved.checkouts.add_item(checkout, Item(variant=goods.vase, quantity=2))
    assert amounts_of(checkout, unserved) == (90, 10, 100)


def test_the_order_bears_code_voucher_and_name(unserved: SimulatedShop, goods: Goods, anna: User) -> None:
    # given
    voucher = listed(unserved, "TWENTY", terms=SINGLE)
    checkout = cart(unserved, goods, anna)
    unserved.checkouts.add_promo_code(checkout, "TWENTY")
    unserved.checkouts.charge(checkout)
    # when
    order = unserved.checkouts.complete(checkout)
    # then
    assert (order.voucher_code, order.voucher, order.checkout_id) == ("TWENTY", voucher, checkout.id)
    assert discounts_of(order) == [("VOUCHER", "Twenty off", 20)]
    assert [line.total_price.gross.amount for line in order.lines] == [48, 32]
    assert [line.voucher_code for line in order.lines] == [None, None]
    assert (total_of(order), order.charged == 90, order.status) == (90, True, OrderStatus.UNFULFILLED)
    assert (order.user, order.charge_status) == (anna, ChargeStatus.FULL)
    assert unserved.events.types(about=order) == [
        EventType.ORDER_CREATED,
        EventType.ORDER_PAID,
        EventType.ORDER_FULLY_PAID,
        EventType.ORDER_UPDATED,
        EventType.ORDER_CONFIRMED,
    ]


def test_an_unpaid_order_stays_unconfirmed(unserved: SimulatedShop, goods: Goods, anna: User) -> None:
    order = unserved.checkouts.complete(cart(unserved, goods, anna))
    assert (order.status, order.charge_status) == (OrderStatus.UNCONFIRMED, ChargeStatus.NONE)


def test_a_completed_checkout_is_gone_and_completes_to_the_same_order(
    unserved: SimulatedShop, goods: Goods, anna: User
) -> None:
    checkout = cart(unserved, goods, anna)
    order = unserved.checkouts.complete(checkout)
    assert unserved.state.checkouts == {}
    assert unserved.checkouts.complete(checkout) is order
    assert list(unserved.state.orders.values()) == [order]


def test_a_dead_code_blocks_completion_until_it_is_taken_off(unserved: SimulatedShop, goods: Goods, anna: User) -> None:
    # given
    voucher = listed(unserved, "TWENTY")
    checkout = cart(unserved, goods, anna)
    unserved.checkouts.add_promo_code(checkout, "TWENTY")
    # when
    unserved.vouchers.delete_codes([voucher.voucher_codes[0].pk])
    # then
    assert (checkout.voucher_code, amounts_of(checkout, unserved)) == ("TWENTY", (80, 10, 90))
    with pytest.raises(ShopRefusal) as refusal:
        unserved.checkouts.complete(checkout)
    assert (refusal.value.code, refusal.value.field) == ("VOUCHER_NOT_APPLICABLE", "voucherCode")
    unserved.checkouts.remove_promo_code(checkout, "TWENTY")
    assert unserved.checkouts.complete(checkout).total == 110


def test_a_channel_may_ask_for_the_money_first(unserved: SimulatedShop, goods: Goods, anna: User) -> None:
    unserved.shelves.open_channel("strict", "USD", allow_unpaid_orders=False)
    checkout = unserved.checkouts.create([Item(variant=goods.lamp)], anna, channel="strict")
    with pytest.raises(ShopRefusal) as refusal:
        unserved.checkouts.complete(checkout)
    assert refusal.value.code == "CHECKOUT_NOT_FULLY_PAID"
    unserved.checkouts.charge(checkout)
    assert unserved.checkouts.complete(checkout).charged == 60


def race(shop: SimulatedShop, goods: Goods, *, terms: VoucherTerms) -> list[Order | ShopRefusal]:
    """Four carts of Anna with one code, completed in one moment."""
    anna = shop.customers.register("anna@example.com")
    listed(shop, "ONCE", terms=terms)
    carts = [cart(shop, goods, anna) for _ in range(4)]
    for checkout in carts:
        shop.checkouts.add_promo_code(checkout, "ONCE")
    return shop.checkouts.complete_at_once(carts)


@pytest.mark.parametrize(
    "terms",
    [
        VoucherTerms(name="Twenty off", single_use=True),
        VoucherTerms(name="Twenty off", usage_limit=1),
        VoucherTerms(name="Twenty off", single_use=True, usage_limit=1),
        VoucherTerms(name="Twenty off", single_use=True, once_per_customer=True),
    ],
)
def test_simultaneous_orders_all_get_the_discount_of_one_code_and_one_bears_it(
    unserved: SimulatedShop, goods: Goods, terms: VoucherTerms
) -> None:
    orders = race(unserved, goods, terms=terms)
    seen = [(one.voucher_code, total_of(one), discounts_of(one)) for one in orders if isinstance(one, Order)]
    named = [("VOUCHER", "Twenty off", Decimal(20))]
    assert seen == [("ONCE", 90, named), (None, 90, named), (None, 90, named), (None, 90, named)]
    assert [one.voucher is None for one in orders if isinstance(one, Order)] == [False, True, True, True]


def test_once_per_customer_alone_holds_in_the_race(unserved: SimulatedShop, goods: Goods) -> None:
    answers = race(unserved, goods, terms=VoucherTerms(name="Twenty off", once_per_customer=True))
    assert [one.code if isinstance(one, ShopRefusal) else one.voucher_code for one in answers] == [
        "ONCE",
        "VOUCHER_NOT_APPLICABLE",
        "VOUCHER_NOT_APPLICABLE",
        "VOUCHER_NOT_APPLICABLE",
    ]


def test_in_the_race_lines_keep_the_code_of_a_voucher_on_products(unserved: SimulatedShop, goods: Goods) -> None:
    terms = VoucherTerms(name="Free lamp", single_use=True, once_per_order=True)
    orders = [one for one in race(unserved, goods, terms=terms) if isinstance(one, Order)]
    assert [one.voucher_code for one in orders] == ["ONCE", None, None, None]
    assert [[line.voucher_code for line in one.lines] for one in orders] == [[None, "ONCE"]] * 4


def test_one_after_the_other_the_second_order_is_refused(unserved: SimulatedShop, goods: Goods, anna: User) -> None:
    listed(unserved, "ONCE", terms=SINGLE)
    first, second = cart(unserved, goods, anna), cart(unserved, goods, anna)
    for checkout in (first, second):
        unserved.checkouts.add_promo_code(checkout, "ONCE")
    unserved.checkouts.complete(first)
    with pytest.raises(ShopRefusal, match="Voucher not applicable"):
        unserved.checkouts.complete(second)
    assert refusal_of(unserved, cart(unserved, goods, anna), "ONCE") == ("INVALID", "promoCode")
