"""One shop: whether it is reached, knows our token, lets us do our work, and tells us what happens there."""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from typing import Any, Final
from urllib.parse import urlsplit

import msgspec

from saleor_crm_app.cli.checks.findings import Finding, failed, ok, skipped, warning
from saleor_crm_app.installation.manifest import wanted_webhooks
from saleor_crm_app.installation.sync import changes
from saleor_crm_app.kernel.resources import data_path
from saleor_crm_app.saleor.app_webhooks import OwnApp, own_app
from saleor_crm_app.saleor.client import PermissionDenied, SaleorClient, ShopAccess, ShopGraphQLError
from saleor_crm_app.saleor.clients import TOKEN_COLUMN
from saleor_crm_app.saleor.http import CallFailed, CallPolicy, ForbiddenAddress, callable_url, shop_client
from saleor_crm_app.saleor.installations import Installation, InstallationState
from saleor_crm_app.saleor.jwks import fetch_jwks
from saleor_crm_app.saleor.keys import UnusableKeys
from saleor_crm_app.saleor.secrets import CannotOpen, Vault

SLOW_FIX: Final = "Look whether the shop's API is slow or overloaded; calls to it are given up likewise."
MOST_SKEW: Final = timedelta(seconds=30)
"""What we allow between a token's clock and ours."""

_REINSTALL: Final = "Install the app in that shop once more; nothing is lost by it."


async def is_ours(shop: Installation, vault: Vault, policy: CallPolicy, base: str | None) -> Sequence[Finding]:
    """Token, permissions and webhooks, as the shop itself has them."""
    if shop.state is InstallationState.PAUSED:
        return [_paused(shop)]
    try:
        token = vault.open(shop.token, installation=shop.id, column=TOKEN_COLUMN)
    except CannotOpen as refusal:
        fix = "Put the key that was in use before into SECRET_KEY_FALLBACKS, then run `saleor-crm keys rotate`."
        return [failed("shop.token", str(refusal), fix=fix, about=shop.api_url)]
    access = ShopAccess(api_url=shop.api_url, token=token, saleor_version=shop.saleor_version)
    try:
        async with SaleorClient(access, policy) as client:
            own = await own_app(client)
    except PermissionDenied as refusal:
        return [
            failed("shop.token", f"The shop does not know our token: {refusal}", fix=_REINSTALL, about=shop.api_url)
        ]
    except ShopGraphQLError as refusal:
        fix = "Look in the Saleor's log; if it is older than 3.21, upgrade it."
        return [failed("shop.reachable", str(refusal), fix=fix, about=shop.api_url)]
    except CallFailed as trouble:
        return [_unreached(shop, trouble)]
    return [*_identity(shop, own), _permissions(shop, own), *_webhooks(shop, own, base)]


def _paused(shop: Installation) -> Finding:
    says = f"It is paused: {shop.paused_reason or 'no reason is known'}"
    fix = f"Switch the app on in the shop's Dashboard, or run `saleor-crm installations resume {shop.id}`."
    return warning("shop.state", says, fix=fix, about=shop.api_url)


def _unreached(shop: Installation, trouble: CallFailed) -> Finding:
    host = urlsplit(shop.api_url).hostname
    if isinstance(trouble, ForbiddenAddress) or host in {"localhost", "127.0.0.1"}:
        says = f"{trouble}: {shop.api_url} is what the shop calls itself"
        fix = (
            "Set PUBLIC_URL to the shop's https address on Saleor's API and its workers, then install the app again;"
            " for a shop inside your own network set ALLOW_PRIVATE_HOSTS=true here."
        )
        return failed("shop.reachable", says, fix=fix, about=shop.api_url)
    fix = "Start the shop, or let its firewall admit this machine; until then its deliveries and jobs wait."
    return failed("shop.reachable", f"Its API is not reached: {trouble}", fix=fix, about=shop.api_url)


def _identity(shop: Installation, own: OwnApp) -> Iterator[Finding]:
    yield ok("shop.reachable", f"Saleor {own.saleor_version} answers", about=shop.api_url)
    if own.app_id != shop.app_id:
        says = f"The token belongs to {own.app_id}, and deliveries are expected for {shop.app_id}"
        yield failed("shop.token", says, fix=_REINSTALL, about=shop.api_url)
    elif not own.is_active:
        fix = "Switch the app on in the shop's Dashboard, under Extensions."
        yield failed("shop.token", "The app is switched off there", fix=fix, about=shop.api_url)
    else:
        yield ok("shop.token", "It knows our token", about=shop.api_url)


def _permissions(shop: Installation, own: OwnApp) -> Finding:
    asked = msgspec.json.decode(data_path("manifest.json").read_bytes(), type=dict[str, Any])["permissions"]
    lacking = sorted(set(asked) - own.permissions)
    if not lacking:
        return ok("shop.permissions", f"{', '.join(asked)} are granted", about=shop.api_url)
    fix = "Grant them in the shop's Dashboard, in the app's settings under Extensions."
    return failed("shop.permissions", f"{', '.join(lacking)} are not granted", fix=fix, about=shop.api_url)


def _webhooks(shop: Installation, own: OwnApp, base: str | None) -> Iterator[Finding]:
    if base is None:
        yield skipped("shop.webhooks", "Not compared: APP_API_BASE_URL is not set", about=shop.api_url)
        return
    todo = [
        f"{change.act} {change.name!r}" for change in changes(wanted_webhooks(base, own.saleor_version), own.webhooks)
    ]
    if not todo:
        yield ok("shop.webhooks", f"Its {len(own.webhooks)} webhooks are ours and active", about=shop.api_url)
        return
    fix = "Run `saleor-crm work` with APP_API_BASE_URL set: it brings them up to date at its start and every hour."
    says = f"Its webhooks are not those of this version: {', '.join(todo)}"
    yield failed("shop.webhooks", says, fix=fix, about=shop.api_url)


async def shows_keys(shop: Installation, policy: CallPolicy) -> Sequence[Finding]:
    """Whether the keys that prove its deliveries can be fetched, and whether its clock and ours agree."""
    if shop.state is InstallationState.PAUSED:
        return []
    try:
        jwks = await fetch_jwks(shop.api_url, policy)
        skew = await _skew(shop, policy)
    except UnusableKeys as refusal:
        fix = "Set RSA_PRIVATE_KEY in Saleor, and let its proxy pass /.well-known/jwks.json on."
        return [failed("shop.keys", str(refusal), fix=fix, about=shop.api_url)]
    except CallFailed as trouble:
        fix = "Let the shop's proxy pass /.well-known/jwks.json on: deliveries cannot be proved without."
        return [failed("shop.keys", f"Its keys cannot be fetched: {trouble}", fix=fix, about=shop.api_url)]
    return [ok("shop.keys", f"It shows {len(jwks['keys'])} key(s)", about=shop.api_url), _of_clock(shop, skew)]


async def _skew(shop: Installation, policy: CallPolicy) -> timedelta | None:
    """How far its clock is before ours, told in whole seconds; None where it tells no time."""
    url = str(callable_url(shop.api_url, policy).join("/.well-known/jwks.json"))
    async with shop_client(url, replace(policy, total_seconds=5.0)) as client:
        answer = await client.get(url)
    try:
        return parsedate_to_datetime(answer.headers.get("date", "")) - datetime.now(UTC)
    except (ValueError, TypeError):
        return None


def _of_clock(shop: Installation, skew: timedelta | None) -> Finding:
    if skew is None:
        return skipped("shop.clock", "It tells no time", about=shop.api_url)
    says = f"Its clock and ours are {abs(skew.total_seconds()):.0f} seconds apart"
    if abs(skew) <= MOST_SKEW:
        return ok("shop.clock", says, about=shop.api_url)
    fix = "Let both machines take their time from NTP: tokens are refused by it."
    return failed("shop.clock", says, fix=fix, about=shop.api_url)
