"""A shop installs the app: proof first, then one row, kept over every re-installation."""

import asyncio
from datetime import UTC, datetime, timedelta

import pytest
import sqlalchemy as sa

from saleor_crm_app.config import SettingsError
from saleor_crm_app.kernel.db import Database
from saleor_crm_app.kernel.ids import InstallationId
from saleor_crm_app.saleor.http import CallPolicy
from saleor_crm_app.saleor.keys import usable_jwks
from tests.installation.conftest import TOKEN, App, Shop
from tests.reliability.signer import Signer
from tests.saleor.loopback import loopback

NEW_TOKEN = "N3wer" * 6


async def test_a_proven_shop_is_kept_with_its_keys_and_a_sealed_token(app: App, shop: Shop, signer: Signer) -> None:
    # when
    before = datetime.now(UTC)
    assert await app.register(shop.api_url) == (200, "")
    # then
    [row] = await app.rows()
    installation = InstallationId(row["id"])  # type: ignore[arg-type] # a UUID column
    sealed = row["token"]
    assert isinstance(sealed, bytes)
    assert app.vault.open(sealed, installation=installation, column="token") == TOKEN
    assert TOKEN.encode() not in sealed
    assert {name: row[name] for name in ("api_url", "app_id", "shop_name", "saleor_version", "state")} == {
        "api_url": shop.api_url,
        "app_id": "QXBwOjE=",
        "shop_name": "Shop",
        "saleor_version": "3.23.28",
        "state": "ACTIVE",
    }
    assert row["jwks"] == usable_jwks(signer.jwks)
    times = [row[name] for name in ("installed_at", "registered_at", "jwks_fetched_at", "jwks_tried_at")]
    assert all(isinstance(one, datetime) and abs(one - before) < timedelta(seconds=60) for one in times)


async def test_the_shop_is_asked_with_the_token_and_then_for_its_keys(app: App, shop: Shop) -> None:
    await app.register(shop.api_url)
    assert [(one.method, one.path) for one in shop.server.requests] == [
        ("POST", "/graphql/"),
        ("GET", "/.well-known/jwks.json"),
    ]
    proof, keys = shop.server.requests
    assert proof.headers["authorization"] == f"Bearer {TOKEN}"
    assert "authorization" not in keys.headers


async def test_a_re_installation_keeps_the_row_and_what_hangs_on_it(app: App, shop: Shop, database: Database) -> None:
    # given: installed, paused, with settings of its own
    await app.register(shop.api_url)
    [old] = await app.rows()
    async with database.shop(InstallationId(old["id"])) as session:  # type: ignore[arg-type] # a UUID column
        await session.execute(
            sa.text(
                "UPDATE installation SET state = 'PAUSED', paused_reason = 'uninstalled',"
                " storefront_origins = ARRAY['https://shop.example'], installed_at = '2025-01-01'"
            )
        )
    # when
    shop.apps = {NEW_TOKEN: ("QXBwOjI=", "saleor.crm")}
    assert await app.register(shop.api_url, NEW_TOKEN) == (200, "")
    # then
    [new] = await app.rows()
    kept = ("id", "api_url", "storefront_origins", "sandbox", "clock_offset")
    assert {name: new[name] for name in kept} == {name: old[name] for name in kept} | {
        "storefront_origins": ["https://shop.example"]
    }
    assert (new["app_id"], new["state"], new["paused_reason"]) == ("QXBwOjI=", "ACTIVE", None)
    assert new["installed_at"] == datetime(2025, 1, 1, tzinfo=UTC)
    sealed = new["token"]
    assert isinstance(sealed, bytes)
    assert app.vault.open(sealed, installation=InstallationId(new["id"]), column="token") == NEW_TOKEN  # type: ignore[arg-type]


async def test_this_process_knows_the_new_app_at_once(app: App, shop: Shop) -> None:
    await app.register(shop.api_url)
    known = await app.directory.by_api_url(shop.api_url)
    shop.apps = {NEW_TOKEN: ("QXBwOjI=", "saleor.crm")}
    await app.register(shop.api_url, NEW_TOKEN)
    again = await app.directory.by_api_url(shop.api_url)
    assert known is not None
    assert again is not None
    assert (known.id, known.app_id, again.id, again.app_id) == (again.id, "QXBwOjE=", known.id, "QXBwOjI=")


async def test_the_same_shop_registering_many_times_at_once_is_one_shop(app: App, shop: Shop) -> None:
    answers = await asyncio.gather(*(app.register(shop.api_url) for _ in range(8)))
    assert {status for status, _ in answers} <= {200, 503}
    assert (200, "") in answers
    assert len(await app.rows()) == 1


async def test_two_shops_are_two_installations(app: App, shop: Shop) -> None:
    async with loopback(shop.answer) as other:
        assert await app.register(shop.api_url) == (200, "")
        assert await app.register(other.api_url) == (200, "")
    rows = await app.rows()
    assert len({row["id"] for row in rows}) == 2
    assert rows[0]["token"] != rows[1]["token"]


REFUSED_BODIES = [
    (b"", 400),
    (b"{}", 400),
    (b"[]", 400),
    (b"{", 400),
    (b'{"auth_token": null}', 400),
    (b'{"auth_token": 7}', 400),
    (b'{"auth_token": ""}', 400),
    (b'{"auth_token": "a\\nb"}', 400),
    (b'{"auth_token": "' + b"x" * 2001 + b'"}', 400),
    (b'{"auth_token": "\xff"}', 400),
    (b"[" * 7000, 400),
    (b'{"auth_token": "' + TOKEN.encode() + b'", "pad": "' + b"x" * 8000 + b'"}', 413),
    (b"x" * 1_000_000, 413),
]


async def test_a_body_that_is_no_handshake_is_refused_and_nothing_is_called_or_kept(app: App, shop: Shop) -> None:
    for content, status in REFUSED_BODIES:
        assert (content[:40], (await app.register(shop.api_url, content=content))[0]) == (content[:40], status)
    assert (shop.server.connections, await app.rows()) == (0, [])


async def test_an_address_that_is_no_api_is_refused_and_nothing_is_called_or_kept(app: App, shop: Shop) -> None:
    origin = shop.server.origin
    for api_url, status in (
        (None, 400),
        ("", 400),
        (origin, 400),
        (f"{origin}/graphql", 400),
        (f"{origin}/graphql/?x=1", 400),
        (f"{origin}/graphql/#x", 400),
        (f"{origin}/{'x' * 2000}/graphql/", 400),
        (f"{origin}/?x=/graphql/", 400),
        (f"{origin}/#/graphql/", 400),
        ("shop.example/graphql/", 403),
        ("https://shop.example:99999999/graphql/", 403),
        ("ftp://127.0.0.1/graphql/", 403),
        ("file:///graphql/", 403),
        (f"http://user:password@127.0.0.1:{shop.server.port}/graphql/", 403),
        ("https:///graphql/", 403),
    ):
        assert (api_url, (await app.register(api_url))[0]) == (api_url, status)
    assert (shop.server.connections, await app.rows()) == (0, [])


async def test_outside_development_inner_addresses_are_forbidden(app: App, shop: Shop) -> None:
    guarded = App(app.database, policy=CallPolicy(resolver=inner))
    for api_url in (
        shop.api_url,
        shop.api_url.replace("http://", "https://"),
        f"https://localhost:{shop.server.port}/graphql/",
        f"https://[::1]:{shop.server.port}/graphql/",
        "https://169.254.169.254/latest/graphql/",
        "https://metadata.example/graphql/",
    ):
        status, sentence = await guarded.register(api_url)
        assert (api_url, status) == (api_url, 403)
        assert sentence
    assert (shop.server.connections, await app.rows()) == (0, [])


async def inner(_host: str, _port: int) -> list[str]:
    return ["10.0.0.1"]


@pytest.mark.parametrize(
    ("pattern", "status"),
    [
        (r"127\.0\.0\.1", 200),
        (r".*\.saleor\.cloud|127\..*", 200),
        (r".*\.saleor\.cloud", 403),
        (r"127", 403),
        (r"0\.0\.1", 403),
    ],
)
async def test_only_hosts_that_the_operator_admits_wholly_may_install(
    app: App, shop: Shop, pattern: str, status: int
) -> None:
    assert (await App(app.database, allowed_domain_pattern=pattern).register(shop.api_url))[0] == status
    assert len(await app.rows()) == (1 if status == 200 else 0)
    assert (shop.server.connections > 0) is (status == 200)


@pytest.mark.parametrize("query", ["", "?setup=", "?setup=wrong", "?setup=open-sesame-2", "?Setup=open-sesame"])
async def test_without_the_code_there_is_no_such_route(app: App, shop: Shop, query: str) -> None:
    assert (await app.register(shop.api_url, path=f"/api/register{query}"))[0] == 404
    assert (shop.server.connections, await app.rows()) == (0, [])


async def test_an_opened_installation_asks_for_no_code(app: App, shop: Shop) -> None:
    opened = App(app.database, setup_code="off")
    assert await opened.register(shop.api_url, path="/api/register") == (200, "")


async def test_a_shop_that_is_too_old_is_refused(app: App, shop: Shop) -> None:
    shop.version = "3.20.99"
    status, sentence = await app.register(shop.api_url)
    assert (status, sentence) == (400, "Saleor 3.20 is too old; this app needs 3.21 or later")
    assert await app.rows() == []


async def test_a_database_that_cannot_keep_it_means_later(shop: Shop) -> None:
    app = App(Database("postgresql://nobody:x@127.0.0.1:1/nothing"))
    assert (await app.register(shop.api_url))[0] == 503


async def test_a_pattern_that_is_none_is_named_at_start(app: App) -> None:
    with pytest.raises(SettingsError, match="ALLOWED_DOMAIN_PATTERN"):
        App(app.database, allowed_domain_pattern="(").asgi()
