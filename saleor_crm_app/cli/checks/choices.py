"""The settings: those in effect, with secrets masked, and whether they are complete and fit together."""

import re
from collections.abc import Iterator
from urllib.parse import urlsplit

from pydantic import SecretStr

from saleor_crm_app.cli.checks.findings import Finding, failed, ok, warning
from saleor_crm_app.config import Settings

_CHECK = "settings"
_MASK = "***"


def effective(chosen: Settings) -> list[dict[str, str]]:
    """Every setting by its name in the environment, as it is in effect."""
    return [
        {
            "setting": name.upper(),
            "value": _shown(name, getattr(chosen, name)),
            "from": "environment" if name in chosen.model_fields_set else "default",
        }
        for name in Settings.model_fields
    ]


def _shown(name: str, value: object) -> str:
    if value is None or value in {"", ()}:
        return "not set"
    if isinstance(value, SecretStr):
        return _without_password(name, value.get_secret_value()) if name.endswith("_url") else _MASK
    if isinstance(value, tuple):
        return " ".join(_shown(name, one) for one in value)
    return str(value).lower() if isinstance(value, bool) else str(value)


def _without_password(name: str, url: str) -> str:
    """Where it leads to; a mail server's user name may be a secret itself, and so may what follows a question mark."""
    try:
        parts = urlsplit(url)
        host = parts.hostname if parts.port is None else f"{parts.hostname}:{parts.port}"
    except ValueError:
        return _MASK
    user = parts.username if name.startswith("database") and parts.username else _MASK
    return f"{parts.scheme}://{user}:{_MASK}@{host}{parts.path}"


def settings_fit(chosen: Settings) -> list[Finding]:
    """Whether anything is missing or at odds."""
    found = list(_faults(chosen))
    return found or [ok(f"{_CHECK}.complete", "Nothing is missing")]


def _faults(chosen: Settings) -> Iterator[Finding]:
    if chosen.secret_key is None:
        fix = "Set SECRET_KEY to a long random text, such as `openssl rand -base64 32` prints."
        yield failed(f"{_CHECK}.secret-key", "SECRET_KEY is missing: tokens cannot be kept", fix=fix)
    if not chosen.app_api_base_url:
        says = "APP_API_BASE_URL is missing: shops are told whatever address a request names"
        fix = "Set APP_API_BASE_URL to the https address under which Saleor reaches this app."
        yield (warning if chosen.allow_private_hosts else failed)(f"{_CHECK}.base-url", says, fix=fix)
    yield from _admission(chosen)
    if chosen.allow_private_hosts and (chosen.app_api_base_url or "").startswith("https://"):
        says = "ALLOW_PRIVATE_HOSTS is on: addresses inside the network are called too"
        yield warning(f"{_CHECK}.private-hosts", says, fix="Unset ALLOW_PRIVATE_HOSTS; it is for development.")


def _admission(chosen: Settings) -> Iterator[Finding]:
    pattern = chosen.allowed_domain_pattern
    try:
        re.compile(pattern)
    except re.error as error:
        fix = r"Write ALLOWED_DOMAIN_PATTERN as a regular expression of host names, such as `shop\.example`."
        yield failed(f"{_CHECK}.admission", f"ALLOWED_DOMAIN_PATTERN is no regular expression: {error}", fix=fix)
    open_door = chosen.setup_code is not None and chosen.setup_code.get_secret_value() == "off"
    if open_door and pattern == Settings.model_fields["allowed_domain_pattern"].default:
        fix = "Unset SETUP_CODE, or name the shops' hosts in ALLOWED_DOMAIN_PATTERN."
        yield warning(f"{_CHECK}.admission", "SETUP_CODE is off: any shop in the world may install", fix=fix)
