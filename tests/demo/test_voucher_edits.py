"""What staff does to vouchers by hand: other terms, other channels, deletion, and products that vanish beneath them."""

from datetime import timedelta
from decimal import Decimal

import pytest

from saleor_crm_app.demo.errors import ShopRefusal
from saleor_crm_app.demo.events import EventType
from saleor_crm_app.demo.orders import DEFAULT_CHANNEL
from saleor_crm_app.demo.people import User
from saleor_crm_app.demo.permissions import Permission
from saleor_crm_app.demo.shop import SimulatedShop
from saleor_crm_app.demo.voucher import DiscountValueType, VoucherType
from saleor_crm_app.demo.voucher_terms import ListingTerms, VoucherChanges, VoucherTerms
from tests.demo.conftest import Goods
from tests.demo.promotions import amounts_of, cart, discounts_of, listed, refusal_of, total_of

PERCENT = DiscountValueType.PERCENTAGE


@pytest.fixture
def anna(unserved: SimulatedShop) -> User:
    return unserved.customers.register("anna@example.com")


def test_terms_are_replaced_and_what_is_not_named_stays(unserved: SimulatedShop, goods: Goods) -> None:
    # given
    terms = VoucherTerms(name="V", products=(goods.lamp.product,), variants=(goods.vase,), min_items=2)
    voucher = unserved.vouchers.create(terms, ["ONE"])
    started = voucher.start_date
    unserved.events.forget()
    # when
    end = unserved.clock.now() + timedelta(days=1)
    unserved.vouchers.change(voucher, name="W", value_type=PERCENT, end_date=end, products=(goods.vase.product,))
    # then
    assert (voucher.name, voucher.discount_value_type, voucher.end_date) == ("W", PERCENT, end)
    assert (voucher.products, voucher.variants) == ((goods.vase.product,), (goods.vase,))
    assert (voucher.min_checkout_items_quantity, voucher.start_date) == (2, started)
    assert unserved.events.types() == [EventType.VOUCHER_UPDATED]


def test_codes_alone_are_no_change_of_the_voucher(unserved: SimulatedShop) -> None:
    voucher = unserved.vouchers.create(VoucherTerms(name="V"), ["ONE"])
    unserved.events.forget()
    unserved.vouchers.add_codes(voucher, ["TWO"])
    unserved.vouchers.change(voucher, codes=["THREE"], name="W")
    told = [EventType.VOUCHER_CODES_CREATED, EventType.VOUCHER_UPDATED, EventType.VOUCHER_CODES_CREATED]
    assert unserved.events.types() == told


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"name": "x" * 256}, "name"),
        ({"usage_limit": -1}, "usageLimit"),
        ({"min_items": -1}, "minCheckoutItemsQuantity"),
        ({"countries": ("Poland",)}, "countries"),
    ],
)
def test_a_change_that_is_refused_changes_nothing(unserved: SimulatedShop, changes: VoucherChanges, field: str) -> None:
    voucher = unserved.vouchers.create(VoucherTerms(name="V"), ["ONE"])
    with pytest.raises(ShopRefusal) as refusal:
        unserved.vouchers.change(voucher, codes=["TWO"], **{"once_per_order": True} | changes)
    assert (refusal.value.code, refusal.value.field) == ("INVALID", field)
    assert (voucher.name, voucher.apply_once_per_order, [code.code for code in voucher.voucher_codes]) == (
        "V",
        False,
        ["ONE"],
    )


def test_a_voucher_cannot_end_before_it_starts(unserved: SimulatedShop) -> None:
    voucher = unserved.vouchers.create(VoucherTerms(name="V"), ["ONE"])
    with pytest.raises(ShopRefusal) as refusal:
        unserved.vouchers.change(voucher, end_date=voucher.start_date - timedelta(seconds=1))
    assert (refusal.value.field, voucher.end_date) == ("endDate", None)
    unserved.vouchers.change(voucher, end_date=voucher.start_date)


def test_a_voucher_that_ended_dies_on_the_checkouts_it_is_on(unserved: SimulatedShop, goods: Goods, anna: User) -> None:
    # given
    voucher = listed(unserved, "MINE", "OTHER")
    checkout = cart(unserved, goods, anna)
    unserved.checkouts.add_promo_code(checkout, "MINE")
    # when
    unserved.vouchers.change(voucher, end_date=unserved.clock.now())
    # then
    with pytest.raises(ShopRefusal) as refusal:
        unserved.checkouts.complete(checkout)
    assert refusal.value.code == "VOUCHER_NOT_APPLICABLE"
    with pytest.raises(ShopRefusal, match="not attached"):  # another code of a dead voucher takes nothing off
        unserved.checkouts.remove_promo_code(checkout, "OTHER")
    unserved.checkouts.remove_promo_code(checkout, "MINE")
    assert total_of(unserved.checkouts.complete(checkout)) == 110


def test_a_fixed_worth_read_as_percent_takes_no_more_than_all(
    unserved: SimulatedShop, goods: Goods, anna: User
) -> None:
    voucher = listed(unserved, "CODE", value=500)
    unserved.vouchers.change(voucher, value_type=PERCENT)
    checkout = cart(unserved, goods, anna)
    unserved.checkouts.add_promo_code(checkout, "CODE")
    assert amounts_of(checkout, unserved) == (0, 10, 10)


def test_a_voucher_for_staff_is_for_nobody_else(unserved: SimulatedShop, goods: Goods, anna: User) -> None:
    listed(unserved, "STAFF", terms=VoucherTerms(name="V", only_for_staff=True))
    staff = unserved.state.add_staff("boss@example.com", frozenset({Permission.MANAGE_ORDERS}))
    for buyer in (anna, "guest@example.com"):
        assert refusal_of(unserved, cart(unserved, goods, buyer), "STAFF") == ("VOUCHER_NOT_APPLICABLE", "promoCode")
    unserved.checkouts.add_promo_code(cart(unserved, goods, staff), "STAFF")


def test_the_cheapest_of_an_entire_order_may_be_of_any_product(
    unserved: SimulatedShop, goods: Goods, anna: User
) -> None:
    terms = VoucherTerms(name="V", once_per_order=True, products=(goods.lamp.product,))
    voucher = listed(unserved, "CODE", value=30, terms=terms)
    checkout = cart(unserved, goods, anna)
    unserved.checkouts.add_promo_code(checkout, "CODE")
    assert [line.discount for line in checkout.lines] == [0, 30]
    unserved.vouchers.change(voucher, type=VoucherType.SPECIFIC_PRODUCT)
    unserved.checkouts.add_promo_code(checkout, "CODE")
    assert [line.discount for line in checkout.lines] == [30, 0]


def test_listings_are_written_together_or_not_at_all(unserved: SimulatedShop) -> None:
    dollar, euro = unserved.state.channels[DEFAULT_CHANNEL], unserved.shelves.open_channel("euro", "EUR")
    voucher = listed(unserved, "ONE", value=20)
    good, bad = ListingTerms(channel=dollar, value=Decimal(5)), ListingTerms(channel=euro, value=Decimal("1.001"))
    for added, removed, code in (
        ([good, bad], [], "INVALID"),
        ([good], [dollar], "DUPLICATED_INPUT_ITEM"),
        ([good, good], [], "DUPLICATED_INPUT_ITEM"),
        ([], [euro, euro], "DUPLICATED_INPUT_ITEM"),
    ):
        with pytest.raises(ShopRefusal) as refusal:
            unserved.vouchers.set_listings(voucher, added, removed=removed)
        assert refusal.value.code == code
    assert [(one.channel, one.discount_value) for one in voucher.channel_listings] == [(dollar, Decimal(20))]
    unserved.vouchers.set_listings(voucher, [ListingTerms(channel=euro, value=Decimal(4))], removed=[dollar])
    assert [(one.channel, one.discount_value) for one in voucher.channel_listings] == [(euro, Decimal(4))]


@pytest.mark.parametrize("single_use", [True, False])
def test_orders_of_a_deleted_voucher_keep_code_and_name(
    unserved: SimulatedShop, goods: Goods, anna: User, single_use: bool
) -> None:
    # given
    voucher = listed(unserved, "ONE", "TWO", terms=VoucherTerms(name="V", single_use=single_use))
    done, open_ = cart(unserved, goods, anna), cart(unserved, goods, anna)
    unserved.checkouts.add_promo_code(done, "ONE")
    unserved.checkouts.add_promo_code(open_, "TWO")
    order = unserved.checkouts.complete(done)
    unserved.events.forget()
    # when
    unserved.vouchers.delete(voucher)
    # then
    assert (order.voucher, order.voucher_code, discounts_of(order)) == (None, "ONE", [("VOUCHER", "V", 20)])
    assert (unserved.state.vouchers, unserved.state.voucher_codes) == ({}, {})
    assert (open_.voucher_code, amounts_of(open_, unserved)) == ("TWO", (80, 10, 90))
    with pytest.raises(ShopRefusal, match="Voucher not applicable"):
        unserved.checkouts.complete(open_)
    assert unserved.events.types() == [EventType.VOUCHER_DELETED]
    assert listed(unserved, "ONE").pk != voucher.pk  # its codes are free again


def test_lines_bear_the_name_of_now_and_orders_that_of_the_cart(
    unserved: SimulatedShop, goods: Goods, anna: User
) -> None:
    whole = listed(unserved, "WHOLE", terms=VoucherTerms(name="Old whole"))
    lines = listed(unserved, "LINES", terms=VoucherTerms(name="Old lines", type=VoucherType.SPECIFIC_PRODUCT))
    carts = {code: cart(unserved, goods, anna) for code in ("WHOLE", "LINES")}
    for code, checkout in carts.items():
        unserved.checkouts.add_promo_code(checkout, code)
    for voucher in (whole, lines):
        unserved.vouchers.change(voucher, name="New")
    named = {
        code: {name for _, name, _ in discounts_of(unserved.checkouts.complete(one))} for code, one in carts.items()
    }
    assert named == {"WHOLE": {"Old whole"}, "LINES": {"New"}}


def test_a_voucher_whose_only_product_is_deleted_is_one_of_everything(
    unserved: SimulatedShop, goods: Goods, anna: User
) -> None:
    # given
    terms = VoucherTerms(
        name="Free vase",
        type=VoucherType.SPECIFIC_PRODUCT,
        value_type=PERCENT,
        products=(goods.vase.product,),
        variants=(goods.vase,),
    )
    voucher = listed(unserved, "VASE", value=100, terms=terms)
    lamps = cart(unserved, goods, anna)
    unserved.checkouts.change_quantity(lamps, lamps.lines[1], 0)
    assert refusal_of(unserved, lamps, "VASE") == ("VOUCHER_NOT_APPLICABLE", "promoCode")
    # when
    unserved.shelves.delete_product(goods.vase.product)
    # then
    assert (voucher.products, voucher.variants, unserved.state.variants) == ((), (), [goods.lamp])
    unserved.checkouts.add_promo_code(lamps, "VASE")
    assert amounts_of(lamps, unserved) == (0, 10, 10)
