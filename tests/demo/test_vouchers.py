"""Vouchers of the simulated shop: what makes a code work, what it takes off, and what brings it back."""

from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest

from saleor_crm_app.demo.apps import App
from saleor_crm_app.demo.errors import ShopRefusal
from saleor_crm_app.demo.events import EventType
from saleor_crm_app.demo.orders import DEFAULT_CHANNEL
from saleor_crm_app.demo.people import User
from saleor_crm_app.demo.shop import SimulatedShop
from saleor_crm_app.demo.voucher import DiscountValueType, VoucherType
from saleor_crm_app.demo.voucher_terms import VoucherChanges, VoucherTerms
from saleor_crm_app.saleor.documents import document, document_names
from tests.demo.conftest import Goods
from tests.demo.promotions import amounts_of, cart, discounts_of, listed, refusal_of, total_of
from tests.demo.test_api import ask, codes

PERCENT = DiscountValueType.PERCENTAGE


@pytest.fixture
def anna(unserved: SimulatedShop) -> User:
    return unserved.customers.register("anna@example.com")


def bought_with(shop: SimulatedShop, goods: Goods, buyer: User | str, code: str) -> Any:  # noqa: ANN401 - an order
    checkout = cart(shop, goods, buyer)
    shop.checkouts.add_promo_code(checkout, code)
    return shop.checkouts.complete(checkout)


def test_without_a_listing_in_the_channel_a_code_is_invalid(unserved: SimulatedShop, goods: Goods, anna: User) -> None:
    voucher = unserved.vouchers.create(VoucherTerms(name="Nowhere"), ["CODE"])
    assert refusal_of(unserved, cart(unserved, goods, anna), "CODE") == ("INVALID", "promoCode")
    channel = unserved.state.channels[DEFAULT_CHANNEL]
    unserved.vouchers.list_in(voucher, channel, 20)
    checkout = cart(unserved, goods, anna)
    unserved.checkouts.add_promo_code(checkout, "CODE")
    unserved.vouchers.unlist(voucher, channel)
    assert refusal_of(unserved, cart(unserved, goods, anna), "CODE") == ("INVALID", "promoCode")


def test_a_code_works_from_its_start_to_its_end(unserved: SimulatedShop, goods: Goods, anna: User) -> None:
    now = unserved.clock.now()
    terms = VoucherTerms(name="Soon", start_date=now + timedelta(days=1), end_date=now + timedelta(days=3))
    listed(unserved, "CODE", terms=terms)
    assert refusal_of(unserved, cart(unserved, goods, anna), "CODE") == ("INVALID", "promoCode")
    unserved.clock.advance(timedelta(days=2))
    unserved.checkouts.add_promo_code(cart(unserved, goods, anna), "CODE")
    unserved.clock.advance(timedelta(days=2))
    assert refusal_of(unserved, cart(unserved, goods, anna), "CODE") == ("INVALID", "promoCode")


def test_a_minimum_and_a_number_of_items_are_conditions(unserved: SimulatedShop, goods: Goods, anna: User) -> None:
    listed(unserved, "RICH", min_spent=Decimal("100.01"))
    listed(unserved, "MANY", terms=VoucherTerms(name="Many", min_items=3))
    for code in ("RICH", "MANY"):
        assert refusal_of(unserved, cart(unserved, goods, anna), code) == ("VOUCHER_NOT_APPLICABLE", "promoCode")


@pytest.mark.parametrize(
    ("terms", "value", "expected", "of_lines"),
    [
        (VoucherTerms(name="V"), Decimal("33.33"), ("66.67", "10", "76.67"), ["40.00", "26.67"]),
        (VoucherTerms(name="V"), 500, ("0", "10", "10"), ["0", "0"]),
        (VoucherTerms(name="V", value_type=PERCENT), 15, ("85", "10", "95"), ["51", "34"]),
        (VoucherTerms(name="V", type=VoucherType.SHIPPING, value_type=PERCENT), 100, ("100", "0", "100"), ["60", "40"]),
        (VoucherTerms(name="V", type=VoucherType.SHIPPING), 4, ("100", "6", "106"), ["60", "40"]),
        (VoucherTerms(name="V", once_per_order=True, value_type=PERCENT), 100, ("60", "10", "70"), ["60", "0"]),
        (VoucherTerms(name="V", type=VoucherType.SPECIFIC_PRODUCT), 5, ("90", "10", "100"), ["55", "35"]),
    ],
)
def test_what_each_kind_takes_off(
    unserved: SimulatedShop,
    goods: Goods,
    anna: User,
    terms: VoucherTerms,
    value: Decimal,
    expected: tuple[str, str, str],
    of_lines: list[str],
) -> None:
    listed(unserved, "CODE", value=value, terms=terms)
    checkout = cart(unserved, goods, anna)
    unserved.checkouts.add_promo_code(checkout, "CODE")
    assert amounts_of(checkout, unserved) == tuple(map(Decimal, expected))
    assert [line.total_price.gross.amount for line in checkout.lines] == list(map(Decimal, of_lines))


def test_a_voucher_on_products_needs_one_of_them_and_is_noted_on_its_line(
    unserved: SimulatedShop, goods: Goods, anna: User
) -> None:
    free = VoucherTerms(
        name="Free vase",
        type=VoucherType.SPECIFIC_PRODUCT,
        value_type=PERCENT,
        once_per_order=True,
        single_use=True,
        products=(goods.vase.product,),
    )
    voucher = listed(unserved, "VASE", value=100, terms=free)
    lamps = cart(unserved, goods, anna)
    unserved.checkouts.change_quantity(lamps, lamps.lines[1], 0)
    assert refusal_of(unserved, lamps, "VASE") == ("VOUCHER_NOT_APPLICABLE", "promoCode")
    # when
    order = bought_with(unserved, goods, anna, "VASE")
    # then
    assert (order.total, order.discounts, order.voucher, order.voucher_code) == (70, [], voucher, "VASE")
    assert [line.voucher_code for line in order.lines] == [None, "VASE"]
    assert discounts_of(order) == [("VOUCHER", "Free vase", 40)]


def test_free_shipping_wants_a_delivery_method_first(unserved: SimulatedShop, goods: Goods, anna: User) -> None:
    listed(unserved, "SHIP", value=100, terms=VoucherTerms(name="S", type=VoucherType.SHIPPING, value_type=PERCENT))
    checkout = cart(unserved, goods, anna)
    checkout.shipping = None
    assert refusal_of(unserved, checkout, "SHIP") == ("VOUCHER_NOT_APPLICABLE", "promoCode")
    unserved.checkouts.choose_delivery(checkout, Decimal(7))
    unserved.checkouts.add_promo_code(checkout, "SHIP")
    order = unserved.checkouts.complete(checkout)
    assert (total_of(order), discounts_of(order)) == (100, [("VOUCHER", "S", 7)])


def test_usage_is_taken_at_completion_and_no_event_tells(unserved: SimulatedShop, goods: Goods, anna: User) -> None:
    voucher = listed(unserved, "ONE", "TWO", terms=VoucherTerms(name="V", single_use=True, usage_limit=2))
    one, two = voucher.voucher_codes
    checkout = cart(unserved, goods, anna)
    unserved.checkouts.add_promo_code(checkout, "ONE")
    assert (one.used, one.is_active) == (0, True)
    unserved.events.forget()
    unserved.checkouts.complete(checkout)
    assert (one.used, one.is_active, two.used, two.is_active) == (1, False, 0, True)
    assert not [kind for kind in unserved.events.types() if kind.value.startswith("voucher_")]


def test_without_a_usage_limit_nothing_is_counted(unserved: SimulatedShop, goods: Goods, anna: User) -> None:
    [code] = listed(unserved, "ANY").voucher_codes
    bought_with(unserved, goods, anna, "ANY")
    bought_with(unserved, goods, anna, "ANY")
    assert (code.used, code.is_active) == (0, True)


def test_a_usage_limit_spans_all_codes(unserved: SimulatedShop, goods: Goods, anna: User) -> None:
    listed(unserved, "ONE", "TWO", terms=VoucherTerms(name="V", usage_limit=1))
    bought_with(unserved, goods, anna, "ONE")
    assert refusal_of(unserved, cart(unserved, goods, anna), "TWO") == ("INVALID", "promoCode")


def test_once_per_customer_spans_all_codes_and_goes_by_email(unserved: SimulatedShop, goods: Goods, anna: User) -> None:
    listed(unserved, "ONE", "TWO", terms=VoucherTerms(name="V", once_per_customer=True))
    bought_with(unserved, goods, anna, "ONE")
    as_guest = cart(unserved, goods, "anna@example.com")
    assert refusal_of(unserved, cart(unserved, goods, anna), "TWO") == ("VOUCHER_NOT_APPLICABLE", "promoCode")
    assert refusal_of(unserved, as_guest, "TWO") == ("VOUCHER_NOT_APPLICABLE", "promoCode")
    unserved.customers.change_email(anna, "anna@elsewhere.example")
    assert bought_with(unserved, goods, anna, "TWO").voucher_code == "TWO"


def test_once_per_customer_is_evaded_by_carts_that_got_their_codes_before_the_first_order(
    unserved: SimulatedShop, goods: Goods, anna: User
) -> None:
    """Saleor asks for a voucher's conditions when a code is put on and when lines change, not at completion."""
    listed(unserved, "ONE", "TWO", terms=VoucherTerms(name="V", once_per_customer=True))
    carts = {code: cart(unserved, goods, anna) for code in ("ONE", "TWO")}
    for code, checkout in carts.items():
        unserved.checkouts.add_promo_code(checkout, code)
    assert [total_of(unserved.checkouts.complete(checkout)) for checkout in carts.values()] == [90, 90]


def test_cancelling_gives_no_code_back(unserved: SimulatedShop, goods: Goods, anna: User) -> None:
    [code] = listed(unserved, "ONE", terms=VoucherTerms(name="V", single_use=True, usage_limit=1)).voucher_codes
    order = bought_with(unserved, goods, anna, "ONE")
    unserved.orders.cancel(order)
    assert (code.used, code.is_active, order.voucher_code) == (1, False, "ONE")


def test_an_expired_order_frees_the_count_but_not_a_single_use_code(
    unserved: SimulatedShop, goods: Goods, anna: User
) -> None:
    # given
    terms = VoucherTerms(name="V", single_use=True, usage_limit=2, once_per_customer=True)
    voucher = listed(unserved, "ONE", "TWO", terms=terms)
    unserved.state.channels[DEFAULT_CHANNEL].expire_orders_after = timedelta(hours=1)
    order = bought_with(unserved, goods, anna, "ONE")
    # when
    unserved.clock.advance(timedelta(hours=2))
    assert unserved.orders.expire_due() == [order]
    # then
    assert (voucher.voucher_codes[0].used, voucher.voucher_codes[0].is_active) == (0, False)
    assert refusal_of(unserved, cart(unserved, goods, anna), "ONE") == ("INVALID", "promoCode")
    assert bought_with(unserved, goods, anna, "TWO").voucher_code == "TWO"


@pytest.mark.parametrize("is_ordered", [True, False])
def test_single_use_and_limit_freeze_once_a_code_is_in_a_checkout(
    unserved: SimulatedShop,
    goods: Goods,
    anna: User,
    is_ordered: bool,
) -> None:
    voucher = listed(unserved, "ONE")
    unserved.vouchers.change(voucher, single_use=True)
    checkout = cart(unserved, goods, anna)
    unserved.checkouts.add_promo_code(checkout, "ONE")
    if is_ordered:
        unserved.checkouts.complete(checkout)
    changes: list[VoucherChanges] = [{"name": "Other", "single_use": False}, {"name": "Other", "usage_limit": 5}]
    for change in changes:
        with pytest.raises(ShopRefusal) as refusal:
            unserved.vouchers.change(voucher, **change)
        assert refusal.value.code == "VOUCHER_ALREADY_USED"
    assert (voucher.single_use, voucher.usage_limit, voucher.name) == (True, None, "Twenty off")
    unserved.vouchers.change(voucher, single_use=True, usage_limit=None, once_per_customer=True)
    assert voucher.apply_once_per_customer


def test_codes_are_unique_over_vouchers_and_gift_cards(unserved: SimulatedShop) -> None:
    voucher = unserved.vouchers.create(VoucherTerms(name="V"), ["TAKEN"])
    unserved.gift_cards.create(10, "USD", code="CARD-CARD")
    for code in ("TAKEN", "CARD-CARD"):
        with pytest.raises(ShopRefusal) as refusal:
            unserved.vouchers.add_codes(voucher, ["FREE", code])
        assert (refusal.value.code, refusal.value.about) == ("ALREADY_EXISTS", (code,))
    for code in ("FREE", ""):  # two that are to be made up count as one given twice
        with pytest.raises(ShopRefusal) as twice:
            unserved.vouchers.add_codes(voucher, [code, code])
        assert (twice.value.code, twice.value.about) == ("DUPLICATED_INPUT_ITEM", (code,))
    assert [code.code for code in voucher.voucher_codes] == ["TAKEN"]


def test_an_empty_code_is_made_up_and_a_long_one_refused(unserved: SimulatedShop) -> None:
    voucher = unserved.vouchers.create(VoucherTerms(name="V"), ["", "x" * 255])
    assert [len(code.code) for code in voucher.voucher_codes] == [14, 255]
    with pytest.raises(ShopRefusal):
        unserved.vouchers.add_codes(voucher, ["x" * 256])


def test_a_listing_is_held_to_the_currency_and_to_a_hundred_percent(unserved: SimulatedShop) -> None:
    channel = unserved.state.channels[DEFAULT_CHANNEL]
    fixed = unserved.vouchers.create(VoucherTerms(name="F"))
    percent = unserved.vouchers.create(VoucherTerms(name="P", value_type=PERCENT))
    for voucher, value in ((fixed, Decimal("1.001")), (percent, Decimal(101))):
        with pytest.raises(ShopRefusal) as refusal:
            unserved.vouchers.list_in(voucher, channel, value)
        assert refusal.value.field == "discountValue"
    unserved.vouchers.list_in(percent, channel, Decimal("33.333"))


def test_deleting_codes_tells_of_them_and_counts_what_there_was(
    unserved: SimulatedShop, goods: Goods, anna: User
) -> None:
    voucher = listed(unserved, "ONE", "TWO", "THREE", terms=VoucherTerms(name="V", single_use=True))
    one, two, three = voucher.voucher_codes
    bought_with(unserved, goods, anna, "ONE")
    assert unserved.vouchers.delete_codes([one.pk, two.pk]) == 2
    assert unserved.vouchers.delete_codes([two.pk]) == 0
    assert voucher.voucher_codes == [three]
    assert EventType.VOUCHER_CODES_DELETED in unserved.events.types()
    assert refusal_of(unserved, cart(unserved, goods, anna), "TWO") == ("INVALID", "promoCode")


VARIABLES: dict[str, dict[str, Any]] = {
    "VouchersNamed": {"name": "x"},
    "VouchersLike": {"text": "x"},
    "VoucherDetails": {"id": "Vm91Y2hlcjox"},
    "VoucherChange": {"id": "Vm91Y2hlcjox", "input": {"name": "x"}},
    "VoucherBulkDelete": {"ids": ["Vm91Y2hlcjox"]},
    "VoucherCodes": {"id": "Vm91Y2hlcjox", "first": 1},
    "VoucherCreate": {"input": {"addCodes": ["A"]}},
    "VoucherUpdate": {"id": "Vm91Y2hlcjox", "input": {"addCodes": ["A"]}},
    "VoucherChannelListingUpdate": {"id": "Vm91Y2hlcjox", "input": {}},
    "VoucherCodeBulkDelete": {"ids": []},
    "GiftCard": {"id": "R2lmdENhcmQ6MQ=="},
    "GiftCardsTagged": {"key": "a", "value": "b"},
    "GiftCardCreate": {"input": {"balance": {"amount": 1, "currency": "USD"}, "isActive": True}},
    "GiftCardDeactivate": {"id": "R2lmdENhcmQ6MQ=="},
}


@pytest.mark.parametrize("name", VARIABLES)
async def test_vouchers_and_cards_need_their_permission(name: str, shop: SimulatedShop, installed: App) -> None:
    answer = await ask(shop, document(name, "3.23"), installed.token, **VARIABLES[name])
    assert codes(answer) == ["PermissionDenied"]
    assert (shop.state.vouchers, shop.state.gift_cards) == ({}, {})


def test_every_document_on_vouchers_and_cards_is_tried_without_permission() -> None:
    assert {name for name in document_names() if name.startswith(("Voucher", "GiftCard"))} == set(VARIABLES)
