"""Each condition, on the lines and orders it is true of and on those it is not."""

from typing import Any

import pytest

from tests.loyalty.rules.rule_books import CUPS, DRINK, GIFTS, GREEN, MUG, TEA, UTC_ZONE, earned, local, points, rule
from tests.shop import NOON, FulfillmentFact, NamedUnits, line, order

PER_EURO = {"type": "PER_AMOUNT", "points": 1, "minor": 100}
GREEN_TEA = line("tea", 6000, category=TEA, product=GREEN, product_type=DRINK, collections=(GIFTS,))
CUP = line("cup", 4000, category=CUPS, product=MUG)
BOTH = (("tea", 60), ("cup", 40))


def lines_for(condition: dict[str, object], **told: Any) -> tuple[tuple[str, int], ...]:  # noqa: ANN401 # any column
    known = {name: told.pop(name) for name in ("tier", "nth", "zone") if name in told}
    bought = order(GREEN_TEA, CUP, **({"charged": 10000} | told))
    return earned(bought, rule("r", PER_EURO, if_=condition), **known).lines


@pytest.mark.parametrize(
    ("condition", "expected"),
    [
        ({"type": "CATEGORY", "in": [TEA]}, (("tea", 60),)),
        ({"type": "CATEGORY", "in": [TEA, CUPS]}, BOTH),
        ({"type": "PRODUCT", "in": [MUG]}, (("cup", 40),)),
        ({"type": "COLLECTION", "in": [GIFTS]}, (("tea", 60),)),
        ({"type": "PRODUCT_TYPE", "in": [DRINK]}, (("tea", 60),)),
        ({"type": "NOT", "of": {"type": "CATEGORY", "in": [TEA]}}, (("cup", 40),)),
        ({"type": "CHANNEL", "in": ["default-channel"]}, BOTH),
        ({"type": "CHANNEL", "in": ["other"]}, ()),
        ({"type": "CURRENCY", "in": ["EUR", "USD"]}, BOTH),
        ({"type": "CURRENCY", "in": ["USD"]}, ()),
        ({"type": "MIN_AMOUNT", "minor": 10000}, BOTH),
        ({"type": "MIN_AMOUNT", "minor": 10001}, ()),
        (
            {"type": "ALL", "of": [{"type": "CATEGORY", "in": [TEA]}, {"type": "MIN_AMOUNT", "minor": 10000}]},
            (("tea", 60),),
        ),
        ({"type": "ANY", "of": [{"type": "CATEGORY", "in": [TEA]}, {"type": "PRODUCT", "in": [MUG]}]}, BOTH),
        ({"type": "ANY", "of": [{"type": "CHANNEL", "in": ["x"]}, {"type": "PRODUCT", "in": [MUG]}]}, (("cup", 40),)),
    ],
)
def test_what_a_cart_is_asked(condition: dict[str, object], expected: tuple[tuple[str, int], ...]) -> None:
    assert lines_for(condition) == expected


@pytest.mark.parametrize(
    ("condition", "known", "holds"),
    [
        ({"type": "TIER", "in": ["gold", "silver"]}, {"tier": "gold"}, True),
        ({"type": "TIER", "in": ["gold"]}, {"tier": "silver"}, False),
        ({"type": "TIER", "in": ["gold"]}, {"tier": None}, False),
        ({"type": "NTH_ORDER", "in": [1]}, {"nth": 1}, True),
        ({"type": "NTH_ORDER", "in": [1]}, {"nth": 2}, False),
        ({"type": "NTH_ORDER", "in": [2, 3]}, {"nth": 3}, True),
        ({"type": "NTH_ORDER", "every": 5}, {"nth": 10}, True),
        ({"type": "NTH_ORDER", "every": 5}, {"nth": 11}, False),
        ({"type": "NTH_ORDER", "every": 5}, {"nth": None}, False),
    ],
)
def test_what_the_customer_is_asked(condition: dict[str, object], known: dict[str, Any], holds: bool) -> None:
    assert lines_for(condition, **known) == (BOTH if holds else ())


DATES = {"type": "DATES", "from": "2026-03-01", "until": "2026-03-31"}


@pytest.mark.parametrize(
    ("condition", "made", "zone", "holds"),
    [
        (DATES, local(2026, 3, 1, 0), "UTC", True),
        (DATES, local(2026, 3, 31, 23), "UTC", True),
        (DATES, local(2026, 4, 1, 0), "UTC", False),
        (DATES, local(2026, 2, 28, 23), "Europe/Riga", True),
        (DATES, local(2026, 3, 31, 22), "Europe/Riga", False),
        ({"type": "DATES", "from": "2026-03-02"}, NOON, "UTC", False),
        ({"type": "DATES", "until": "2026-03-01"}, NOON, "UTC", True),
        ({"type": "WEEKDAY", "in": ["SUNDAY"]}, NOON, "UTC", True),
        ({"type": "WEEKDAY", "in": ["MONDAY", "SATURDAY"]}, NOON, "UTC", False),
        ({"type": "WEEKDAY", "in": ["MONDAY"]}, local(2026, 3, 1, 12), "Pacific/Kiritimati", True),
    ],
)
def test_days_are_the_programs_local_days(
    condition: dict[str, object],
    made: Any,  # noqa: ANN401 # a moment
    zone: str,
    holds: bool,
) -> None:
    assert lines_for(condition, created_at=made, zone=type(UTC_ZONE)(zone)) == (BOTH if holds else ())


def test_amounts_are_asked_of_what_is_left() -> None:
    back = (FulfillmentFact(status="RETURNED", created_at=NOON, lines=(NamedUnits(line="cup", quantity=1),)),)
    bonus = rule("b", {"type": "PER_ORDER", "points": 50}, if_={"type": "MIN_AMOUNT", "minor": 6001})
    assert points(order(GREEN_TEA, CUP, charged=10000), bonus) == 50
    assert points(order(GREEN_TEA, CUP, charged=10000, fulfillments=back), bonus) == 0
