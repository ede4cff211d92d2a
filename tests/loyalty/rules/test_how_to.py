"""The how-to's examples are rules, carts and operations as they are read, and are told as it says."""

import re
from pathlib import Path

import msgspec
from graphql import build_schema, parse, validate

from saleor_crm_app import staff
from saleor_crm_app.loyalty.rules import Language, describe, read_cart, read_exclusions, read_rule, rule_schema_text
from saleor_crm_app.loyalty.rules.carts import earned_by
from saleor_crm_app.loyalty.rules.rule_set import PublishedRule
from tests.loyalty.rules.conftest import Book
from tests.loyalty.rules.rule_books import BASE, rule_set

DOCS = Path(__file__).parents[3] / "docs"
PAGE = (DOCS / "how-to" / "earning-rules.md").read_text()
BLOCKS = re.findall(r"```json\n((?:.*\n)*?)```\n(?:> (.*))?", PAGE)
RULES = [(text, told) for text, told in BLOCKS if '"when"' in text]
CARTS = [text for text, _ in BLOCKS if '"lines"' in text]


def test_each_rule_is_one_and_is_told_as_it_says() -> None:
    assert len(RULES) == 6
    assert [describe(read_rule(text), Language.EN, currency="EUR") for text, _ in RULES] == [told for _, told in RULES]


async def test_the_cart_earns_by_the_rules_of_the_page(book: Book) -> None:
    [cart] = CARTS
    written = [read_rule(text) for text, _ in RULES]
    published = [
        PublishedRule(id=rule.name, version=1, **{name: getattr(rule, name) for name in rule.__struct_fields__})
        for rule in written
    ]
    # 1 March 2026 is a Sunday: on tea 60 of the one rule and 60 of the other come once more
    assert dict(earned_by(rule_set(*published), read_cart(cart), book.program).rules) == {
        "Base": 100,
        "Ten for ten": 100,
        "Tea at the weekend": 120,
    }
    assert earned_by(rule_set(*BASE), read_cart(cart), book.program).points == 100


def test_the_exclusions_are_read() -> None:
    [text] = [text for text, _ in BLOCKS if '"saleItems"' in text]
    assert read_exclusions(text).sale_items


def test_the_operations_fit_the_staff_api() -> None:
    operations = re.findall(r"```graphql\n((?:.*\n)*?)```", PAGE)
    assert len(operations) == 3
    for text in operations:
        assert validate(build_schema(staff.sdl()), parse(text)) == []


def test_the_published_schema_is_what_the_code_says() -> None:
    kept = (DOCS / "reference" / "earning-rule.schema.json").read_text()
    assert kept == rule_schema_text(), "run `saleor-crm schema export`"
    assert {"All", "Multiplier", "Rule"} < set(msgspec.json.decode(kept)["$defs"])
