"""What is no rule is refused with its place; what cannot be known yet may be written but not published."""

from typing import Any

import msgspec
import pytest

from saleor_crm_app.loyalty.rules.document import Exclusions, Rule
from saleor_crm_app.loyalty.rules.errors import RuleInvalid, SourceUnknown
from saleor_crm_app.loyalty.rules.reading import demand_known_sources, read_exclusions, read_rule
from tests.loyalty.rules.rule_books import GREEN, TEA, document

FIXED = {"type": "FIXED", "points": 100}
DEEP: dict[str, Any] = {"type": "CHANNEL", "in": ["x"]}
for _ in range(9):
    DEEP = {"type": "NOT", "of": DEEP}


@pytest.mark.parametrize(
    ("parts", "path", "reason"),
    [
        ({"then": {"type": "PER_UNIT", "points": 1.5}}, "$.then.points", "expected int, got float."),
        ({"then": {"type": "PER_UNIT", "points": 0}}, "$.then.points", "expected int >= 1."),
        ({"then": {"type": "PER_UNIT", "points": "1"}}, "$.then.points", "expected int, got str."),
        ({"then": {"type": "EVAL", "code": "1"}}, "$.then.type", "invalid value 'EVAL'."),
        ({"then": {"type": "PER_UNIT"}}, "$.then", "object missing required field points."),
        ({"then": {"type": "PER_UNIT", "points": 1, "x": 1}}, "$.then", "object contains unknown field x."),
        ({"then": {"type": "MULTIPLIER", "percent": 100}}, "$.then.percent", "expected int >= 101."),
        ({"if": {"type": "ALL", "of": []}}, "$.if.of", "expected array of length >= 1."),
        (
            {"if": {"type": "ALL", "of": [{"type": "CATEGORY", "in": [TEA, GREEN]}]}},
            "$.if.of[0].in[1]",
            "that is not the global id of a Category.",
        ),
        ({"if": {"type": "PRODUCT", "in": ["10"]}}, "$.if.in[0]", "that is not the global id of a Product."),
        ({"if": {"type": "NTH_ORDER"}}, "$.if", "name either `in` or `every`."),
        ({"if": {"type": "NTH_ORDER", "in": [1], "every": 2}}, "$.if", "name either `in` or `every`."),
        ({"if": {"type": "DATES"}}, "$.if", "name `from`, `until` or both."),
        (
            {"if": {"type": "DATES", "from": "2026-02-01", "until": "2026-01-01"}},
            "$.if.until",
            "this day is before `from`.",
        ),
        ({"if": {"type": "DATES", "from": "yesterday"}}, "$.if.from", "invalid RFC3339 encoded date."),
        (
            {"if": {"type": "SEGMENT", "in": ["Q3VzdG9tZXJTZWdtZW50OnZpcA=="]}},
            "$.if.in[0]",
            "that is not the global id of a CustomerSegment.",
        ),
        ({"if": DEEP}, "$.if" + ".of" * 9, "conditions stand in 8 others at most."),
        ({"then": FIXED}, "$.then.type", "FIXED is for what customers do; for an order use PER_ORDER."),
        (
            {"when": {"type": "SIGN_UP"}},
            "$.then.type",
            "only orders earn by amount, unit or percent; use FIXED here.",
        ),
        (
            {
                "when": {"type": "BIRTHDAY"},
                "then": FIXED,
                "if": {"type": "NOT", "of": {"type": "CHANNEL", "in": ["x"]}},
            },
            "$.if.of",
            "this can only be asked of orders.",
        ),
        (
            {"when": {"type": "SIGN_UP"}, "then": FIXED, "limits": {"perOrder": 1}},
            "$.limits.perOrder",
            "only rules on orders have this limit.",
        ),
        ({"round": {"order": "CEIL"}}, "$.round.order", "invalid enum value 'CEIL'."),
        ({"eval": "1"}, "$", "object contains unknown field eval."),
    ],
)
def test_a_fault_is_named_with_its_place(parts: dict[str, Any], path: str, reason: str) -> None:
    for written in (document(**parts), msgspec.json.encode(document(**parts))):
        with pytest.raises(RuleInvalid) as refusal:
            read_rule(written)
        assert (refusal.value.path, str(refusal.value)) == (path, f"At {path}: {reason}")


def test_what_is_no_json_is_refused() -> None:
    documents: tuple[object, ...] = (
        "",
        "{",
        "[" * 100_000,
        [],
        7,
        None,
        document(name="a\x00b"),
        document(name="a\ud800b"),
    )
    for written in documents:
        with pytest.raises(RuleInvalid):
            read_rule(written)


def test_a_rule_reads_as_it_was_written() -> None:
    read = read_rule(document(**{"if": {"type": "CATEGORY", "in": [TEA]}}))
    assert msgspec.to_builtins(read) == document(**{"if": {"type": "CATEGORY", "in": (TEA,)}})
    assert msgspec.convert(msgspec.to_builtins(read), Rule) == read


@pytest.mark.parametrize(
    ("parts", "path", "word"),
    [
        ({"when": {"type": "REVIEW"}, "then": FIXED}, "$.when", "reviews"),
        ({"when": {"type": "SURVEY"}, "then": FIXED}, "$.when", "surveys"),
        ({"when": {"type": "REFERRAL"}, "then": FIXED}, "$.when", "referrals"),
        ({"if": {"type": "NOT", "of": {"type": "CONSENT", "in": ["mail"]}}}, "$.if.of", "consent"),
    ],
)
def test_what_cannot_be_known_yet_may_be_written_but_not_published(parts: dict[str, Any], path: str, word: str) -> None:
    rule = read_rule(document(**parts))
    with pytest.raises(SourceUnknown) as refusal:
        demand_known_sources(rule, segments=())
    assert refusal.value.path == path
    assert str(refusal.value).startswith(f"The rule cannot be published: at {path}: {word} ")


def test_exclusions_are_read_as_strictly() -> None:
    assert read_exclusions({"categories": [TEA], "saleItems": True}) == Exclusions(categories=(TEA,), sale_items=True)
    with pytest.raises(RuleInvalid) as refusal:
        read_exclusions({"products": [GREEN, TEA]})
    assert refusal.value.path == "$.products[1]"
