"""What an order deserves: the worked examples, and laws that hold for any order."""

from fractions import Fraction
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from saleor_crm_app.crm.orders import OrderSnapshot
from saleor_crm_app.loyalty.program import Rate
from saleor_crm_app.loyalty.rules import target_of
from tests.shop import NOON, FulfillmentFact, NamedUnits, RefundFact, line, order

RATE = Rate(1, 100)


def points_of(snapshot: OrderSnapshot, *, display_gross: bool = True) -> int:
    return target_of(snapshot, display_gross=display_gross, rate=RATE).points


FORTY = (NamedUnits(line="40", quantity=1),)


@pytest.mark.parametrize(
    ("told", "expected"),
    [
        pytest.param({"charged": 11000}, 100, id="paid in full"),
        pytest.param({"charged": 5000}, 45, id="a deposit earns its part"),
        pytest.param({"charged": 10000}, 90, id="a plain refund of 10 is spread over all"),
        pytest.param(
            {"charged": 10000, "refunds": (RefundFact(status="SUCCESS", shipping_included=True),)},
            100,
            id="a refund of 10 named as shipping takes no points",
        ),
        pytest.param(
            {
                "charged": 11000,
                "fulfillments": (FulfillmentFact(status="RETURNED", created_at=NOON, lines=FORTY),),
            },
            60,
            id="the line of 40 returned, money kept",
        ),
        pytest.param(
            {"charged": 7000, "refunds": (RefundFact(status="PENDING", lines=FORTY),)}, 60, id="the line of 40 refunded"
        ),
        pytest.param({"charged": 9000}, 81, id="a legacy gift card of 20 counts as unpaid"),
        pytest.param({"charged": 11000, "gift_card_charged": 2000}, 81, id="a gift card of 20 as a transaction"),
        pytest.param({"charged": 0}, 0, id="refunded in full"),
        pytest.param({"charged": 10000, "refund_pending": 1000}, 100, id="a refund on its way takes nothing yet"),
        pytest.param({"charged": 22000}, 100, id="charged twice earns once"),
        pytest.param({"charged": 11000, "status": "CANCELED"}, 0, id="canceled"),
        pytest.param({"charged": 11000, "status": "EXPIRED"}, 0, id="expired"),
        pytest.param(
            {"charged": 11000, "refunds": (RefundFact(status="FAILURE", lines=FORTY),)}, 100, id="a failed refund"
        ),
    ],
)
def test_worked_examples(told: dict[str, Any], expected: int) -> None:
    assert points_of(order(shipping=1000, **told)) == expected


def test_an_order_without_lines_deserves_nothing() -> None:
    assert points_of(msgspec.structs.replace(order(charged=5000), lines=())) == 0


def test_a_zero_total_order_deserves_nothing() -> None:
    assert points_of(order(line("free", 0), charged=0)) == 0


def test_gift_lines_and_gift_cards_bought_earn_nothing() -> None:
    lines = (line("gift", 1000, gift=True), line("card", 5000, kind="GIFT_CARD"), line("tea", 2000))
    assert points_of(order(*lines, charged=8000)) == 20


def test_net_prices_earn_on_net_when_the_shop_showed_net() -> None:
    assert points_of(order(line("tea", 11900, net=10000), charged=11900), display_gross=False) == 100


def test_a_return_and_its_refund_name_the_same_units_once() -> None:
    named = (NamedUnits(line="tea", quantity=1),)
    back = order(
        line("tea", 9000, quantity=3),
        charged=6000,
        fulfillments=(FulfillmentFact(status="RETURNED", created_at=NOON, lines=named),),
        refunds=(RefundFact(status="SUCCESS", lines=named),),
    )
    assert points_of(back) == 60


def test_lines_share_the_points_by_largest_remainder() -> None:
    target = target_of(
        order(line("a", 150), line("b", 150), line("c", 100), charged=400), display_gross=True, rate=RATE
    )
    assert (target.points, target.lines) == (4, (("a", 2), ("b", 1), ("c", 1)))


money = st.integers(min_value=0, max_value=10**9)
carts = st.lists(money, min_size=1, max_size=6)


@given(carts, money, money)
def test_points_never_exceed_what_was_bought_and_are_all_given_to_lines(
    prices: list[int], shipping: int, paid: int
) -> None:
    cart = order(*(line(str(n), price) for n, price in enumerate(prices)), shipping=shipping, charged=paid)
    target = target_of(cart, display_gross=True, rate=RATE)
    assert 0 <= target.points <= Fraction(sum(prices), 100)
    assert sum(points for _, points in target.lines) == target.points


@given(carts, money, st.integers(min_value=0, max_value=10**9), st.integers(min_value=0, max_value=10**9))
def test_paying_more_never_earns_less(prices: list[int], shipping: int, paid: int, more: int) -> None:
    lines = [line(str(n), price) for n, price in enumerate(prices)]
    less_paid = order(*lines, shipping=shipping, charged=paid)
    assert points_of(less_paid) <= points_of(msgspec.structs.replace(less_paid, charged=paid + more))
