"""What each kind of coupon takes off a cart, to the cent, and laws that hold for any coupon and any cart."""

from dataclasses import replace

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from saleor_crm_app.loyalty.rewards import Gap, GapCode, RewardKind
from saleor_crm_app.loyalty.rewards.cart_value import Cart, CartLine, Saving, fixed, spread, value_of
from saleor_crm_app.loyalty.rewards.plans import VoucherPlan
from saleor_crm_app.loyalty.rewards.terms import Scope
from tests.loyalty.rewards.carts import CUP, POT, cart, cart_lines, carts, line, plan, plans

K = RewardKind
FULL = cart(line(6000, quantity=2), line(4000, CUP), line(1001, POT), shipping=499)


def saving(wanted: VoucherPlan, of: Cart = FULL) -> Saving:
    found = value_of(wanted, of)
    assert found.saving is not None, found.missing
    assert found.missing == ()
    return found.saving


@pytest.mark.parametrize(
    ("wanted", "off_lines", "off_shipping", "pays"),
    [
        (plan(K.FIXED_AMOUNT, amount=500), (273, 182, 45), 0, 0),
        (plan(K.FIXED_AMOUNT, amount=99_999), (6000, 4000, 1001), 0, 0),
        # 10 percent of 110.01 are 11.001, 50 percent 55.005: a half goes up
        (plan(K.PERCENTAGE, percent=10), (600, 400, 100), 0, 0),
        (plan(K.PERCENTAGE, percent=50), (3000, 2000, 501), 0, 0),
        (plan(K.FREE_SHIPPING), (0, 0, 0), 499, 0),
        (plan(K.FREE_PRODUCT), (3000, 0, 0), 0, 0),
        (plan(K.FREE_PRODUCT, scope=Scope(variants=("cup variant", "pot variant"))), (0, 0, 1001), 0, 0),
        (plan(K.PRODUCT_DISCOUNT, amount=500), (1000, 500, 0), 0, 0),
        (plan(K.PRODUCT_DISCOUNT, amount=3500), (6000, 3500, 0), 0, 0),
        (plan(K.PRODUCT_DISCOUNT, percent=15), (900, 600, 0), 0, 0),
        (plan(K.PRODUCT_DISCOUNT, percent=50, scope=Scope(products=(POT,))), (0, 0, 501), 0, 0),
        (plan(K.GIFT_CARD, amount=2000), (0, 0, 0), 0, 2000),
        (plan(K.GIFT_CARD, amount=20_000), (0, 0, 0), 0, 11_500),
    ],
)
def test_each_kind_takes_off_what_saleor_would(
    wanted: VoucherPlan, off_lines: tuple[int, ...], off_shipping: int, pays: int
) -> None:
    assert saving(wanted) == Saving(off_lines=off_lines, off_shipping=off_shipping, pays=pays)


def test_goods_are_named_by_category_and_collection_too_and_gifts_never() -> None:
    goods = cart(
        line(1000, category="hot"), line(1000, CUP, collections=("new", "old")), line(0, is_gift=True, category="hot")
    )
    assert saving(plan(K.PRODUCT_DISCOUNT, percent=10, scope=Scope(categories=("hot",))), goods).off_lines == (
        100,
        0,
        0,
    )
    assert saving(plan(K.PRODUCT_DISCOUNT, amount=1, scope=Scope(collections=("old",))), goods).off_lines == (0, 1, 0)


@pytest.mark.parametrize(
    ("wanted", "gap"),
    [
        (plan(K.FIXED_AMOUNT, amount=1, min_spent=11_741), Gap(code=GapCode.SPEND, amount=740)),
        (plan(K.FREE_PRODUCT, scope=Scope(products=("milk",))), Gap(code=GapCode.PRODUCT)),
        (plan(K.PERCENTAGE, percent=1, channels=("other",)), Gap(code=GapCode.CHANNEL)),
    ],
)
def test_what_is_missing_is_told(wanted: VoucherPlan, gap: Gap) -> None:
    found = value_of(wanted, FULL)
    assert (found.saving, found.missing, found.amount) == (None, (gap,), 0)


@pytest.mark.parametrize("shipping", [None, 0])
def test_free_shipping_wants_a_delivery_that_costs_something(shipping: int | None) -> None:
    found = value_of(plan(K.FREE_SHIPPING), replace(FULL, shipping=shipping))
    assert found.missing == (Gap(code=GapCode.DELIVERY),)


def test_just_enough_is_enough_and_the_channel_may_be_named() -> None:
    assert saving(plan(K.FIXED_AMOUNT, amount=1, min_spent=11_001, channels=("default-channel", "b"))).amount == 1


def test_what_has_no_code_takes_nothing_off() -> None:
    for kind in (K.DRAW_TICKET, K.CUSTOM):
        assert (value_of(plan(kind), FULL).saving, value_of(plan(kind), FULL).missing) == (None, ())


def test_other_money_is_another_channels() -> None:
    assert value_of(plan(K.FIXED_AMOUNT, amount=1), replace(FULL, currency="USD")).missing[0].code is GapCode.CHANNEL


def test_cards_on_it_leave_less_for_another() -> None:
    assert saving(plan(K.GIFT_CARD, amount=20_000), replace(FULL, paid=11_000)).pays == 500
    assert saving(plan(K.GIFT_CARD, amount=20_000), replace(FULL, paid=12_000)).pays == 0


@given(carts(), plans)
def test_no_more_is_taken_off_than_there_is(some: Cart, wanted: VoucherPlan) -> None:
    found = value_of(wanted, some)
    if found.saving is None:
        assert found.missing
        return
    assert all(0 <= off <= each.total for off, each in zip(found.saving.off_lines, some.lines, strict=True))
    assert 0 <= found.saving.off_shipping <= (some.shipping or 0)
    assert 0 <= found.saving.pays <= some.left
    after = some.after(found.saving)
    assert after.value + found.saving.discount == some.value
    assert after.left == max(0, some.left - found.saving.amount)


@given(carts(), plans, st.data())
def test_more_in_the_cart_never_takes_less_off(some: Cart, wanted: VoucherPlan, data: st.DataObject) -> None:
    # a cheaper thing in the cart is the one that is given away then
    assume(wanted.effect.kind is not K.FREE_PRODUCT)
    more = replace(some, lines=(*some.lines, data.draw(cart_lines())))
    assert value_of(wanted, more).amount >= value_of(wanted, some).amount


@given(carts(), plans, st.data())
def test_more_of_a_thing_never_takes_less_off(some: Cart, wanted: VoucherPlan, data: st.DataObject) -> None:
    assume(some.lines)
    place = data.draw(st.integers(min_value=0, max_value=len(some.lines) - 1))
    one = some.lines[place]
    unit = one.total // one.quantity
    lines = list(some.lines)
    lines[place] = replace(one, quantity=one.quantity + 1, total=one.total + unit)
    assert value_of(wanted, replace(some, lines=tuple(lines))).amount >= value_of(wanted, some).amount


@given(st.lists(cart_lines(), max_size=6), st.integers(min_value=0, max_value=10**6))
def test_a_discount_is_shared_whole(lines: list[CartLine], wanted: int) -> None:
    discount = min(wanted, sum(one.total for one in lines))
    shares = spread(lines, discount)
    assert sum(shares) == discount
    assert all(0 <= share <= one.total for share, one in zip(shares, lines, strict=True))


def test_the_last_line_takes_what_rounding_leaves_as_far_as_it_goes() -> None:
    assert spread([line(1000)] * 3, 1000) == (333, 333, 334)
    assert spread([line(1)] * 5, 2) == (0, 0, 0, 1, 1)
    # halves go to the even one
    assert spread([line(100), line(100)], 5) == (2, 3)
    assert spread([], 0) == ()


def test_so_much_off_is_no_more_than_the_goods_cost() -> None:
    assert fixed(FULL, 20_000).amount == 11_001
    assert fixed(FULL, 100).off_lines == spread(FULL.lines, 100)
