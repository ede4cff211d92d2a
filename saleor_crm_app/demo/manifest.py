"""Reading an app's manifest as strictly as Saleor does."""

import re
from typing import Annotated, Any

from graphql import DocumentNode
from pydantic import BaseModel, ConfigDict, Field, StringConstraints, ValidationError
from pydantic.alias_generators import to_camel

from saleor_crm_app.demo.errors import InstallFailed, ShopRefusal
from saleor_crm_app.demo.events import EventType
from saleor_crm_app.demo.permissions import Permission
from saleor_crm_app.demo.subscriptions import read_subscription
from saleor_crm_app.demo.versions import SaleorVersion

ShortText = Annotated[str, StringConstraints(min_length=1, max_length=60)]
Identifier = Annotated[str, StringConstraints(min_length=1, max_length=256)]
Url = Annotated[str, StringConstraints(pattern=r"^https?://[^\s/]+", max_length=200)]
TargetUrl = Annotated[str, StringConstraints(pattern=r"^(https?|awssqs|gcpubsub)://", max_length=255)]
HeaderValue = Annotated[str, StringConstraints(max_length=998)]
_HEADER_NAME = re.compile(r"^(X-.*|Authorization.*|BrokerProperties)$", re.IGNORECASE)
_COMPARATOR = re.compile(r"^(>=|<=|>|<|=|\^|~)?(\d+)(?:\.(\d+))?(?:\.(\d+))?$")
Release = tuple[int, int, int]


class _Part(BaseModel):
    """Keys are camelCase, unknown ones are ignored."""

    model_config = ConfigDict(alias_generator=to_camel, extra="ignore", frozen=True)


class ManifestWebhook(_Part):
    name: str
    target_url: TargetUrl
    query: str
    async_events: list[str] = []
    sync_events: list[str] = []
    is_active: bool = True
    custom_headers: dict[str, HeaderValue] = Field(default={}, max_length=5)
    identifier: Identifier | None = None


class ManifestExtension(_Part):
    label: str
    url: str
    mount: str
    target: str = "POPUP"
    permissions: list[str] = []
    options: dict[str, Any] = {}
    identifier: Identifier | None = None


class Manifest(_Part):
    """What an app says of itself; `token_target_url` is optional from 3.23, where an app without it gets no token."""

    id: Identifier
    name: ShortText
    version: ShortText
    permissions: list[str] = []
    token_target_url: Url | None = None
    app_url: Url | None = None
    homepage_url: Url | None = None
    support_url: Url | None = None
    data_privacy_url: Url | None = None
    author: ShortText | None = None
    about: str | None = None
    audience: Identifier | None = None
    required_saleor_version: str | None = None
    webhooks: list[ManifestWebhook] = []
    extensions: list[ManifestExtension] = []


def read_manifest(content: object, version: SaleorVersion) -> Manifest:
    """Check everything that does not depend on what else is installed.

    Raises InstallFailed with the first fault.
    """
    try:
        manifest = Manifest.model_validate(content)
    except ValidationError as error:
        fault = error.errors(include_url=False)[0]
        place = ".".join(str(step) for step in fault["loc"])
        raise InstallFailed(f"{place}: {fault['msg']}") from error
    if manifest.token_target_url is None and version < SaleorVersion.V3_23:
        raise InstallFailed("tokenTargetUrl: Field required")
    _check_required_version(manifest.required_saleor_version, version)
    _check_permissions(manifest.permissions)
    for extension in manifest.extensions:
        _check_extension(extension, manifest)
    for webhook in manifest.webhooks:
        _check_headers(webhook)
    return manifest


def read_webhook(webhook: ManifestWebhook, version: SaleorVersion) -> tuple[DocumentNode, frozenset[EventType]]:
    """Parse the subscription against this version's schema and find its events.

    Raises InstallFailed for one unknown field, which fails the whole installation.
    """
    named = frozenset(_event_named(name) for name in webhook.async_events)
    if webhook.sync_events:
        raise InstallFailed("Invalid synchronous event.")
    try:
        document, selected = read_subscription(webhook.query, version)
    except ShopRefusal as refusal:
        raise InstallFailed(f"Subscription query is not valid: {refusal}") from refusal
    return document, named or selected


def _event_named(name: str) -> EventType:
    try:
        return EventType[name]
    except KeyError:
        raise InstallFailed("Invalid asynchronous event.") from None


def _check_permissions(names: list[str]) -> None:
    if unknown := [name for name in names if name not in Permission.__members__]:
        raise InstallFailed(f"Given permissions don't exist: {', '.join(unknown)}.")


def _check_extension(extension: ManifestExtension, manifest: Manifest) -> None:
    if extension.url.startswith("/") and manifest.app_url is None:
        raise InstallFailed("Incorrect value for field: url.")
    if not set(extension.permissions) <= set(manifest.permissions):
        raise InstallFailed("Extension permission must be listed in App's permissions.")


def _check_headers(webhook: ManifestWebhook) -> None:
    if any(_HEADER_NAME.match(name) is None for name in webhook.custom_headers):
        raise InstallFailed("Invalid custom headers: keys begin with X- or Authorization, or are BrokerProperties.")


def _check_required_version(wanted: str | None, version: SaleorVersion) -> None:
    if not wanted:
        return
    release = _release(version.full.split("."))
    alternatives = [part.split() for part in wanted.split("||")]
    if not any(all(_admits(comparator, release) for comparator in part) for part in alternatives):
        raise InstallFailed(f"Saleor version {version.full} is not supported by the app.")


def _admits(comparator: str, release: Release) -> bool:
    match = _COMPARATOR.match(comparator)
    if match is None:
        raise InstallFailed("Incorrect value for required Saleor version.")
    sign, *numbers = match.groups()
    bound = _release([number or "0" for number in numbers])
    given = len([number for number in numbers if number is not None])
    admits = {
        ">=": release >= bound,
        ">": release > bound,
        "<": release < bound,
        "<=": release <= bound,
        "^": bound <= release < (bound[0] + 1, 0, 0),
        "~": release >= bound and release[:2] == bound[:2],
    }
    return admits.get(sign, release[:given] == bound[:given])


def _release(numbers: list[str]) -> Release:
    major, minor, patch = (int(number) for number in numbers)
    return major, minor, patch
