"""Each kind of rule, exactly: by share, whole steps, units, orders, multipliers, with refunds and part payments."""

from typing import Any

import pytest

from saleor_crm_app.loyalty.rules.document import Exclusions
from saleor_crm_app.loyalty.rules.evaluation import SHIPPING, evaluate
from tests.loyalty.rules.rule_books import BASE, CUPS, TEA, context, earned, points, rule, rule_set
from tests.shop import NOON, FulfillmentFact, NamedUnits, RefundFact, line, order

PER_TEN = {"type": "PER_AMOUNT", "points": 3, "minor": 1000}
STEPS = PER_TEN | {"wholeSteps": True}
UNIT = {"type": "PER_UNIT", "points": 5}
BONUS = {"type": "PER_ORDER", "points": 50}
DOUBLE = {"type": "MULTIPLIER", "percent": 200}
OF_TEA = {"type": "CATEGORY", "in": [TEA]}
LINES = (line("tea", 6000, quantity=3, category=TEA), line("cup", 4000, quantity=2, category=CUPS))
ONE_TEA = (NamedUnits(line="tea", quantity=1),)
ONE_TEA_BACK = {
    "fulfillments": (FulfillmentFact(status="RETURNED", created_at=NOON, lines=ONE_TEA),),
}


@pytest.mark.parametrize(
    ("then", "told", "expected"),
    [
        (PER_TEN, {"charged": 10000}, 30),
        (PER_TEN, {"charged": 5000}, 15),
        (PER_TEN, {"charged": 9999}, 29),
        (PER_TEN, {"charged": 10000, **ONE_TEA_BACK}, 24),
        (STEPS, {"charged": 10000}, 30),
        (STEPS, {"charged": 9999}, 27),
        (STEPS, {"charged": 999}, 0),
        (STEPS, {"charged": 8000, **ONE_TEA_BACK}, 24),
        (UNIT, {"charged": 10000}, 25),
        (UNIT, {"charged": 5000}, 12),
        (UNIT, {"charged": 10000, **ONE_TEA_BACK}, 20),
        (UNIT, {"charged": 8000, "refunds": (RefundFact(status="SUCCESS", lines=ONE_TEA),)}, 20),
        (BONUS, {"charged": 10000}, 50),
        (BONUS, {"charged": 9999}, 0),
        (BONUS, {"charged": 12000}, 50),
        (BONUS, {"charged": 8000}, 0),
        (BONUS, {"charged": 8000, "refunds": (RefundFact(status="SUCCESS", lines=ONE_TEA),)}, 50),
        (BONUS, {"charged": 10000, "status": "CANCELED"}, 0),
        (BONUS, {"charged": 0}, 0),
        (DOUBLE, {"charged": 10000}, 0),
    ],
)
def test_a_kind_alone(then: dict[str, object], told: dict[str, Any], expected: int) -> None:
    assert points(order(*LINES, **told), rule("r", then)) == expected


def test_a_bonus_is_gone_when_nothing_is_left() -> None:
    everything = (NamedUnits(line="tea", quantity=3), NamedUnits(line="cup", quantity=2))
    back = (FulfillmentFact(status="RETURNED", created_at=NOON, lines=everything),)
    assert points(order(*LINES, charged=10000, fulfillments=back, shipping=500), rule("r", BONUS)) == 0


def test_a_multiplier_adds_to_what_the_lines_in_its_scope_earn() -> None:
    double_tea = rule("double", DOUBLE, if_=OF_TEA)
    found = earned(order(*LINES, charged=10000), *BASE, double_tea)
    assert (found.points, found.rules) == (160, (("base", 100), ("double", 60)))
    assert found.lines == (("tea", 120), ("cup", 40))


def test_multipliers_do_not_multiply_each_other_nor_bonuses() -> None:
    rules = (*BASE, rule("double", DOUBLE), rule("half", {"type": "MULTIPLIER", "percent": 150}), rule("b", BONUS))
    found = earned(order(*LINES, charged=10000), *rules)
    assert dict(found.rules) == {"base": 100, "double": 100, "half": 50, "b": 50}


def test_a_tier_multiplies_what_comes_by_amount_and_unit_and_rules_multiply_that() -> None:
    rules = (*BASE, rule("u", UNIT), rule("half", {"type": "MULTIPLIER", "percent": 150}), rule("b", BONUS))
    found = earned(order(*LINES, charged=10000), *rules, tier_percent=120)
    assert dict(found.rules) == {"base": 120, "u": 30, "half": 75, "b": 50}


def test_the_floor_is_once_over_all_rules() -> None:
    half = rule("half", {"type": "PER_AMOUNT", "points": 1, "minor": 200})
    one = order(line("a", 150), line("b", 150), charged=300)
    assert points(one, half) == 1
    assert points(one, *BASE, half) == 4  # 3 + 1.5
    more = order(line("a", 150), line("b", 151), charged=301)
    assert points(more, *BASE, half, rule("more", {"type": "MULTIPLIER", "percent": 101})) == 4
    assert earned(one, *BASE, half).lines == (("a", 2), ("b", 2))


def test_shipping_earns_only_where_a_rule_says_so() -> None:
    with_shipping = rule("r", {"type": "PER_AMOUNT", "points": 1, "minor": 100}, excludeShipping=False)
    sent = order(*LINES, shipping=1000, charged=11000)
    assert points(sent, *BASE) == 100
    found = earned(sent, with_shipping)
    assert (found.points, found.lines) == (110, (("tea", 60), ("cup", 40), (SHIPPING, 10)))
    paid_back = (RefundFact(status="SUCCESS", shipping_included=True),)
    assert points(order(*LINES, shipping=1000, charged=10000, refunds=paid_back), with_shipping) == 100


def test_what_was_on_sale_earns_nothing_by_a_rule_that_excludes_it() -> None:
    lines = (line("cheap", 3000, undiscounted=4000), line("full", 4000, undiscounted=4000), line("untold", 1000))
    found = earned(
        order(*lines, charged=8000), rule("r", {"type": "PER_AMOUNT", "points": 1, "minor": 100}, excludeSaleItems=True)
    )
    assert found.lines == (("full", 40), ("untold", 10))


@pytest.mark.parametrize(
    ("exclude", "expected"),
    [
        (Exclusions(categories=(TEA,)), 40),
        (Exclusions(products=("p",)), 60),
        (Exclusions(collections=("c",)), 60),
        (Exclusions(product_types=("t",)), 60),
        (Exclusions(sale_items=True), 60),
    ],
)
def test_what_the_program_excludes_earns_by_no_rule(exclude: Exclusions, expected: int) -> None:
    lines = (
        line("tea", 6000, category=TEA),
        line("cup", 4000, product="p", collections=("b", "c"), product_type="t", undiscounted=4001),
    )
    found = evaluate(rule_set(*BASE, exclude=exclude), order(*lines, charged=10000), context())
    assert found.points == expected
    assert found.standing.merchandise == expected * 100


def test_gift_lines_and_gift_cards_earn_by_no_rule() -> None:
    lines = (line("gift", 1000, gift=True), line("card", 5000, kind="GIFT_CARD"), line("tea", 2000))
    rules = (*BASE, rule("u", UNIT), rule("d", DOUBLE))
    assert dict(earned(order(*lines, charged=8000), *rules).rules) == {"base": 20, "u": 5, "d": 25}


def test_free_units_count_as_units_and_carry_a_bonus() -> None:
    free = order(line("free", 0, quantity=2, category=TEA), line("cup", 1000), charged=1000)
    assert points(free, rule("u", UNIT)) == 15
    found = earned(free, rule("b", BONUS, if_=OF_TEA))
    assert (found.points, found.lines) == (50, (("free", 50),))
