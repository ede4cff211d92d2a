"""One fault of a shop at a time, made for real: what `doctor` says of it, and what its fix names."""

from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime

import pytest
import sqlalchemy as sa
from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from saleor_crm_app.cli.checks.findings import Finding
from saleor_crm_app.demo import SimulatedShop, serving
from saleor_crm_app.demo.apps import App
from saleor_crm_app.demo.permissions import Permission
from saleor_crm_app.demo.shop import JwksMood
from saleor_crm_app.demo.signing import SigningKey
from saleor_crm_app.kernel.db import Database
from saleor_crm_app.saleor.secrets import Vault
from tests.conftest import Addresses, MakeInstallation
from tests.journeys.conftest import SECRET, RunningApp, running
from tests.operations.faults import answering, faults
from tests.reliability.signer import shop as signing_shop

Scene = tuple[RunningApp, SimulatedShop]


@pytest.fixture
async def scene(addresses: Addresses, shop_key: SigningKey) -> AsyncIterator[Scene]:
    """A shop that has installed the app."""
    async with running(addresses) as app, serving(SimulatedShop(seed=1, key=shop_key)) as shop:
        await shop.apps.install(app.manifest_url)
        yield app, shop


def our_app(shop: SimulatedShop) -> App:
    [ours] = [app for app in shop.state.apps.values() if app.identifier == "saleor.crm"]
    return ours


async def of_shop(addresses: Addresses, app: RunningApp, **settings: object) -> dict[str, Finding]:
    return await faults(addresses.app, "shop", **({"app_api_base_url": app.url} | settings))


async def test_what_a_shop_has_changed_is_named(addresses: Addresses, scene: Scene) -> None:
    app, shop = scene
    ours = our_app(shop)
    assert await of_shop(addresses, app) == {}
    shop.apps.allow(ours, {Permission.MANAGE_ORDERS})
    ours.webhooks[0].is_active = False
    ours.webhooks.pop()
    found = await of_shop(addresses, app)
    assert {name: finding.says for name, finding in found.items()} == {
        "shop.permissions": "MANAGE_DISCOUNTS, MANAGE_GIFT_CARD, MANAGE_USERS are not granted",
        "shop.webhooks": f"Its webhooks are not those of this version: update {ours.webhooks[0].name!r},"
        " create 'This app'",
    }
    assert {finding.about for finding in found.values()} == {shop.api_url}


async def test_a_token_that_opens_nothing_any_more_is_named(addresses: Addresses, scene: Scene) -> None:
    app, shop = scene
    ours = our_app(shop)
    ours.token = "y" * 30
    found = await of_shop(addresses, app)
    assert list(found) == ["shop.token"]
    assert "Install the app in that shop once more" in found["shop.token"].fix


async def test_a_token_sealed_under_a_lost_key_is_named(addresses: Addresses, scene: Scene) -> None:
    app, _ = scene
    found = await of_shop(addresses, app, secret_key="another long and random key")
    assert list(found) == ["shop.token"]
    assert "SECRET_KEY_FALLBACKS" in found["shop.token"].fix


@pytest.mark.parametrize(("mood", "fix"), [(JwksMood.HTML, "RSA_PRIVATE_KEY"), (JwksMood.ERROR, "RSA_PRIVATE_KEY")])
async def test_keys_that_cannot_be_fetched_are_named(
    addresses: Addresses, scene: Scene, mood: JwksMood, fix: str
) -> None:
    app, shop = scene
    shop.jwks_mood = mood
    found = await of_shop(addresses, app)
    assert list(found) == ["shop.keys"]
    assert fix in found["shop.keys"].fix


async def test_a_shop_that_calls_itself_localhost_is_told_of_public_url(
    addresses: Addresses, database: Database, make_installation: MakeInstallation
) -> None:
    await installed_at("http://localhost:8000/graphql/", make_installation, database)
    found = await faults(addresses.app, "shop", allow_private_hosts=False)
    assert "http://localhost:8000/graphql/ is what the shop calls itself" in found["shop.reachable"].says
    assert "PUBLIC_URL" in found["shop.reachable"].fix


async def test_a_shop_that_is_away_is_named(
    addresses: Addresses, database: Database, make_installation: MakeInstallation
) -> None:
    await installed_at("http://127.0.0.2:9/graphql/", make_installation, database)
    found = await faults(addresses.app, "shop")
    assert {name: finding.says for name, finding in found.items()} == {
        "shop.reachable": "Its API is not reached: The connection failed: ConnectError",
        "shop.keys": "Its keys cannot be fetched: The connection failed: ConnectError",
    }


async def test_a_paused_shop_is_not_called(addresses: Addresses, make_installation: MakeInstallation) -> None:
    await make_installation(state="PAUSED", paused_reason="the shop has uninstalled the app")
    found = await faults(addresses.app, "shop")
    assert {name: finding.says for name, finding in found.items()} == {
        "shop.state": "It is paused: the shop has uninstalled the app"
    }


@pytest.mark.parametrize(("ahead", "expected"), [(timedelta(0), []), (timedelta(minutes=-5), ["shop.clock"])])
async def test_a_shop_whose_clock_is_wrong_is_named(
    addresses: Addresses,
    database: Database,
    make_installation: MakeInstallation,
    ahead: timedelta,
    expected: list[str],
) -> None:
    def keys(_request: Request) -> Response:
        told = format_datetime((datetime.now(UTC) + ahead).replace(microsecond=0), usegmt=True)
        return JSONResponse(signing_shop().jwks, headers={"Date": told})

    async with answering(keys, date_header=False) as url:
        await installed_at(f"{url}/graphql/", make_installation, database)
        found = await faults(addresses.app, "shop")
    assert [name for name in found if name == "shop.clock"] == expected


async def installed_at(api_url: str, make_installation: MakeInstallation, database: Database) -> None:
    shop = await make_installation(api_url=api_url, saleor_version="3.23.1")
    token = Vault([SECRET]).seal("x" * 30, installation=shop, column="token")
    async with database.shop(shop) as session:
        await session.execute(sa.text("UPDATE installation SET token = :token"), {"token": token})
