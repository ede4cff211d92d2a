"""Carts for tests: lines of made-up goods, and any cart at all."""

from typing import Any

from hypothesis import strategies as st

from saleor_crm_app.loyalty.rewards.cart_value import Cart, CartLine
from saleor_crm_app.loyalty.rewards.plans import VoucherPlan
from saleor_crm_app.loyalty.rewards.terms import Effect, RewardKind, Scope

TEA, CUP, POT = "tea", "cup", "pot"
DRINKS = Scope(products=(TEA, CUP))


def line(total: int, product: str = TEA, *, quantity: int = 1, **other: Any) -> CartLine:  # noqa: ANN401 # any column's
    return CartLine(total=total, quantity=quantity, variant=f"{product} variant", product=product, **other)


def cart(*lines: CartLine, shipping: int | None = None, **other: Any) -> Cart:  # noqa: ANN401 # likewise
    return Cart(channel="default-channel", currency="EUR", lines=lines, shipping=shipping, **other)


def plan(kind: RewardKind, *, scope: Scope = DRINKS, **other: Any) -> VoucherPlan:  # noqa: ANN401 # likewise
    """`amount` and `percent` are the effect's; all else is the plan's."""
    effect = {name: other.pop(name) for name in ("amount", "percent") if name in other}
    picky = kind in {RewardKind.FREE_PRODUCT, RewardKind.PRODUCT_DISCOUNT}
    made = Effect(kind=kind, scope=scope if picky else Scope(), **effect)
    return VoucherPlan(effect=made, currency="EUR", **other)


units = st.integers(min_value=1, max_value=5)
prices = st.integers(min_value=0, max_value=10**5)


@st.composite
def cart_lines(draw: st.DrawFn) -> CartLine:
    """So many units of one thing at one price; now and then one that is given away."""
    quantity, is_gift = draw(units), draw(st.sampled_from((False, False, False, True)))
    total = 0 if is_gift else quantity * draw(prices)
    return line(total, draw(st.sampled_from((TEA, CUP, POT))), quantity=quantity, is_gift=is_gift)


@st.composite
def carts(draw: st.DrawFn) -> Cart:
    shipping = draw(st.sampled_from((None, 0, 499, 1000)))
    return cart(*draw(st.lists(cart_lines(), max_size=6)), shipping=shipping, paid=draw(st.sampled_from((0, 0, 1500))))


amounts = st.integers(min_value=1, max_value=10**5)
percents = st.integers(min_value=1, max_value=100)
plans = st.one_of(
    st.builds(lambda n: plan(RewardKind.FIXED_AMOUNT, amount=n), amounts),
    st.builds(lambda n: plan(RewardKind.PERCENTAGE, percent=n), percents),
    st.builds(lambda n: plan(RewardKind.PRODUCT_DISCOUNT, amount=n), amounts),
    st.builds(lambda n: plan(RewardKind.PRODUCT_DISCOUNT, percent=n), percents),
    st.builds(lambda n: plan(RewardKind.GIFT_CARD, amount=n), amounts),
    st.just(plan(RewardKind.FREE_SHIPPING)),
    st.just(plan(RewardKind.FREE_PRODUCT)),
)
