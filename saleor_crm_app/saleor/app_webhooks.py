"""Gateway for our own webhooks in a shop: reads, creates, updates and deletes them with our own token."""

from dataclasses import dataclass
from typing import Any

import msgspec

from saleor_crm_app.saleor.client import PermissionDenied, SaleorClient, ShopGraphQLError, ShopUnavailable


@dataclass(frozen=True, slots=True, kw_only=True)
class OwnWebhook:
    """A webhook as the shop has it; `events` by Saleor's names."""

    id: str
    name: str
    target_url: str
    is_active: bool
    events: frozenset[str]
    query: str


@dataclass(frozen=True, slots=True, kw_only=True)
class OwnApp:
    """What the app is in a shop."""

    app_id: str
    is_active: bool
    permissions: frozenset[str]
    webhooks: tuple[OwnWebhook, ...]
    saleor_version: str


class _Named(msgspec.Struct):
    code: str


class _Event(msgspec.Struct, rename="camel"):
    event_type: str


class _Webhook(msgspec.Struct, rename="camel"):
    id: str
    name: str | None
    target_url: str
    is_active: bool
    async_events: list[_Event]
    subscription_query: str | None


class _App(msgspec.Struct, rename="camel"):
    id: str
    is_active: bool | None
    permissions: list[_Named] | None
    webhooks: list[_Webhook] | None


class _Shop(msgspec.Struct):
    version: str


class _Answer(msgspec.Struct):
    app: _App | None
    shop: _Shop


async def own_app(client: SaleorClient) -> OwnApp:
    """Ask the shop what it has of us.

    Raises PermissionDenied when the token is no app's, and what `SaleorClient.execute` raises.
    """
    data = await client.execute("AppWebhooks")
    try:
        answer = msgspec.convert(data, _Answer)
    except msgspec.ValidationError as error:
        raise ShopUnavailable(f"The shop does not say what webhooks we have: {error}") from error
    if answer.app is None:
        raise PermissionDenied("The shop knows no app by this token")
    return OwnApp(
        app_id=answer.app.id,
        is_active=bool(answer.app.is_active),
        permissions=frozenset(permission.code for permission in answer.app.permissions or ()),
        webhooks=tuple(_own(webhook) for webhook in answer.app.webhooks or ()),
        saleor_version=answer.shop.version,
    )


async def create_webhook(client: SaleorClient, content: dict[str, Any]) -> None:
    """Make a webhook; raises ShopGraphQLError with the shop's words when it refuses."""
    _demand_done(await client.execute("WebhookCreate", {"input": content}), "webhookCreate")


async def update_webhook(client: SaleorClient, webhook: str, content: dict[str, Any]) -> None:
    """Make a webhook read as given; raises likewise."""
    _demand_done(await client.execute("WebhookUpdate", {"id": webhook, "input": content}), "webhookUpdate")


async def delete_webhook(client: SaleorClient, webhook: str) -> None:
    """Remove a webhook; raises likewise."""
    _demand_done(await client.execute("WebhookDelete", {"id": webhook}), "webhookDelete")


def _own(webhook: _Webhook) -> OwnWebhook:
    return OwnWebhook(
        id=webhook.id,
        name=webhook.name or "",
        target_url=webhook.target_url,
        is_active=webhook.is_active,
        events=frozenset(event.event_type for event in webhook.async_events),
        query=webhook.subscription_query or "",
    )


def _demand_done(data: dict[str, Any], field: str) -> None:
    errors = (data.get(field) or {}).get("errors") or []
    if errors:
        raise ShopGraphQLError(tuple(f"{error['field']}: {error['message']}" for error in errors))
