"""The oracle against the worked examples of the points maths and its edges."""

from decimal import Decimal
from fractions import Fraction
from typing import Any

import pytest

from tests.reliability import oracle
from tests.reliability.samples import (
    a_fulfillment,
    a_grant,
    a_line,
    a_payment,
    an_order,
    money,
    units,
)


def points(order: dict[str, Any], *, rate: Fraction = Fraction(1), display_gross: bool = True) -> int:
    return oracle.target(order, rate=rate, display_gross=display_gross)


WORKED: dict[str, tuple[dict[str, Any], int]] = {
    "paid in full": (an_order(paid=110), 100),
    "deposit of 50": (an_order(paid=50), 45),
    "plain refund of 10": (an_order(paid=100), 90),
    "refund of 10 named as shipping": (an_order(paid=100, grantedRefunds=[a_grant(shipping=True)]), 100),
    "the line of 40 returned, money kept": (
        an_order(paid=110, fulfillments=[a_fulfillment(*units(forty=1), status="RETURNED")]),
        60,
    ),
    "the line of 40 refunded": (an_order(paid=70, grantedRefunds=[a_grant(*units(forty=1))]), 60),
    "legacy gift card of 20": (an_order(paid=90), 81),
    "gift card of 20 through the gateway": (
        an_order(paid=110, transactions=[a_payment(90), a_payment(20, by="GiftCardPaymentMethodDetails")]),
        81,
    ),
    "full refund": (an_order(paid=0), 0),
}


@pytest.mark.parametrize("name", WORKED)
def test_gives_the_points_of_the_worked_example(name: str) -> None:
    order, expected = WORKED[name]
    assert points(order) == expected


EDGES: dict[str, tuple[dict[str, Any], int]] = {
    "a zero-total order": (an_order(lines=[a_line("free", 0)], shipping=0), 0),
    "an order without lines": (an_order(lines=[], paid=10), 0),
    "an overcharge": (an_order(paid=500), 100),
    "a charge-back below zero": (an_order(paid=-5), 0),
    "a pending refund": (an_order(paid=100, pending=10), 100),
    "a pending refund that names its line": (
        an_order(paid=70, pending=40, grantedRefunds=[a_grant(*units(forty=1), status="PENDING")]),
        60,
    ),
    "a granted refund that failed": (
        an_order(paid=55, grantedRefunds=[a_grant(*units(forty=1), status="FAILURE", shipping=True)]),
        50,
    ),
    "a granted refund not yet asked for": (
        an_order(grantedRefunds=[a_grant(*units(forty=1), status="NONE")]),
        100,
    ),
    "a unit named by refund and return": (
        an_order(
            paid=70,
            grantedRefunds=[a_grant(*units(forty=1))],
            fulfillments=[a_fulfillment(*units(forty=1), status="RETURNED")],
        ),
        60,
    ),
    "one of three units named by refund and return": (
        an_order(
            lines=[a_line("three", 30, quantity=3)],
            shipping=0,
            grantedRefunds=[a_grant(*units(three=1))],
            fulfillments=[a_fulfillment(*units(three=1), status="RETURNED")],
        ),
        20,
    ),
    "a unit named twice by refunds": (
        an_order(paid=70, grantedRefunds=[a_grant(*units(forty=1)), a_grant(*units(forty=1))]),
        60,
    ),
    "everything named": (
        an_order(paid=30, grantedRefunds=[a_grant(*units(sixty=1, forty=1), shipping=True)]),
        0,
    ),
    "all goods named, shipping kept": (
        an_order(paid=10, grantedRefunds=[a_grant(*units(sixty=1, forty=1))]),
        0,
    ),
    "shipping refunded by a fulfillment": (
        an_order(paid=60, fulfillments=[a_fulfillment(*units(forty=1), status="REFUNDED", shipping="10")]),
        60,
    ),
    "two fulfillments that share their named units": (
        an_order(
            lines=[a_line("pair", 10, quantity=3)],
            shipping=0,
            fulfillments=[
                a_fulfillment(*units(pair=1), status="REFUNDED_AND_RETURNED"),
                a_fulfillment(*units(pair=1), status="REPLACED"),
            ],
        ),
        3,
    ),
    "a line of three of which one is named": (
        an_order(
            lines=[a_line("three", "9.98", quantity=3)],
            shipping=0,
            paid="6.66",
            grantedRefunds=[a_grant(*units(three=1))],
        ),
        6,
    ),
    "a return that is cancelled or waits": (
        an_order(
            paid=55,
            fulfillments=[
                a_fulfillment(*units(forty=1), status="CANCELED", shipping="10"),
                a_fulfillment(*units(forty=1), status="WAITING_FOR_APPROVAL"),
            ],
        ),
        50,
    ),
    "a gift line": (an_order(lines=[a_line("goods", 60), a_line("gift", 40, gift=True)]), 60),
    "a gift card bought": (an_order(lines=[a_line("goods", 60), a_line("card", 40, kind="GIFT_CARD")]), 60),
    "a gift card bought and refunded": (
        an_order(
            lines=[a_line("goods", 60), a_line("card", 40, kind="GIFT_CARD")],
            paid=70,
            grantedRefunds=[a_grant(*units(card=1))],
        ),
        60,
    ),
    "a product that is gone": (an_order(lines=[a_line("gone", 60) | {"variant": None}]), 60),
    "refund lines whose order line is gone": (
        an_order(grantedRefunds=[a_grant({"quantity": 1, "orderLine": None}), a_grant() | {"lines": None}]),
        100,
    ),
    "a draft": (an_order(status="DRAFT"), 0),
    "a cancelled order": (an_order(status="CANCELED"), 0),
    "an expired order": (an_order(status="EXPIRED"), 0),
    "an unconfirmed deposit": (an_order(status="UNCONFIRMED", paid=50), 45),
    "yen": (an_order(currency="JPY", lines=[a_line("tea", 1990)], shipping=0), 19),
    "dinars": (an_order(currency="KWD", lines=[a_line("dates", "7.999")], shipping=0), 7),
    "a whole point that floats would miss": (
        an_order(lines=[a_line(str(i), "0.1") for i in range(10)], shipping=0),
        1,
    ),
}


@pytest.mark.parametrize("name", EDGES)
def test_gives_the_points_of_the_edge(name: str) -> None:
    order, expected = EDGES[name]
    assert points(order) == expected


@pytest.mark.parametrize(
    "currency",
    [
        "BIF",
        "CLP",
        "DJF",
        "GNF",
        "ISK",
        "JPY",
        "KMF",
        "KRW",
        "PYG",
        "RWF",
        "UGX",
        "UYI",
        "VND",
        "VUV",
        "XAF",
        "XOF",
        "XPF",
    ],
)
def test_gives_a_point_per_hundred_where_a_currency_has_no_minor_units(currency: str) -> None:
    assert points(an_order(currency=currency, lines=[a_line("goods", 299)], shipping=0)) == 2


def test_multiplies_by_the_rate_before_it_rounds() -> None:
    order = an_order(lines=[a_line("goods", "3.50")], shipping=0)
    assert [points(order, rate=Fraction(rate)) for rate in ("1", "2", "1.5", "1/4", "10")] == [3, 7, 5, 0, 35]


def test_earns_on_net_prices_where_net_was_shown() -> None:
    order = an_order(lines=[a_line("goods", 120, net=100)], shipping=0)
    assert (points(order, display_gross=False), points(order, display_gross=True)) == (100, 120)


def test_shares_a_part_payment_by_gross_value_where_net_was_shown() -> None:
    order = an_order(lines=[a_line("goods", 120, net=100)], shipping=0, paid=60)
    assert points(order, display_gross=False) == 50


def test_reads_amounts_alike_from_text_integers_decimals_and_shortest_floats() -> None:
    assert {oracle.amount({"amount": each}) for each in ("4.97", Decimal("4.97"), 4.97)} == {Fraction(497, 100)}
    assert oracle.amount({"amount": 1000}) == oracle.amount({"amount": 1000.0}) == 1000
    assert oracle.read(b'{"amount": 0.1}') == {"amount": Decimal("0.1")}


def test_ignores_the_amount_of_shipping_refunded_when_it_is_nothing() -> None:
    nothing = a_fulfillment(*units(forty=1), status="REFUNDED", shipping="0")
    order = an_order(paid=60, fulfillments=[nothing], shippingPrice={"gross": money(10)})
    assert points(order) == 51
