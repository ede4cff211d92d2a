"""The how-to's operations are good ones of the storefront API, and the preview's is answered as it says."""

import re
from pathlib import Path

import pytest
from graphql import parse, validate

from saleor_crm_app.storefront.schema import schema
from tests.storefront.market import Market

DOCS = Path(__file__).parents[2] / "docs" / "how-to"
PAGES = ("call-the-storefront-api", "pay-with-points")
OPERATIONS = [
    text for page in PAGES for text in re.findall(r"```graphql\n((?:.*\n)*?)```", (DOCS / f"{page}.md").read_text())
]
OURS = [text for text in OPERATIONS if " order(id:" not in text]
"""One is for a gateway, which knows Saleor's part of the graph too."""


def test_there_are_as_many_as_are_tried() -> None:
    assert (len(OPERATIONS), len(OURS)) == (10, 9)


@pytest.mark.parametrize("text", OURS)
def test_the_operation_fits_the_storefront_api(text: str) -> None:
    assert validate(schema._schema, parse(text)) == []


async def test_the_preview_is_answered(market: Market) -> None:
    await market.give(market.anna, "R-0000-0000-0001")
    [query] = [text for text in OURS if "loyaltyPreview(" in text]
    lines = [market.lamp(2)]
    told = (await market.door.data(query, {"lines": lines, "points": 500}, token=market.shop.token(market.anna)))[
        "loyaltyPreview"
    ]
    assert told["total"] == {
        "subtotal": {"amount": 120.0},
        "discount": {"amount": 5.0},
        "shipping": None,
        "points": {"amount": 5.0},
        "total": {"amount": 110.0, "currency": "USD"},
    }
    assert (told["earns"]["points"], told["spend"]["error"], told["errors"]) == (110, None, [])
