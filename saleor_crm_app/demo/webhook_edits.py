"""What an app does to its own webhooks after installation: `webhookCreate`, `webhookUpdate`, `webhookDelete`."""

import re
from collections.abc import Mapping
from typing import Any

from saleor_crm_app.demo.apps import App, Webhook
from saleor_crm_app.demo.errors import ShopRefusal
from saleor_crm_app.demo.events import EventType
from saleor_crm_app.demo.state import ShopState
from saleor_crm_app.demo.subscriptions import read_subscription

_TARGET = re.compile(r"^(https?|awssqs|gcpubsub)://[^\s/]+")
_LONGEST_TARGET = 255
Input = Mapping[str, Any]


def create_webhook(state: ShopState, app: App, given: Input) -> Webhook:
    """Add a webhook; events come from the query when none are named. Raises ShopRefusal."""
    target = _checked_target(given.get("targetUrl"))
    query = str(given.get("query") or "")
    document, selected = read_subscription(query, state.version)
    webhook = Webhook(
        pk=state.next_number("Webhook"),
        name=str(given.get("name") or ""),
        target_url=target,
        subscription_query=query,
        document=document,
        events=_named_events(given) or selected,
        is_active=given.get("isActive") is not False,
    )
    app.webhooks.append(webhook)
    return webhook


def update_webhook(
    state: ShopState, app: App, given: Input, *, of: str | None, identifier: str | None = None
) -> Webhook:
    """Change what is given and leave the rest; nothing is changed when anything is refused. Raises ShopRefusal."""
    webhook = _found(app, of, identifier)
    target = _checked_target(given["targetUrl"]) if "targetUrl" in given else webhook.target_url
    events = _named_events(given)
    if query := given.get("query"):
        webhook.document, selected = read_subscription(query, state.version)
        webhook.subscription_query = query
        events = events or selected
    webhook.target_url = target
    webhook.events = events or webhook.events
    webhook.name = str(given.get("name", webhook.name) or "")
    webhook.is_active = bool(given.get("isActive", webhook.is_active))
    return webhook


def delete_webhook(app: App, *, of: str | None, identifier: str | None = None) -> None:
    """Remove a webhook; what was queued for it is lost. Raises ShopRefusal."""
    app.webhooks.remove(_found(app, of, identifier))


def _found(app: App, of: str | None, identifier: str | None) -> Webhook:
    if (of is None) == (identifier is None):
        raise ShopRefusal("Exactly one of arguments is required: 'id', 'identifier'.", code="GRAPHQL_ERROR")
    for webhook in app.webhooks:
        if of == webhook.id or (of is None and identifier == webhook.identifier):
            return webhook
    raise ShopRefusal(f"Couldn't resolve to a node: {of or identifier}", code="NOT_FOUND", field="id")


def _named_events(given: Input) -> frozenset[EventType]:
    return frozenset(EventType[name] for name in given.get("asyncEvents") or ())


def _checked_target(url: object) -> str:
    if not url:
        raise ShopRefusal("This field cannot be blank.", code="REQUIRED", field="targetUrl")
    if not isinstance(url, str) or len(url) > _LONGEST_TARGET or not _TARGET.match(url):
        raise ShopRefusal("Enter a valid URL.", code="INVALID", field="targetUrl")
    return url
