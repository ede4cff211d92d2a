"""The manifest is what the definitions say, in the form the shop's version understands."""

import json
import tomllib
from pathlib import Path
from typing import Any

import httpx
import pytest
from graphql import GraphQLEnumType, parse, validate
from uvicorn.middleware.proxy_headers import ProxyHeadersMiddleware

from saleor_crm_app.installation.manifest import build_manifest
from saleor_crm_app.kernel.db import Database
from saleor_crm_app.saleor.documents import document
from saleor_crm_app.webhooks import WEBHOOKS
from tests.demo.reference import full_schema, needs_reference
from tests.installation.conftest import App

ROOT = Path(__file__).parents[2]
VERSION = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]["version"]


@pytest.fixture
def app() -> App:
    """None of this asks the database."""
    return App(Database("postgresql://nobody:x@127.0.0.1:1/nothing"))


def built(version: str) -> dict[str, Any]:
    return build_manifest("https://crm.example", version, app_id="saleor.crm", setup=None)


async def fetched(app: App, path: str, version: str | None = "3.23") -> httpx.Response:
    async with app.client() as client:
        return await client.get(path, headers={"Saleor-Schema-Version": version} if version else {})


async def test_serves_the_fixed_part_and_the_definitions(app: App) -> None:
    # when
    response = await fetched(app, "/api/manifest?setup=open-sesame")
    # then
    assert response.status_code == 200
    assert response.json() == {
        "id": "saleor.crm",
        "version": VERSION,
        **json.loads((ROOT / "manifest.json").read_text()),
        "tokenTargetUrl": "https://crm.example/api/register?setup=open-sesame",
        "webhooks": [
            {
                "name": webhook.name,
                "identifier": webhook.identifier,
                "targetUrl": "https://crm.example/api/webhooks/saleor",
                "asyncEvents": list(webhook.events),
                "query": document(webhook.document, "3.23"),
                "isActive": True,
            }
            for webhook in WEBHOOKS
        ],
    }


def test_asks_for_what_saleor_accepts() -> None:
    # the bounds of Saleor's own columns
    manifest = built("3.23")
    assert manifest["permissions"] == ["MANAGE_ORDERS", "MANAGE_USERS", "MANAGE_DISCOUNTS", "MANAGE_GIFT_CARD"]
    assert manifest["requiredSaleorVersion"] == ">=3.21 <4"
    assert all(len(manifest[name]) <= 60 for name in ("name", "version", "author"))
    assert len({webhook["identifier"] for webhook in manifest["webhooks"]}) == len(WEBHOOKS)


@pytest.mark.parametrize(
    ("version", "deletions"), [("3.21", False), ("3.22", False), ("3.23", True), ("3.24", True), (None, True)]
)
async def test_subscribes_to_what_the_version_can_send(
    app: App,
    version: str | None,
    deletions: bool,
) -> None:
    manifest = (await fetched(app, "/api/manifest?setup=open-sesame", version)).json()
    events = [event for webhook in manifest["webhooks"] for event in webhook["asyncEvents"]]
    assert ("CUSTOMER_DELETED" in events) is deletions
    assert ("CustomerDeleted" in manifest["webhooks"][1]["query"]) is deletions


@needs_reference
@pytest.mark.parametrize("version", ["3.21", "3.22", "3.23"])
def test_every_query_fits_the_whole_schema_of_its_version(version: str) -> None:
    whole = full_schema(version)
    manifest = built(version)
    known = whole.type_map["WebhookEventTypeAsyncEnum"]
    assert isinstance(known, GraphQLEnumType)
    for webhook in manifest["webhooks"]:
        assert validate(whole, parse(webhook["query"])) == []
        assert set(webhook["asyncEvents"]) <= set(known.values)


@pytest.mark.parametrize("version", ["3.20", "3.2", "2.11"])
async def test_an_older_shop_is_told_what_it_needs(app: App, version: str) -> None:
    response = await fetched(app, "/api/manifest?setup=open-sesame", version)
    assert (response.status_code, response.json()) == (
        400,
        {"error": {"message": f"Saleor {version} is too old; this app needs 3.21 or later"}},
    )


async def test_a_version_that_is_none_is_refused(app: App) -> None:
    response = await fetched(app, "/api/manifest?setup=open-sesame", "newest")
    assert (response.status_code, response.json()["error"]["message"]) == (400, "'newest' is not a version of Saleor")


@pytest.mark.parametrize(
    "path", ["/api/manifest", "/api/manifest?setup=", "/api/manifest?setup=open", "/api/manifest?x"]
)
async def test_without_the_code_there_is_no_manifest(app: App, path: str) -> None:
    assert (await fetched(app, path)).status_code == 404


async def test_an_opened_installation_asks_for_no_code(app: App) -> None:
    response = await fetched(App(app.database, setup_code="off"), "/api/manifest")
    assert response.json()["tokenTargetUrl"] == "https://crm.example/api/register"


async def target(app: App, *, believed: str = "", host: str = "crm.example:8000") -> str:
    """The address in the manifest where none is configured, through a server that believes these peers."""
    own = App(app.database, app_api_base_url=None).asgi()
    served = ProxyHeadersMiddleware(own, trusted_hosts=believed)  # type: ignore[arg-type] # ASGI, said otherwise
    transport = httpx.ASGITransport(served, client=("10.0.0.9", 5000))  # type: ignore[arg-type] # likewise
    async with httpx.AsyncClient(transport=transport, base_url="http://inner") as client:
        headers = {"Host": host, "X-Forwarded-Proto": "https"}
        response = await client.get("/api/manifest?setup=open-sesame", headers=headers)
    content: dict[str, str] = response.json()
    return content.get("tokenTargetUrl", str(response.status_code)).partition("?")[0]


async def test_the_address_is_the_one_the_shop_used(app: App) -> None:
    assert await target(app) == "http://crm.example:8000/api/register"
    assert await target(app, believed="10.0.0.9") == "https://crm.example:8000/api/register"
    assert await target(app, believed="10.0.0.8") == "http://crm.example:8000/api/register"
    assert await target(app, host="[::1]:8000") == "http://[::1]:8000/api/register"


@pytest.mark.parametrize("host", ["", "a b", "crm.example/x", "crm.example?x", "user@crm.example", "crm.example:port"])
async def test_a_host_that_is_none_gets_no_manifest(app: App, host: str) -> None:
    assert await target(app, host=host) == "400"
