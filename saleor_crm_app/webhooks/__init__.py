"""The first door: what Saleor tells us, proved to be Saleor's, kept before it is acknowledged."""

from saleor_crm_app.webhooks.definitions import WEBHOOKS, WebhookDefinition
from saleor_crm_app.webhooks.door import WebhookDoor
from saleor_crm_app.webhooks.events import EVENTS_PATH, event_routes
from saleor_crm_app.webhooks.routes import PATH, routes

__all__ = ["EVENTS_PATH", "PATH", "WEBHOOKS", "WebhookDefinition", "WebhookDoor", "event_routes", "routes"]
