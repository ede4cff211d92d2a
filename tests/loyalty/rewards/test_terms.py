"""Terms of rewards are read strictly, and what cannot be is refused in a sentence."""

from typing import Any

import pytest

from saleor_crm_app.kernel.ids import global_id
from saleor_crm_app.loyalty.coupons import CouponMedium
from saleor_crm_app.loyalty.rewards import RewardInvalid, medium_of, read_terms

WORDS = {"name": "Something"}
PRODUCT = global_id("Product", 1)


def terms(effect: dict[str, Any], **other: Any) -> dict[str, Any]:  # noqa: ANN401 # any term's
    return {"effect": effect, "words": WORDS, **other}


@pytest.mark.parametrize(
    ("document", "reason"),
    [
        (terms({"kind": "FIXED_AMOUNT"}), "an amount is needed."),
        (terms({"kind": "FIXED_AMOUNT", "amount": 0}), "Expected `int` >= 1 - at `$.effect.amount`"),
        (terms({"kind": "PERCENTAGE", "percent": 101}), "Expected `int` <= 100 - at `$.effect.percent`"),
        (terms({"kind": "PERCENTAGE", "percent": 5, "amount": 5}), "an amount has no meaning here."),
        (terms({"kind": "FREE_SHIPPING", "percent": 5}), "a percentage has no meaning here."),
        (terms({"kind": "FREE_PRODUCT"}), "name the products it is for."),
        (
            terms({"kind": "FREE_PRODUCT", "scope": {"categories": [global_id("Category", 1)]}}),
            "a free product is named by products or variants.",
        ),
        (
            terms({"kind": "CUSTOM", "scope": {"products": [PRODUCT]}}),
            "only product discounts and free products name products.",
        ),
        (
            terms({"kind": "FREE_PRODUCT", "scope": {"products": [global_id("Category", 1)]}}),
            "products: 'Q2F0ZWdvcnk6MQ==' is the id of a Category, not of a Product.",
        ),
        (
            terms({"kind": "CUSTOM"}, starts_at="2026-03-02T00:00:00Z", ends_at="2026-03-02T00:00:00Z"),
            "it has to end after it starts.",
        ),
        (
            terms({"kind": "CUSTOM"}, given_on=["BIRTHDAY"], points=5),
            "what is given on an occasion cannot be had for points.",
        ),
        (
            terms({"kind": "GIFT_CARD", "amount": 500}, min_spent=100),
            "a gift card does not depend on what is spent.",
        ),
        (terms({"kind": "CUSTOM"}, picture="http://x.example/a.png"), "regex"),
        (terms({"kind": "CUSTOM"}, surprise=1), "Object contains unknown field `surprise`"),
    ],
)
def test_what_cannot_be_is_refused(document: dict[str, Any], reason: str) -> None:
    with pytest.raises(RewardInvalid) as refusal:
        read_terms(document)
    assert reason in refusal.value.reason
    assert str(refusal.value).startswith("This cannot be a reward: ")


@pytest.mark.parametrize(
    ("effect", "medium", "cost"),
    [
        ({"kind": "FIXED_AMOUNT", "amount": 500}, CouponMedium.VOUCHER, 500),
        ({"kind": "PERCENTAGE", "percent": 10}, CouponMedium.VOUCHER, 0),
        ({"kind": "FREE_SHIPPING"}, CouponMedium.VOUCHER, 0),
        ({"kind": "FREE_PRODUCT", "scope": {"products": [PRODUCT]}}, CouponMedium.VOUCHER, 0),
        ({"kind": "PRODUCT_DISCOUNT", "amount": 100, "scope": {"products": [PRODUCT]}}, CouponMedium.VOUCHER, 100),
        ({"kind": "GIFT_CARD", "amount": 1000}, CouponMedium.GIFT_CARD, 1000),
        ({"kind": "DRAW_TICKET"}, CouponMedium.NONE, 0),
        ({"kind": "CUSTOM"}, CouponMedium.NONE, 0),
    ],
)
def test_each_kind_has_its_medium_and_its_cost(effect: dict[str, Any], medium: CouponMedium, cost: int) -> None:
    read = read_terms(terms(effect))
    assert (medium_of(read), read.unit_cost) == (medium, cost)
    assert read_terms(terms(effect, cost=7)).unit_cost == 7


@pytest.mark.parametrize(
    ("language", "name"),
    [(None, "Coffee"), ("EN", "Coffee"), ("RU", "Кофе"), ("ru-RU", "Кофе"), ("PT_BR", "Cafezinho"), ("PT", "Coffee")],
)
def test_texts_come_in_the_language_or_as_the_shop_wrote_them(language: str | None, name: str) -> None:
    read = read_terms(
        {
            "effect": {"kind": "CUSTOM"},
            "words": {"name": "Coffee"},
            "translations": {"RU": {"name": "Кофе"}, "PT_BR": {"name": "Cafezinho"}},
        }
    )
    assert read.words_in(language).name == name
