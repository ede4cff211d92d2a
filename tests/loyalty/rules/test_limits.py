"""Caps by order, day, customer and budget, and which rules of a group count."""

import pytest

from saleor_crm_app.loyalty.rules.limiting import Used
from saleor_crm_app.loyalty.rules.rule_set import PublishedRule
from tests.loyalty.rules.rule_books import BASE, TEA, earned, points, rule
from tests.shop import line, order

UNIT = {"type": "PER_UNIT", "points": 10}
CART = order(line("tea", 6000, quantity=3, category=TEA), line("cup", 4000, quantity=2), charged=10000)


@pytest.mark.parametrize(
    ("limits", "used", "allowance", "expected"),
    [
        ({}, Used(), {}, 50),
        ({"perOrder": 20}, Used(), {}, 20),
        ({"perOrder": 51}, Used(), {}, 50),
        ({"perDay": 60}, Used(today=25), {}, 35),
        ({"perDay": 60}, Used(today=70), {}, 0),
        ({"perCustomer": 100}, Used(today=1, customer=75), {}, 25),
        ({"budget": 40}, Used(), {}, 40),
        ({"budget": 40}, Used(), {"r": 7}, 7),
        ({"budget": 40}, Used(), {"r": 0}, 0),
        ({"perOrder": 30, "perDay": 60, "perCustomer": 100, "budget": 40}, Used(today=35, customer=80), {"r": 35}, 20),
    ],
)
def test_the_nearest_limit_holds(limits: dict[str, int], used: Used, allowance: dict[str, int], expected: int) -> None:
    assert points(CART, rule("r", UNIT, limits=limits), used={"r": used}, allowance=allowance) == expected


def test_a_cap_shrinks_its_rule_alone_and_its_lines_in_proportion() -> None:
    found = earned(CART, *BASE, rule("r", UNIT, limits={"perOrder": 20}))
    assert dict(found.rules) == {"base": 100, "r": 20}
    assert found.lines == (("tea", 72), ("cup", 48))


def test_a_capped_base_is_still_multiplied_in_full() -> None:
    capped = rule("r", {"type": "PER_AMOUNT", "points": 1, "minor": 100}, limits={"perOrder": 10})
    assert points(CART, capped, rule("d", {"type": "MULTIPLIER", "percent": 200})) == 110


def stacked(name: str, points: int, *, group: str = "g", priority: int = 0, exclusive: bool = True) -> PublishedRule:
    stack = {"group": group, "priority": priority, "exclusive": exclusive}
    return rule(name, {"type": "PER_ORDER", "points": points}, stack=stack)


@pytest.mark.parametrize(
    ("rules", "counted"),
    [
        ([stacked("a", 10), stacked("b", 20)], ["a"]),
        ([stacked("a", 10), stacked("b", 20, priority=1)], ["b"]),
        ([stacked("a", 10), stacked("b", 20, group="h")], ["a", "b"]),
        ([stacked("a", 10, exclusive=False), stacked("b", 20, exclusive=False)], ["a", "b"]),
        ([stacked("a", 10, exclusive=False), stacked("b", 20, priority=1)], ["b"]),
        ([stacked("a", 10), stacked("b", 20, priority=1, exclusive=False)], ["b"]),
    ],
)
def test_in_a_group_the_highest_priority_counts(rules: list[PublishedRule], counted: list[str]) -> None:
    assert [name for name, _ in earned(CART, *rules).rules] == counted


def test_a_rule_that_does_not_hold_takes_nobodys_place() -> None:
    absent = rule(
        "absent",
        {"type": "PER_ORDER", "points": 99},
        if_={"type": "CHANNEL", "in": ["elsewhere"]},
        stack={"group": "g", "priority": 9},
    )
    assert points(CART, absent, stacked("a", 10)) == 10
