"""Laws of earning that hold for any order and any rules."""

from random import Random
from typing import Any

import msgspec
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from saleor_crm_app.crm.orders import FulfillmentFact, NamedUnits, OrderSnapshot, RefundFact
from saleor_crm_app.loyalty.program import Rate
from saleor_crm_app.loyalty.rules import evaluate, replay, target_of
from saleor_crm_app.loyalty.rules.evaluation import read_explanation
from saleor_crm_app.loyalty.rules.limiting import Used, cap_of
from saleor_crm_app.loyalty.rules.rule_set import PublishedRule, base_rules
from tests.loyalty.rules.rule_books import BASE, CUPS, TEA, context, earned, rule, rule_set
from tests.shop import NOON, line, order

money = st.integers(min_value=0, max_value=10**7)
few = st.integers(min_value=0, max_value=4)
LINE_NAMES = ("a", "b", "c", "d")


@st.composite
def orders(draw: st.DrawFn) -> OrderSnapshot:
    """Any order: refunds and returns of any units, part and over-payment, gifts, sale items."""
    lines = tuple(
        line(
            name,
            gross := draw(money),
            net=draw(st.integers(min_value=0, max_value=gross)),
            quantity=draw(st.integers(min_value=0, max_value=5)),
            category=draw(st.sampled_from((None, TEA, CUPS))),
            gift=draw(st.sampled_from((False, False, False, True))),
            kind=draw(st.sampled_from(("NORMAL", "NORMAL", "GIFT_CARD", None))),
            undiscounted=draw(st.sampled_from((None, gross, gross + 1))),
        )
        for name in LINE_NAMES[: draw(st.integers(min_value=0, max_value=4))]
    )
    named = st.builds(NamedUnits, line=st.sampled_from(LINE_NAMES), quantity=few)
    some = st.lists(named, max_size=3).map(tuple)
    returns = st.builds(
        FulfillmentFact,
        status=st.sampled_from(("FULFILLED", "RETURNED", "REPLACED")),
        created_at=st.just(NOON),
        shipping_refunded=st.booleans(),
        lines=some,
    )
    refunds = st.builds(
        RefundFact,
        status=st.sampled_from(("SUCCESS", "PENDING", "FAILURE")),
        shipping_included=st.booleans(),
        lines=some,
    )
    shipping = draw(st.integers(min_value=0, max_value=10**4))
    value = sum(one.gross for one in lines) + shipping
    made = order(*lines, shipping=shipping, charged=draw(st.integers(min_value=0, max_value=2 * value + 1)))
    return msgspec.structs.replace(
        made,
        lines=lines,
        subtotal=value - shipping,
        status=draw(st.sampled_from(("UNFULFILLED", "UNFULFILLED", "FULFILLED", "CANCELED"))),
        fulfillments=draw(st.lists(returns, max_size=2).map(tuple)),
        refunds=draw(st.lists(refunds, max_size=2).map(tuple)),
    )


THENS: tuple[dict[str, Any], ...] = (
    {"type": "PER_AMOUNT", "points": 3, "minor": 700},
    {"type": "PER_AMOUNT", "points": 10, "minor": 999, "wholeSteps": True},
    {"type": "PER_UNIT", "points": 7},
    {"type": "PER_ORDER", "points": 50},
    {"type": "MULTIPLIER", "percent": 133},
)
CONDITIONS: tuple[dict[str, Any] | None, ...] = (
    None,
    {"type": "CATEGORY", "in": [TEA]},
    {"type": "NOT", "of": {"type": "CATEGORY", "in": [TEA]}},
    {"type": "MIN_AMOUNT", "minor": 5000},
    {"type": "ANY", "of": [{"type": "NTH_ORDER", "in": [1]}, {"type": "TIER", "in": ["gold"]}]},
)
LIMITS: tuple[dict[str, int], ...] = ({}, {}, {"perOrder": 13}, {"perDay": 40, "budget": 500}, {"perCustomer": 30})
STACKS: tuple[dict[str, object], ...] = (
    {},
    {"group": "g"},
    {"group": "g", "priority": 1},
    {"group": "h", "exclusive": False},
)


@st.composite
def books(draw: st.DrawFn) -> tuple[PublishedRule, ...]:
    """Up to five rules of any kind, the base rule among them or not."""
    made = []
    for number in range(draw(st.integers(min_value=0, max_value=4))):
        condition = draw(st.sampled_from(CONDITIONS))
        made.append(
            rule(
                f"r{number}",
                draw(st.sampled_from(THENS)),
                **({} if condition is None else {"if_": condition}),
                limits=draw(st.sampled_from(LIMITS)),
                stack=draw(st.sampled_from(STACKS)),
                excludeSaleItems=draw(st.booleans()),
                excludeShipping=draw(st.booleans()),
            )
        )
    return (*draw(st.sampled_from(((), BASE))), *made)


known = st.fixed_dictionaries(
    {
        "tier": st.sampled_from((None, "gold")),
        "tier_percent": st.sampled_from((100, 100, 125)),
        "nth": st.sampled_from((None, 1, 2)),
        "display_gross": st.booleans(),
        "used": st.sampled_from(({}, {"r0": Used(today=10, customer=20), "r1": Used(today=50, customer=50)})),
        "allowance": st.sampled_from(({}, {"r0": 3})),
    }
)
quick = settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])


def dealt(chance: Random) -> OrderSnapshot:
    """An order by a seeded chance, which is quicker than Hypothesis' and so can be asked often."""
    lines = tuple(
        line(name, chance.randrange(10**6), net=chance.randrange(10**6), quantity=chance.randrange(1, 6))
        for name in LINE_NAMES[: chance.randrange(5)]
    )
    named = tuple(NamedUnits(line=chance.choice(LINE_NAMES), quantity=chance.randrange(4)) for _ in range(2))
    back = FulfillmentFact(status=chance.choice(("FULFILLED", "RETURNED")), created_at=NOON, lines=named)
    refund = RefundFact(status=chance.choice(("SUCCESS", "FAILURE")), shipping_included=chance.random() < 0.5)
    return order(
        *(lines or (line("none", 0, gift=True),)),
        shipping=chance.randrange(1000),
        charged=chance.randrange(2 * 10**6),
        fulfillments=(back,) * chance.randrange(2),
        refunds=(refund,) * chance.randrange(2),
    )


def same_as_the_rate(bought: OrderSnapshot, rate: Rate, *, shown: bool) -> None:
    target = target_of(bought, display_gross=shown, rate=rate)
    found = evaluate(rule_set(*base_rules("base", rate)), bought, context(display_gross=shown))
    assert (found.points, found.lines) == (target.points, target.lines)
    settled = replay(found.explanation, rule_set(*base_rules("base", rate)))
    assert (settled.points, settled.lines) == (target.points, target.lines)
    numbers = ("merchandise", "named", "paid", "value", "named_value", "parts")
    assert [getattr(found.explanation, name) for name in numbers] == [getattr(target, name) for name in numbers]


RATES = (Rate(1, 100), Rate(3, 7), Rate(1000, 1))


@settings(quick, max_examples=200)
@given(orders(), st.booleans(), st.sampled_from(RATES))
def test_the_base_rule_alone_gives_what_the_rate_gives(bought: OrderSnapshot, shown: bool, rate: Rate) -> None:
    same_as_the_rate(bought, rate, shown=shown)


def test_it_does_so_on_2000_orders() -> None:
    chance = Random(4)  # noqa: S311 # dice for a test
    for _ in range(2000):
        same_as_the_rate(dealt(chance), chance.choice(RATES), shown=chance.random() < 0.5)


@settings(quick, max_examples=150)
@given(orders(), books(), known)
def test_all_points_belong_to_lines_and_to_rules_and_replay_to_the_same(
    bought: OrderSnapshot, rules: tuple[PublishedRule, ...], told: dict[str, Any]
) -> None:
    found = earned(bought, *rules, **told)
    assert sum(points for _, points in found.lines) == found.points
    assert sum(points for _, points in found.rules) == found.points
    assert all(points > 0 for _, points in (*found.lines, *found.rules))
    written = msgspec.json.decode(msgspec.json.encode(found.explanation))
    again = replay(read_explanation(written), rule_set(*rules))
    assert (again.points, again.lines, again.rules) == (found.points, found.lines, found.rules)


@settings(quick, max_examples=150)
@given(orders(), books(), known)
def test_no_cap_is_exceeded(bought: OrderSnapshot, rules: tuple[PublishedRule, ...], told: dict[str, Any]) -> None:
    given_by = dict(earned(bought, *rules, **told).rules)
    for one in rules:
        cap = cap_of(one, told["used"], told["allowance"])
        assert cap is None or given_by.get(one.id, 0) <= cap


@settings(quick, max_examples=150)
@given(orders(), books(), known, money)
def test_paying_more_never_earns_less(
    bought: OrderSnapshot, rules: tuple[PublishedRule, ...], told: dict[str, Any], more: int
) -> None:
    richer = msgspec.structs.replace(bought, charged=bought.charged + more)
    assert earned(bought, *rules, **told).points <= earned(richer, *rules, **told).points


def test_an_explanation_is_not_replayed_by_other_rules() -> None:
    found = earned(order(charged=10000), *BASE)
    for others in (rule_set(*BASE, version=3), rule_set(rule("x", THENS[2])), rule_set()):
        with pytest.raises(ValueError, match="is not in set"):
            replay(found.explanation, others)


def test_an_explanation_holds_ids_and_numbers_only() -> None:
    found = earned(order(charged=10000), *BASE)
    assert msgspec.json.decode(msgspec.json.encode(found.explanation)) == {
        "version": 2,
        "merchandise": 10000,
        "named": 0,
        "paid": 10000,
        "value": 10000,
        "named_value": 0,
        "parts": 1,
        "lines": [["60", 6000, 1], ["40", 4000, 1]],
        "rules": [["base", 1, [0, 1], None]],
    }
