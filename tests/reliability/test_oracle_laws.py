"""Laws that hold for every order, searched for exceptions."""

from decimal import Decimal
from fractions import Fraction
from math import floor
from random import Random
from typing import Any

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.reliability import oracle
from tests.reliability.oracle import Program
from tests.reliability.samples import a_fulfillment, a_grant, a_line, a_payment, an_order, money, units

UNHURRIED = settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])
"""A busy machine breaks no law."""

CENTS = st.integers(0, 100_000).map(lambda cents: Decimal(cents).scaleb(-2))
RATES = st.fractions(min_value=0, max_value=20, max_denominator=12)
SHOWN = st.sampled_from(["gross", "net"])
STATUSES = [
    "UNCONFIRMED",
    "UNFULFILLED",
    "PARTIALLY_FULFILLED",
    "FULFILLED",
    "PARTIALLY_RETURNED",
    "CANCELED",
]


@st.composite
def lines(draw: st.DrawFn) -> list[dict[str, Any]]:
    made = []
    for number in range(draw(st.integers(0, 4))):
        net = draw(CENTS)
        made.append(
            a_line(
                f"line{number}",
                net + draw(CENTS),
                net=net,
                quantity=draw(st.integers(1, 5)),
                gift=draw(st.sampled_from([False, False, False, True])),
                kind=draw(st.sampled_from(["NORMAL", "NORMAL", "GIFT_CARD"])),
            )
        )
    return made


@st.composite
def orders(draw: st.DrawFn) -> dict[str, Any]:
    """Orders of every kind: refunds and returns may name the same units, money may be short or over."""
    of = draw(lines())
    named = [units(**{line["id"]: draw(st.integers(0, 5)) for line in of}) for _ in range(3)]
    refunds = [
        a_grant(
            *each,
            status=draw(st.sampled_from(["SUCCESS", "PENDING", "FAILURE", "NONE"])),
            shipping=draw(st.booleans()),
        )
        for each in named[: draw(st.integers(0, 2))]
    ]
    returned = a_fulfillment(
        *named[2],
        status=draw(st.sampled_from(["FULFILLED", "RETURNED", "REFUNDED", "CANCELED"])),
        shipping="1",
    )
    return an_order(
        lines=of,
        shipping=draw(CENTS),
        paid=draw(CENTS),
        pending=draw(CENTS),
        status=draw(st.sampled_from(STATUSES)),
        currency=draw(st.sampled_from(["EUR", "JPY", "KWD"])),
        grantedRefunds=refunds,
        fulfillments=[returned] if draw(st.booleans()) else [],
        transactions=[a_payment(draw(CENTS), by=draw(st.sampled_from([None, "GiftCardPaymentMethodDetails"])))],
    )


def merchandise(order: dict[str, Any], shown: str) -> Fraction:
    return sum(
        (
            Fraction(line["totalPrice"][shown]["amount"])
            for line in order["lines"]
            if not line["isGift"] and line["variant"]["product"]["productType"]["kind"] == "NORMAL"
        ),
        Fraction(0),
    )


@UNHURRIED
@given(orders(), RATES, SHOWN)
def test_never_gives_less_than_nothing_or_more_than_the_merchandise_earns(
    order: dict[str, Any], rate: Fraction, shown: str
) -> None:
    step = 100 if order["subtotal"]["currency"] == "JPY" else 1
    most = floor(rate * merchandise(order, shown) / step)
    assert 0 <= oracle.target(order, rate=rate, display_gross=shown == "gross") <= most


@UNHURRIED
@given(orders(), RATES, CENTS)
def test_never_gives_less_for_more_money(order: dict[str, Any], rate: Fraction, more: Decimal) -> None:
    richer = order | {"totalCharged": money(order["totalCharged"]["amount"] + more)}
    before = oracle.target(order, rate=rate, display_gross=True)
    assert oracle.target(richer, rate=rate, display_gross=True) >= before


@UNHURRIED
@given(orders(), RATES)
def test_gives_nothing_once_all_money_is_back(order: dict[str, Any], rate: Fraction) -> None:
    back = order | {"totalCharged": money(0), "totalRefundPending": money(0), "transactions": []}
    assert oracle.target(back, rate=rate, display_gross=True) == 0


@UNHURRIED
@given(orders(), RATES)
def test_gives_nothing_for_an_order_named_in_whole(order: dict[str, Any], rate: Fraction) -> None:
    everything = units(**{line["id"]: line["quantity"] for line in order["lines"]})
    named = order | {"grantedRefunds": [*order["grantedRefunds"], a_grant(*everything)]}
    assert oracle.target(named, rate=rate, display_gross=True) == 0


@UNHURRIED
@given(orders(), RATES, SHOWN)
def test_gives_exactly_what_is_left_where_the_refund_is_the_value_of_what_it_names(
    order: dict[str, Any], rate: Fraction, shown: str
) -> None:
    settled = order | {"status": "FULFILLED", "transactions": [], "totalRefundPending": money(0)}
    settled["totalCharged"] = {"amount": oracle.value_left(settled)}
    left = oracle.merchandise_left(settled, display_gross=shown == "gross")
    expected = oracle.points_for(left, order["subtotal"]["currency"], rate)
    assert oracle.target(settled, rate=rate, display_gross=shown == "gross") == expected


@UNHURRIED
@given(orders(), RATES)
def test_does_not_care_which_of_refund_and_return_names_a_unit(order: dict[str, Any], rate: Fraction) -> None:
    some = units(**{line["id"]: 1 for line in order["lines"]})
    bare = order | {"grantedRefunds": [], "fulfillments": []}
    by_refund = bare | {"grantedRefunds": [a_grant(*some)]}
    by_return = bare | {"fulfillments": [a_fulfillment(*some, status="RETURNED")]}
    answers = {
        oracle.target(each, rate=rate, display_gross=True) for each in (by_refund, by_return, by_refund | by_return)
    }
    assert len(answers) == 1


@UNHURRIED
@given(st.lists(orders(), min_size=1, max_size=5), st.randoms(use_true_random=False), st.data())
def test_comes_to_the_same_accounts_whatever_the_order_of_arrival(
    versions: list[dict[str, Any]], shuffle: Random, data: st.DataObject
) -> None:
    # given one order at several hours, its display of prices settled
    bodies: list[dict[str, Any]] = [
        {"issuedAt": stamp, "order": version | {"updatedAt": stamp}}
        for hour, version in enumerate(versions, start=10)
        for stamp in [f"2026-03-02T{hour}:00:00+00:00"]
    ]
    repeated = data.draw(st.lists(st.sampled_from(bodies), max_size=5))
    # when they arrive shuffled and more than once
    arrival = [*bodies, *repeated]
    shuffle.shuffle(arrival)
    # then
    last = oracle.as_they_are([bodies[-1]["order"]])
    assert oracle.accounts(oracle.replay(arrival), Program()) == oracle.accounts(last, Program())
