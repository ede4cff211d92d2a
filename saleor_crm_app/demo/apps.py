"""Installed apps and the webhooks they brought."""

from dataclasses import dataclass, field

from graphql import DocumentNode

from saleor_crm_app.demo.events import EventType
from saleor_crm_app.demo.nodes import Node
from saleor_crm_app.demo.permissions import Permission


@dataclass(slots=True, eq=False, kw_only=True)
class Webhook(Node):
    """Where events are sent, and the subscription that shapes the body, as text and parsed."""

    kind = "Webhook"
    name: str
    target_url: str
    subscription_query: str
    document: DocumentNode
    events: frozenset[EventType]
    is_active: bool = True
    identifier: str | None = None
    custom_headers: dict[str, str] = field(default_factory=dict)


@dataclass(slots=True, eq=False, kw_only=True)
class App(Node):
    """An app of the shop; `token` is None for one that never was given any."""

    kind = "App"
    pk: int
    name: str
    identifier: str
    permissions: frozenset[Permission] = frozenset()
    is_active: bool = True
    is_removed: bool = False
    token: str | None = None
    audience: str | None = None
    manifest_url: str = ""
    webhooks: list[Webhook] = field(default_factory=list)

    @property
    def is_alive(self) -> bool:
        """Whether its token opens the API and events reach it."""
        return self.is_active and not self.is_removed
