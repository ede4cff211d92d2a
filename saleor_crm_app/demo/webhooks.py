"""Which webhooks hear of an event, and the request each one gets."""

from collections.abc import Callable
from urllib.parse import urlsplit

from saleor_crm_app.demo.apps import App, Webhook
from saleor_crm_app.demo.deliveries import Deliveries, Delivery
from saleor_crm_app.demo.events import APP_LIFE, ShopEvent
from saleor_crm_app.demo.execution import body_of
from saleor_crm_app.demo.schema import schema_of
from saleor_crm_app.demo.signing import KeyRing
from saleor_crm_app.demo.state import ShopState


class Webhooks:
    """Listens to the shop and queues a delivery for every webhook that subscribed and may hear."""

    def __init__(self, state: ShopState, keys: KeyRing, deliveries: Deliveries, api_url: Callable[[], str]) -> None:
        self._state = state
        self._keys = keys
        self._deliveries = deliveries
        self._api_url = api_url
        state.events.listen(self._hear)

    def _hear(self, event: ShopEvent) -> None:
        if event.type.type_name not in schema_of(self._state.version).type_map:
            return  # not a subscription of this version: only webhooks without a query would get it
        for app in self._state.apps.values():
            for webhook in app.webhooks:
                if webhook.is_active and event.type in webhook.events and self._may_hear(app, event):
                    self._queue(event, webhook, app)

    def _may_hear(self, app: App, event: ShopEvent) -> bool:
        if event.type in APP_LIFE and self._state.version.tells_apps_of_their_own_life:
            return app is event.subject  # alive or not, and of no other app, whatever its permissions
        return app.is_alive and event.type.permission in app.permissions

    def _queue(self, event: ShopEvent, webhook: Webhook, app: App) -> None:
        def make_body() -> bytes | None:
            return body_of(event, webhook, app, self._state)

        is_later = self._state.defers_payloads and event.type.is_deferred
        body_now = None if is_later else make_body()
        self._deliveries.send(
            Delivery(
                event=event,
                webhook=webhook,
                app=app,
                make_body=make_body if is_later else lambda: body_now,
                make_headers=lambda signed: self._headers(event, webhook, signed),
            )
        )

    def _headers(self, event: ShopEvent, webhook: Webhook, signed: bytes) -> dict[str, str]:
        domain = urlsplit(self._api_url()).netloc
        signature = self._keys.current.sign_body(signed)
        name = event.type.value
        return {
            "User-Agent": self._state.version.user_agent,
            "Accept-Encoding": "gzip, deflate",
            "Accept": "*/*",
            "Connection": "keep-alive",
            "Content-Type": "application/json",
            "X-Saleor-Event": name,
            "X-Saleor-Domain": domain,
            "X-Saleor-Signature": signature,
            "Saleor-Event": name,
            "Saleor-Domain": domain,
            "Saleor-Signature": signature,
            "Saleor-Api-Url": self._api_url(),
            **webhook.custom_headers,
        }
