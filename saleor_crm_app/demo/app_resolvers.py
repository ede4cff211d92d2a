"""How the app reads itself, and edits its own webhooks."""

from collections.abc import Callable
from typing import NamedTuple

from saleor_crm_app.demo.access import Access, PermissionDenied, Resolver
from saleor_crm_app.demo.apps import App, Webhook
from saleor_crm_app.demo.errors import ShopRefusal
from saleor_crm_app.demo.events import EventType
from saleor_crm_app.demo.global_ids import key_or_error
from saleor_crm_app.demo.permissions import Permission
from saleor_crm_app.demo.webhook_edits import Input, create_webhook, delete_webhook, update_webhook


class PayloadError(NamedTuple):
    field: str | None
    message: str
    code: str


class Payload(NamedTuple):
    """What a mutation answers."""

    webhook: Webhook | None
    errors: list[PayloadError]


def app_of(_source: object, access: Access, *, id: str | None = None) -> App | None:
    access.require_app_or_staff()
    if access.app is not None and id in {None, access.app.id}:
        return access.app
    if access.app is not None:
        access.require(Permission.MANAGE_APPS)
    if id is None:
        return None
    app = access.state.apps.get(int(key_or_error(id, "App")))
    return app if app and not app.is_removed else None


def _permissions(app: App, _access: Access) -> list[Permission]:
    return sorted(app.permissions)


def _webhooks(app: App, access: Access) -> list[Webhook]:
    if access.app is not app:
        access.require(Permission.MANAGE_APPS)
    return sorted(app.webhooks, key=lambda webhook: webhook.id)


def _webhook_events(webhook: Webhook, _access: Access) -> list[EventType]:
    return sorted(webhook.events)


def _event_name(event: EventType, _access: Access) -> str:
    return event.name


def _permission_code(permission: Permission, _access: Access) -> str:
    return permission.value


def _webhook_create(_source: object, access: Access, *, input: Input) -> Payload:
    return _edited(lambda: create_webhook(access.state, _own_app(access), input))


def _webhook_update(
    _source: object,
    access: Access,
    *,
    input: Input,
    id: str | None = None,
    identifier: str | None = None,
) -> Payload:
    return _edited(lambda: update_webhook(access.state, _own_app(access), input, of=id, identifier=identifier))


def _webhook_delete(
    _source: object,
    access: Access,
    *,
    id: str | None = None,
    identifier: str | None = None,
) -> Payload:
    return _edited(lambda: delete_webhook(_own_app(access), of=id, identifier=identifier))


def _own_app(access: Access) -> App:
    """Raises PermissionDenied for people, and ShopRefusal for staff who may manage apps but name none."""
    if access.app is not None:
        return access.app
    if not access.has_one_of(Permission.MANAGE_APPS):
        raise PermissionDenied(Permission.MANAGE_APPS, "AUTHENTICATED_APP")
    raise ShopRefusal("Missing app id. Fill in the app field or run the mutation by the app", field="app")


def _edited(edit: Callable[[], Webhook | None]) -> Payload:
    """An expected refusal is data in the payload."""
    try:
        return Payload(webhook=edit(), errors=[])
    except ShopRefusal as refusal:
        return Payload(webhook=None, errors=[PayloadError(refusal.field, str(refusal), refusal.code)])


APP_RESOLVERS: dict[tuple[str, str], Resolver] = {
    ("App", "permissions"): _permissions,
    ("App", "webhooks"): _webhooks,
    ("Mutation", "webhookCreate"): _webhook_create,
    ("Mutation", "webhookDelete"): _webhook_delete,
    ("Mutation", "webhookUpdate"): _webhook_update,
    ("Permission", "code"): _permission_code,
    ("Query", "app"): app_of,
    ("Webhook", "asyncEvents"): _webhook_events,
    ("WebhookEventAsync", "eventType"): _event_name,
}
