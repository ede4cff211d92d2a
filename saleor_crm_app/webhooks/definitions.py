"""The webhooks we subscribe to: the manifest is built from these, and only what they name is let in."""

from dataclasses import dataclass
from typing import Final

from saleor_crm_app.saleor.versions import OLDEST, SaleorVersion


@dataclass(frozen=True, slots=True, kw_only=True)
class WebhookDefinition:
    """One webhook: its events by Saleor's names, and the subscription document that shapes their bodies.

    `since` gives, for events that older versions cannot subscribe to, the first version that can.
    """

    name: str
    identifier: str
    document: str
    events: tuple[str, ...]
    since: tuple[tuple[str, SaleorVersion], ...] = ()

    def events_in(self, saleor_version: str) -> tuple[str, ...]:
        """The events that a shop of this version can send."""
        first = dict(self.since)
        version = SaleorVersion.parse(saleor_version)
        return tuple(event for event in self.events if version >= first.get(event, OLDEST))

    @property
    def typenames(self) -> frozenset[str]:
        """The `__typename` values that its bodies carry."""
        return frozenset(_typename(event) for event in self.events)


def _typename(event: str) -> str:
    return "".join(word.capitalize() for word in event.split("_"))


WEBHOOKS: Final = (
    WebhookDefinition(
        name="Orders",
        identifier="orders",
        document="OrderEvents",
        events=(
            "ORDER_PAID",
            "ORDER_FULLY_PAID",
            "ORDER_REFUNDED",
            "ORDER_FULLY_REFUNDED",
            "ORDER_CANCELLED",
            "ORDER_EXPIRED",
            "ORDER_FULFILLED",
            "ORDER_BULK_CREATED",
            "ORDER_UPDATED",
        ),
    ),
    WebhookDefinition(
        name="Customers",
        identifier="customers",
        document="CustomerEvents",
        events=("CUSTOMER_CREATED", "CUSTOMER_UPDATED", "CUSTOMER_DELETED", "ACCOUNT_CONFIRMED", "ACCOUNT_DELETED"),
        since=(("CUSTOMER_DELETED", SaleorVersion(3, 23)),),
    ),
    WebhookDefinition(
        name="This app", identifier="app", document="AppEvents", events=("APP_DELETED", "APP_STATUS_CHANGED")
    ),
)

SUBSCRIBED: Final = frozenset(name for webhook in WEBHOOKS for name in webhook.typenames)
"""The types of event that are stored; others are acknowledged and dropped."""
