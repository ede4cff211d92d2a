"""Example carts: true when kept, carried on into new versions, and never changed silently."""

from datetime import timedelta
from typing import Any

import pytest

from saleor_crm_app.loyalty import rules
from saleor_crm_app.loyalty.rules.carts import earned_by, read_cart
from saleor_crm_app.loyalty.rules.errors import (
    CartInvalid,
    ExampleNotFound,
    ExamplesChanged,
    ExampleWrong,
    TooManyExamples,
)
from saleor_crm_app.loyalty.rules.examples import MOST_EXAMPLES
from tests.loyalty.rules.conftest import Book
from tests.loyalty.rules.rule_books import TEA, rule, rule_set
from tests.shop import NOON

DAY = timedelta(days=1)
CART: dict[str, Any] = {
    "createdAt": "2026-03-01T12:00:00Z",
    "channel": "default-channel",
    "lines": [{"gross": 6000, "quantity": 3, "category": TEA}, {"gross": 4000}],
}
BONUS = {"type": "PER_ORDER", "points": 50}


async def test_an_example_is_kept_when_it_is_true(book: Book) -> None:
    with pytest.raises(ExampleWrong) as refusal:
        await book.keeps("Usual", CART, 99)
    assert str(refusal.value) == "By the rules of now the example “Usual” earns 100 points, not 99."
    await book.keeps("Usual", CART, 100)
    await book.keeps("Usual", CART | {"paid": 5000}, 50)
    assert await book.examples() == {1: [("Usual", 50)]}


async def test_publishing_fails_when_an_example_changes_silently(book: Book) -> None:
    await book.keeps("Usual", CART, 100)
    await book.keeps("Unpaid", CART | {"paid": 0}, 0)
    draft = await book.writes(name="Bonus", then=BONUS)
    with pytest.raises(ExamplesChanged) as refusal:
        await book.publishes(draft)
    assert refusal.value.changed == (("Usual", 100, 150),)
    assert str(refusal.value) == (
        "The example “Usual” earned 100 points and would earn 150: accept the new numbers or change the rule."
    )
    assert await book.holds(NOON) == (1, ["Base"])
    with pytest.raises(ExamplesChanged):
        await book.publishes(draft, accept={"Usual": 149})
    await book.publishes(draft, accept={"Usual": 150})
    assert await book.examples() == {1: [("Unpaid", 0), ("Usual", 100)], 2: [("Unpaid", 0), ("Usual", 150)]}


async def test_each_planned_version_has_its_own_numbers(book: Book) -> None:
    await book.keeps("Usual", CART, 100)
    later = await book.writes(name="Later", then=BONUS)
    await book.publishes(later, live_from=NOON + DAY, accept={"Usual": 150})
    elsewhere = await book.writes(name="Elsewhere", then=BONUS, **{"if": {"type": "CHANNEL", "in": ["other"]}})
    await book.publishes(elsewhere)
    assert await book.examples() == {n: [("Usual", points)] for n, points in ((1, 100), (2, 150), (3, 100), (4, 150))}


async def test_an_example_kept_now_is_kept_with_planned_versions_too(book: Book) -> None:
    await book.publishes(await book.writes(name="Later", then=BONUS), live_from=NOON + DAY)
    await book.keeps("Usual", CART, 100)
    assert await book.examples() == {1: [("Usual", 100)], 2: [("Usual", 150)]}


async def test_so_many_examples_are_kept(book: Book) -> None:
    for number in range(MOST_EXAMPLES):
        await book.keeps(str(number), CART, 100)
    await book.keeps("1", CART | {"paid": 0}, 0)
    with pytest.raises(TooManyExamples):
        await book.keeps("one more", CART, 100)


async def test_a_removed_example_hinders_nobody_any_more(book: Book) -> None:
    await book.keeps("Usual", CART, 100)
    async with book.database.shop(book.shop) as session:
        await rules.remove_example(session, book.shop, book.program, "Usual", at=NOON)
    assert await book.examples() == {}
    await book.keeps("Usual", CART | {"paid": 0}, 0)
    async with book.database.shop(book.shop) as session:
        await rules.remove_example(session, book.shop, book.program, "Usual", at=NOON)
    await book.publishes(await book.writes(name="Bonus", then=BONUS))
    async with book.database.shop(book.shop) as session:
        with pytest.raises(ExampleNotFound):
            await rules.remove_example(session, book.shop, book.program, "Usual", at=NOON)


@pytest.mark.parametrize(
    ("change", "path"),
    [
        ({"lines": []}, "$.lines"),
        ({"lines": [{"gross": -1}]}, "$.lines[0].gross"),
        ({"createdAt": "2026-03-01T12:00:00"}, "$.createdAt"),
        ({"total": 5}, "$"),
    ],
)
def test_what_is_no_cart_is_refused_with_its_place(change: dict[str, Any], path: str) -> None:
    with pytest.raises(CartInvalid) as refusal:
        read_cart(CART | change)
    assert refusal.value.path == path


async def test_a_cart_may_say_all_that_rules_ask_for(book: Book) -> None:
    cart = read_cart(
        CART
        | {"tier": "gold", "nth": 1, "displayGross": False, "shipping": 500}
        | {
            "lines": [
                {"gross": 1190, "net": 1000, "undiscounted": 1190, "product": "p"},
                {"gross": 9, "giftCard": True},
            ]
        }
    )
    asked = {"type": "ALL", "of": [{"type": "TIER", "in": ["gold"]}, {"type": "NTH_ORDER", "in": [1]}]}
    one = rule("r", {"type": "PER_AMOUNT", "points": 1, "minor": 100}, if_=asked, excludeSaleItems=True)
    assert earned_by(rule_set(one), cart, book.program).points == 10
