"""One query through a gateway reads Saleor's fields and ours: the real app as a process, and the simulated shop.

The supergraph is composed of the whole reference schema of Saleor and of our own; only the fields asked for here have
to be served by the simulated shop, which stands where a Saleor would.
"""

import asyncio
import os
from asyncio.subprocess import PIPE
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from saleor_crm_app import storefront
from saleor_crm_app.cli.demo_app import Place
from saleor_crm_app.cli.demo_town import Town
from saleor_crm_app.demo import SimulatedShop
from tests.composition.conftest import HERE, with_keys
from tests.composition.shapes import VERSIONS

QUERY = """
query ($channel: String!) {
  products(first: 3, channel: $channel) { edges { node { name loyaltyPoints(channel: $channel) } } }
  me { email loyalty(channel: $channel) { points { available pending } } }
}
"""
OURS_ALONE = "query ($channel: String!) { loyaltyMe(channel: $channel) { points { available pending } } }"
CHANNEL = {"channel": "default-channel"}
EARNED = [
    {"name": "Backpack", "loyaltyPoints": 85},
    {"name": "Desk lamp", "loyaltyPoints": 60},
    {"name": "Mug", "loyaltyPoints": 15},
]


@pytest.fixture(scope="module")
def shop(demo: Town) -> SimulatedShop:
    return demo.street.counter("first").shop


@pytest.fixture(scope="module")
async def gateway(
    reference: Path,
    composition_tools: Path,
    shop: SimulatedShop,
    place: Place,
    tmp_path_factory: pytest.TempPathFactory,
) -> AsyncIterator[httpx.AsyncClient]:
    folder = tmp_path_factory.mktemp("gateway")
    saleor, ours = folder / "saleor.graphql", folder / "ours.graphql"
    saleor.write_text(with_keys((reference / f"schema-{VERSIONS[-1]}.graphql").read_text()))
    ours.write_text(storefront.sdl())
    process = await asyncio.create_subprocess_exec(
        "node",
        *map(str, (HERE / "gateway.js", saleor, ours, shop.api_url, f"{place.app_url}/graphql/")),
        stdin=PIPE,
        stdout=PIPE,
        stderr=PIPE,
        env={name: value for name, value in os.environ.items() if not name.lower().endswith("_proxy")},
    )
    assert process.stdin
    assert process.stdout
    assert process.stderr
    url = (await process.stdout.readline()).decode().strip()
    assert url, (await process.stderr.read()).decode()
    async with httpx.AsyncClient(base_url=url, trust_env=False, timeout=30) as client:
        yield client
    process.stdin.close()
    await process.wait()


async def asked(
    client: httpx.AsyncClient, query: str, *, token: str | None = None, shop: str | None = None, path: str = ""
) -> dict[str, Any]:
    """The data of an answer without errors."""
    headers = ({"Authorization": f"Bearer {token}"} if token else {}) | ({"Saleor-Api-Url": shop} if shop else {})
    answer: dict[str, Any] = (
        await client.post(path, json={"query": query, "variables": CHANNEL}, headers=headers)
    ).json()
    assert "errors" not in answer, answer
    data: dict[str, Any] = answer["data"]
    return data


async def test_a_product_and_a_customer_read_with_what_loyalty_says_of_them(
    gateway: httpx.AsyncClient, demo: Town, shop: SimulatedShop, place: Place
) -> None:
    # given
    anna = demo.street.counter("first").person("anna")
    token = shop.tokens.access(anna)
    async with httpx.AsyncClient(base_url=place.app_url, trust_env=False) as app:
        mine = (await asked(app, OURS_ALONE, token=token, path="/graphql/"))["loyaltyMe"]
    assert mine["points"]["available"] > 0
    # when
    data = await asked(gateway, QUERY, token=token)
    # then
    assert [edge["node"] for edge in data["products"]["edges"]] == EARNED
    assert data["me"] == {"email": anna.email, "loyalty": mine}


async def test_a_guest_is_told_by_the_shop_they_name(gateway: httpx.AsyncClient, shop: SimulatedShop) -> None:
    data = await asked(gateway, QUERY, shop=shop.api_url)
    assert [edge["node"] for edge in data["products"]["edges"]] == EARNED
    assert data["me"] is None


async def test_without_the_callers_headers_there_is_only_what_saleor_says(gateway: httpx.AsyncClient) -> None:
    data = await asked(gateway, QUERY)
    assert [edge["node"] for edge in data["products"]["edges"]] == [
        {"name": one["name"], "loyaltyPoints": None} for one in EARNED
    ]


async def test_a_token_that_is_none_leaves_the_shops_part(gateway: httpx.AsyncClient, shop: SimulatedShop) -> None:
    headers = {"Authorization": "Bearer nonsense", "Saleor-Api-Url": shop.api_url}
    body = {"query": "query ($channel: String!) { products(first: 1, channel: $channel) { edges { node { name "
            "loyaltyPoints(channel: $channel) } } } }", "variables": CHANNEL}  # fmt: skip
    answer = (await gateway.post("", json=body, headers=headers)).json()
    assert answer["data"]["products"]["edges"] == [{"node": {"name": "Backpack", "loyaltyPoints": None}}]
    assert [error["extensions"]["code"] for error in answer["errors"]] == ["UNAUTHENTICATED"]
