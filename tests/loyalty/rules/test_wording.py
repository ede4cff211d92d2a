"""Rules in plain sentences, and what differs between two versions, in English and in Russian."""

import re

import pytest

from saleor_crm_app.loyalty.program import Rate
from saleor_crm_app.loyalty.rules import Exclusions, Language, describe, diff
from saleor_crm_app.loyalty.rules.phrases import PHRASES
from saleor_crm_app.loyalty.rules.rule_set import PublishedRule, base_rules
from tests.loyalty.rules.rule_books import BASE, CUPS, TEA, rule, rule_set

NAMES = {TEA: "Tea", CUPS: "Cups"}
TEA_WEEKEND = {
    "type": "ALL",
    "of": [
        {"type": "CATEGORY", "in": [TEA, CUPS]},
        {"type": "ANY", "of": [{"type": "WEEKDAY", "in": ["SATURDAY", "SUNDAY"]}, {"type": "TIER", "in": ["gold"]}]},
    ],
}
WEEKEND = rule(
    "Weekend",
    {"type": "MULTIPLIER", "percent": 200},
    if_=TEA_WEEKEND,
    limits={"perOrder": 21, "budget": 1000},
    stack={"group": "promo", "priority": 5},
    excludeSaleItems=True,
)


WEEKEND_IN_ENGLISH = (
    "“Weekend”: an order earns 200 % of what other rules give by amount and unit, if the category is Tea or Cups and"
    " (it is Saturday or Sunday or the member's tier is gold), at most 21 points per order, at most 1000 points in all,"
    " alone in the group “promo”, priority 5, nothing for what is on sale."
)
WEEKEND_IN_RUSSIAN = (
    "«Weekend»: заказ приносит 200 % того, что другие правила дают за сумму и единицы, если категория: Tea или Cups и"
    " (день недели: суббота или воскресенье или уровень участника: gold), не более 21 балла за заказ, не более 1000"
    " баллов всего, одно в группе «promo», приоритет 5, ничего за товары со скидкой."
)


def unit(points: int, **parts: object) -> PublishedRule:
    return rule("r", {"type": "PER_UNIT", "points": points}, **parts)


@pytest.mark.parametrize(
    ("told", "english", "russian"),
    [
        (
            BASE[0],
            "“Base”: an order earns 1 point for each 1.00 EUR.",
            "«Base»: заказ приносит 1 балл за каждые 1,00 EUR.",
        ),
        (WEEKEND, WEEKEND_IN_ENGLISH, WEEKEND_IN_RUSSIAN),
        (
            rule(
                "Steps", {"type": "PER_AMOUNT", "points": 3, "minor": 1050, "wholeSteps": True}, excludeShipping=False
            ),
            "“Steps”: an order earns 3 points for each full 10.50 EUR, shipping counts too.",
            "«Steps»: заказ приносит 3 балла за каждые полные 10,50 EUR, доставка тоже учитывается.",
        ),
        (
            rule("Fifth", {"type": "PER_ORDER", "points": 50}, if_={"type": "NTH_ORDER", "every": 5}),
            "“Fifth”: an order earns 50 points once it is paid in full, if it is every 5. order of the customer.",
            "«Fifth»: заказ приносит 50 баллов после полной оплаты, если это каждый 5-й заказ покупателя.",
        ),
        (
            rule("Hello", {"type": "FIXED", "points": 22}, when={"type": "SIGN_UP"}, limits={"perCustomer": 22}),
            "“Hello”: a confirmed account earns 22 points, at most 22 points per customer.",
            "«Hello»: подтверждённая учётная запись приносит 22 балла, не более 22 баллов покупателю.",
        ),
        (
            unit(1, if_={"type": "NOT", "of": {"type": "DATES", "from": "2026-12-01", "until": "2026-12-31"}}),
            "“r”: an order earns 1 point for each unit, if not (it is between 2026-12-01 and 2026-12-31).",
            "«r»: заказ приносит 1 балл за каждую единицу, если не (дата с 01.12.2026 по 31.12.2026).",
        ),
    ],
)
def test_a_rule_is_told_in_one_sentence(told: PublishedRule, english: str, russian: str) -> None:
    assert describe(told, Language.EN, currency="EUR", names=NAMES) == english
    assert describe(told, Language.RU, currency="EUR", names=NAMES) == russian


def test_a_version_is_told_by_what_it_changes() -> None:
    old = rule_set(*BASE, unit(1), rule("Gone", {"type": "PER_ORDER", "points": 5}))
    new = rule_set(
        *base_rules("base", Rate(2, 100)),
        unit(1, limits={"perDay": 1}, if_={"type": "CURRENCY", "in": ["EUR"]}),
        WEEKEND,
        version=3,
        exclude=Exclusions(categories=(TEA,), sale_items=True),
    )
    english = describe(WEEKEND, Language.EN, currency="EUR")
    assert diff(old, new, Language.EN) == [
        "No longer: “Gone”: an order earns 5 points once it is paid in full.",
        "“Base”: the reward was: 1 point for each 1.00 EUR; is now: 2 points for each 1.00 EUR.",
        "“r”: the condition was: always; is now: if the currency is EUR.",
        "“r”: the limit was: none; is now: at most 1 point per customer and day.",
        f"New: {english}",
        f"The program left out nothing; now it leaves out the categories {TEA}; what is on sale.",
    ]
    assert diff(old, new, Language.RU)[:4] == [
        "Больше не действует: «Gone»: заказ приносит 5 баллов после полной оплаты.",
        "«Base»: награда: было: 1 балл за каждые 1,00 EUR; стало: 2 балла за каждые 1,00 EUR.",
        "«r»: условие: было: всегда; стало: если валюта: EUR.",
        "«r»: предел: было: нет; стало: не более 1 балла покупателю в день.",
    ]


def test_a_version_that_changes_nothing_says_so() -> None:
    assert diff(rule_set(*BASE), rule_set(*BASE), Language.EN) == ["Nothing changes."]
    assert diff(rule_set(*BASE), rule_set(*BASE), Language.RU) == ["Ничего не меняется."]


def test_a_new_name_and_a_new_order_are_changes() -> None:
    a, b = rule("a", {"type": "PER_UNIT", "points": 1}), rule("b", {"type": "PER_UNIT", "points": 1})
    assert diff(rule_set(a, b), rule_set(b, a), Language.EN) == ["The rules stand in another order."]
    renamed = type(a)(id="a", version=2, name="A", when=a.when, then=a.then)
    assert diff(rule_set(a), rule_set(renamed), Language.EN) == ["“a” is now called “A”."]


def test_both_languages_have_the_same_keys_and_blanks() -> None:
    english, russian = (PHRASES[language].texts for language in (Language.EN, Language.RU))
    blanks = {key: set(re.findall(r"{(\w+)}", text)) for key, text in english.items()}
    assert {key: set(re.findall(r"{(\w+)}", text)) for key, text in russian.items()} == blanks
