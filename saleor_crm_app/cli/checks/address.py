"""Our own address as the outside has it: https, reachable, called by Saleor, and serving our manifest."""

import ssl
from collections.abc import Sequence
from typing import Any, Final
from urllib.parse import urlencode, urlsplit

import httpx
import msgspec

from saleor_crm_app.cli.checks.findings import Finding, failed, ok, warning
from saleor_crm_app.config import Settings
from saleor_crm_app.installation.manifest import build_manifest
from saleor_crm_app.installation.setup_code import setup_code
from saleor_crm_app.saleor.addresses import is_public
from saleor_crm_app.saleor.documents import versions_known
from saleor_crm_app.saleor.http import CallFailed, CallPolicy, Redirected, resolve, shop_client

SLOW_FIX: Final = "Check that the proxy before the app passes requests on, and that the firewall lets them in."
_OURS: Final = CallPolicy(allow_private=True)
"""Our own address may well be inside from here."""


async def is_https(chosen: Settings, base: str) -> Sequence[Finding]:
    """Whether Saleor's tokens and deliveries travel encrypted."""
    if base.startswith("https://"):
        return [ok("address.https", f"{base} is https")]
    fix = "Put a proxy with a certificate before the app, and name its https address in APP_API_BASE_URL."
    says = f"{base} is not https"
    return [(warning if chosen.allow_private_hosts else failed)("address.https", says, fix=fix)]


async def is_called_by_saleor(chosen: Settings, base: str) -> Sequence[Finding]:
    """Whether Saleor's filter of addresses lets it call us: it calls public ones only, unless told otherwise."""
    parts = urlsplit(base)
    try:
        addresses = await resolve(parts.hostname or "", parts.port or 443)
    except (OSError, UnicodeError):
        fix = "Correct APP_API_BASE_URL, or make a DNS entry for its host."
        return [failed("address.public", f"{parts.hostname} has no address", fix=fix)]
    inner = [address for address in addresses if not is_public(address)]
    if not inner:
        return [ok("address.public", f"{parts.hostname} is at {', '.join(addresses)}")]
    fix = (
        "Let the name lead to a public address, or set HTTP_IP_FILTER_ENABLED=false in Saleor"
        " (for loopback HTTP_IP_FILTER_ALLOW_LOOPBACK_IPS=true)."
    )
    says = f"{parts.hostname} is at {', '.join(inner)} as seen from here, and Saleor calls no inner address"
    return [(warning if chosen.allow_private_hosts else failed)("address.public", says, fix=fix)]


async def is_reached(base: str) -> Sequence[Finding]:
    """Whether this app, and nothing else, answers there."""
    try:
        async with shop_client(base, _OURS) as client:
            answer = await client.get(f"{base}/health/live")
    except CallFailed as trouble:
        return [_unreached(base, trouble)]
    if answer.status_code == httpx.codes.OK and answer.content == b'{"status":"alive"}':
        return [ok("address.reachable", f"The app answers at {base}")]
    says = f"{base}/health/live answers {answer.status_code}, and not as this app would"
    fix = "Let the proxy pass every path to the app unchanged, and start the app if it does not run."
    return [failed("address.reachable", says, fix=fix)]


def _unreached(base: str, trouble: CallFailed) -> Finding:
    if isinstance(trouble, Redirected):
        fix = "Set APP_API_BASE_URL to the address it redirects to: Saleor follows no redirects."
        return failed("address.reachable", f"{base} redirects", fix=fix)
    if certificate := _certificate_fault(trouble):
        fix = "Give the proxy a certificate of a public authority, for this very name, with its whole chain."
        return failed("address.reachable", f"The certificate of {base} is refused: {certificate}", fix=fix)
    fix = f"Start the app and its proxy; then `curl {base}/health/live` must answer from where Saleor runs."
    return failed("address.reachable", f"{base} is not reached from here: {trouble}", fix=fix)


def _certificate_fault(error: BaseException | None) -> str | None:
    while error is not None:
        if isinstance(error, ssl.SSLCertVerificationError):
            return error.verify_message
        error = error.__cause__ or error.__context__
    return None


async def serves_our_manifest(chosen: Settings, base: str) -> Sequence[Finding]:
    """Whether what shops are given there is what this version, with these settings, would give them."""
    if chosen.secret_key is None and chosen.setup_code is None:
        return []
    code = setup_code(chosen)
    url = f"{base}/api/manifest" + (f"?{urlencode({'setup': code})}" if code else "")
    differing: set[str] = set()
    try:
        async with shop_client(base, _OURS) as client:
            for version in map(str, versions_known()):
                answer = await client.get(url, headers={"Saleor-Schema-Version": version})
                wanted = build_manifest(base, version, app_id=chosen.manifest_app_id, setup=code)
                differing |= _differences(answer, wanted)
    except CallFailed:
        return []  # said by the check that it is reached
    if not differing:
        return [ok("address.manifest", "The manifest there is the one of this version and these settings")]
    says = f"The manifest at {base}/api/manifest differs: {', '.join(sorted(differing))}"
    fix = "Restart `saleor-crm serve` with this version and these settings, and let nothing in between cache it."
    return [failed("address.manifest", says, fix=fix)]


def _differences(answer: httpx.Response, wanted: dict[str, Any]) -> set[str]:
    if answer.status_code != httpx.codes.OK:
        return {f"it answers {answer.status_code}"}
    try:
        served = msgspec.json.decode(answer.content, type=dict[str, Any])
    except (msgspec.DecodeError, UnicodeDecodeError):
        return {"it is no JSON"}
    return {key for key in {*served, *wanted} if served.get(key) != wanted.get(key)}
