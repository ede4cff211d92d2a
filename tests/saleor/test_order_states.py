"""An order's money is believed only when it can be true."""

from typing import Any

import pytest

from saleor_crm_app.kernel.errors import BadInput
from saleor_crm_app.saleor.events import OrdersChanged
from saleor_crm_app.saleor.order_states import OrderState
from saleor_crm_app.saleor.parsing import parse_event
from tests.saleor import samples


def parsed_order(**changes: object) -> OrderState:
    event = parse_event(samples.delivery("OrderPaid", order=samples.order(**changes)))
    assert isinstance(event, OrdersChanged)
    return event.orders[0]


def test_sums_what_the_gift_card_gateway_charged() -> None:
    # given
    def charged(amount: float, method: str | None) -> dict[str, object]:
        details = None if method is None else {"__typename": method}
        return {"chargedAmount": {"amount": amount}, "paymentMethodDetails": details}

    # when
    order = parsed_order(
        transactions=[
            charged(1.5, "GiftCardPaymentMethodDetails"),
            charged(0.5, "GiftCardPaymentMethodDetails"),
            charged(1.0, "CardPaymentMethodDetails"),
            charged(0.98, None),
        ]
    )
    # then
    assert order.gift_card_charged == 200


@pytest.mark.parametrize(
    ("text", "currency", "minor"),
    [
        ("3.98", "USD", 398),
        ("3.9800000", "USD", 398),
        ("5.0", "USD", 500),
        ("5", "USD", 500),
        ("0.29", "USD", 29),
        ("1.15", "EUR", 115),
        ("100.0", "JPY", 100),
        ("1.234", "KWD", 1234),
        ("9999999999999.99", "USD", 999_999_999_999_999),
        ("1e2", "USD", 10_000),
    ],
)
def test_amounts_are_read_as_decimal_text(text: str, currency: str, minor: int) -> None:
    # given
    raw = samples.delivery(
        "OrderPaid",
        order=samples.order(
            channel={"slug": "c", "currencyCode": currency},
            subtotal={"currency": currency, "gross": {"amount": "AMOUNT"}},
            totalCharged={"amount": 0},
            lines=[],
        ),
    ).replace(b'"AMOUNT"', text.encode())
    # when
    event = parse_event(raw)
    # then
    assert isinstance(event, OrdersChanged)
    assert event.orders[0].subtotal == minor


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("-0.01", "is not an amount of money"),
        ("3.985", "more decimals than USD"),
        ("10000000000000.01", "beyond what is believed"),
        ("1e400", "beyond what is believed"),
        ("1e999999", "Overflow"),
        ('"NaN"', "is not an amount of money"),
        ('"sNaN"', "is not an amount of money"),
        ('"-Infinity"', "is not an amount of money"),
    ],
)
def test_money_that_cannot_be_is_refused_with_a_reason(text: str, reason: str) -> None:
    raw = samples.delivery("OrderPaid", order=samples.order(totalCharged={"amount": "AMOUNT"}))
    with pytest.raises(BadInput, match=reason):
        parse_event(raw.replace(b'"AMOUNT"', text.encode()))


def test_money_of_a_line_is_held_to_the_same() -> None:
    bad = samples.line(totalPrice={"gross": {"amount": 1.999}, "net": {"amount": 1}})
    with pytest.raises(BadInput, match=r"order 23: 1\.999 has more decimals than USD"):
        parsed_order(lines=[bad])


def test_a_currency_unlike_its_channels_is_refused() -> None:
    with pytest.raises(BadInput, match="its currency 'EUR' is not its channel's, USD"):
        parsed_order(subtotal={"currency": "EUR", "gross": {"amount": 1}})


def test_a_currency_that_is_none_is_refused() -> None:
    with pytest.raises(BadInput, match="'usd!' is not a currency"):
        parsed_order(channel={"slug": "c", "currencyCode": "usd!"})


def test_more_decimals_than_a_currency_without_any_is_refused() -> None:
    with pytest.raises(BadInput, match="has more decimals than JPY"):
        parsed_order(
            channel={"slug": "c", "currencyCode": "JPY"},
            subtotal={"currency": "JPY", "gross": {"amount": 1.5}},
        )


@pytest.mark.parametrize(
    ("told", "undiscounted"),
    [
        ({}, None),
        ({"undiscountedTotalPrice": None}, None),
        ({"undiscountedTotalPrice": {"gross": {"amount": 5.97}}}, 597),
        ({"undiscountedTotalPrice": {"gross": {"amount": 5.975}}}, None),
        ({"undiscountedTotalPrice": {"gross": {"amount": -1}}}, None),
    ],
)
def test_the_price_before_discounts_is_taken_where_it_is_one_and_never_loses_an_order(
    told: dict[str, Any], undiscounted: int | None
) -> None:
    assert parsed_order(lines=[samples.line(**told)]).lines[0].undiscounted == undiscounted
