"""A cart as it costs without what is on it: the shop tells one amount, and whose voucher it is tells where it went."""

from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from saleor_crm_app.checkout.preview.baskets import of_checkout, of_lines
from saleor_crm_app.checkout.preview.errors import VariantNotFound
from saleor_crm_app.checkout.preview.wish import WishedLine
from saleor_crm_app.kernel.money import MinorUnits
from saleor_crm_app.loyalty.rewards import RewardKind, VoucherPlan
from saleor_crm_app.loyalty.rewards.cart_value import value_of
from saleor_crm_app.saleor.checkouts import CheckoutLine, CheckoutState
from saleor_crm_app.saleor.variants import PricedVariant
from tests.loyalty.rewards.carts import plan

K = RewardKind


def line(gross: int, *, undiscounted: int | None = None, quantity: int = 1, **other: Any) -> CheckoutLine:  # noqa: ANN401 # any column's
    columns = {
        "id": "line",
        "quantity": quantity,
        "is_gift": False,
        "gross": MinorUnits(gross),
        "net": MinorUnits(gross * 100 // 125),
        "undiscounted": MinorUnits(gross if undiscounted is None else undiscounted),
        "variant": "variant",
        "product": "tea",
        "category": None,
        "collections": (),
        "product_type": "type",
        "kind": "NORMAL",
    }
    return CheckoutLine(**columns | other)  # type: ignore[arg-type] # the mapping mixes every column's type


def checkout(
    *lines: CheckoutLine, discount: int = 0, shipping: int = 1000, cards: int = 0, code: str | None = None
) -> CheckoutState:
    subtotal = sum(one.gross for one in lines)
    return CheckoutState(
        id="checkout",
        customer=None,
        email=None,
        channel="default-channel",
        currency="EUR",
        display_gross=True,
        lines=lines,
        subtotal=MinorUnits(subtotal),
        shipping=MinorUnits(shipping),
        total=MinorUnits(max(0, subtotal + shipping - cards)),
        discount=MinorUnits(discount),
        voucher_code=code or ("CODE" if discount else None),
        gift_cards=(),
    )


def costs(state: CheckoutState, voucher: VoucherPlan | None = None) -> tuple[list[int], int | None]:
    basket = of_checkout(state, voucher)
    return [one.gross for one in basket.goods], basket.shipping


def test_without_a_voucher_it_is_as_it_is() -> None:
    basket = of_checkout(checkout(line(6000, undiscounted=8000), line(4000), cards=2500), None)
    assert [one.gross for one in basket.goods] == [6000, 4000]
    assert (basket.shipping, basket.paid, basket.on_it) == (1000, 2500, None)


def test_what_was_taken_off_the_lines_comes_back_to_them() -> None:
    state = checkout(line(5700, undiscounted=6000), line(3800, undiscounted=4000), discount=500)
    assert costs(state) == ([6000, 4000], 1000)
    assert costs(state, plan(K.FIXED_AMOUNT, amount=500)) == ([6000, 4000], 1000)


def test_of_a_sale_the_voucher_gets_its_own_part_back() -> None:
    # 80 was the price, 60 in the sale, 57 with the voucher
    state = checkout(line(5700, undiscounted=8000), line(3800, undiscounted=4000), discount=500)
    assert costs(state) == ([6000, 4000], 1000)


def test_where_the_lines_are_no_cheaper_it_is_off_shipping() -> None:
    state = checkout(line(6000), shipping=0, discount=1000)
    assert costs(state) == ([6000], 1000)
    assert costs(checkout(line(5000, undiscounted=7000), shipping=0, discount=1000), plan(K.FREE_SHIPPING)) == (
        [5000],
        1000,
    )


def test_off_some_goods_it_comes_back_to_these() -> None:
    state = checkout(line(5500, undiscounted=7000), line(4000, product="other", undiscounted=5000), discount=500)
    assert costs(state, plan(K.PRODUCT_DISCOUNT, amount=500)) == ([6000, 4000], 1000)


def test_what_was_free_costs_again() -> None:
    state = checkout(line(0, undiscounted=1000), line(4000, product="other"), discount=1000)
    assert costs(state, plan(K.FREE_PRODUCT)) == ([1000, 4000], 1000)


def test_a_gift_stays_one() -> None:
    state = checkout(line(5500, undiscounted=6000), line(0, undiscounted=900, is_gift=True), discount=500)
    assert costs(state) == ([6000, 0], 1000)


@given(st.lists(st.integers(min_value=1, max_value=10**5), min_size=1, max_size=5), st.integers(1, 10**5))
def test_with_what_is_on_it_taken_off_again_it_is_as_the_shop_says(prices: list[int], amount: int) -> None:
    whole = [line(price) for price in prices]
    voucher = plan(K.FIXED_AMOUNT, amount=amount)
    cart = of_checkout(checkout(*whole), None).cart
    saving = value_of(voucher, cart).saving
    assert saving is not None
    cheaper = [line(price - off, undiscounted=price) for price, off in zip(prices, saving.off_lines, strict=True)]
    basket = of_checkout(checkout(*cheaper, discount=saving.discount), voucher)
    assert basket.on_it is not None
    assert basket.cart.after(basket.on_it).value == sum(one.gross for one in cheaper) + 1000
    assert basket.cart == cart


def test_where_prices_have_no_tax_vouchers_take_off_tax_too() -> None:
    # 100 and a quarter of tax, of which 5 are taken off the 100
    full = replace(checkout(line(12_500, net=10_000, undiscounted=10_000)), prices_with_tax=False)
    basket = of_checkout(full, None)
    five, tenth = plan(K.FIXED_AMOUNT, amount=500), plan(K.PERCENTAGE, percent=10)
    assert [basket.value_of(one).amount for one in (five, tenth, plan(K.GIFT_CARD, amount=500))] == [625, 1250, 500]
    dear = plan(K.FIXED_AMOUNT, amount=1, min_spent=10_001)
    assert [gap.amount for gap in basket.value_of(dear).missing] == [1]
    assert basket.taxed(1000) == 1250
    cheaper = checkout(line(11_875, net=9500, undiscounted=10_000), discount=500)
    there = of_checkout(replace(cheaper, prices_with_tax=False), None)
    assert (there.cart, there.on_it) == (basket.cart, basket.value_of(five).saving)
    assert [(one.net, one.undiscounted) for one in there.goods] == [(10_000, 12_500)]


def priced(variant: str, gross: int) -> PricedVariant:
    return PricedVariant(
        id=variant,
        name="",
        product="tea",
        product_name="Tea",
        product_type="type",
        kind="NORMAL",
        category=None,
        collections=(),
        gross=MinorUnits(gross),
        net=MinorUnits(gross),
        undiscounted=MinorUnits(gross + 1),
        currency="EUR",
        display_gross=False,
    )


def test_lines_cost_their_units() -> None:
    lines = [WishedLine(variant="a", quantity=3), WishedLine(variant="b", quantity=1)]
    basket = of_lines(lines, {"a": priced("a", 100), "b": priced("b", 50)}, channel="here")
    assert [(one.gross, one.undiscounted) for one in basket.goods] == [(300, 303), (50, 51)]
    assert (basket.shipping, basket.currency, basket.display_gross) == (None, "EUR", False)


def test_a_variant_that_is_not_sold_is_named() -> None:
    lines = [WishedLine(variant="a", quantity=1), WishedLine(variant="b", quantity=1)]
    with pytest.raises(VariantNotFound) as refusal:
        of_lines(lines, {"a": priced("a", 100)}, channel="here")
    assert refusal.value.field == "lines.1.variantId"


def test_tax_falls_with_the_price() -> None:
    [goods] = of_checkout(checkout(line(12500)), None).goods
    assert (goods.net, goods.fact(0, 6250).net, goods.fact(0, 0).net) == (10000, 5000, 0)
