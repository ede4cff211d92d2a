"""What can happen in the shop, who may hear of it, and the record of what did."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from saleor_crm_app.demo.permissions import Permission


class EventType(StrEnum):
    """Events by their lower-case name, as the header `Saleor-Event` carries it."""

    ORDER_CREATED = "order_created"
    ORDER_CONFIRMED = "order_confirmed"
    ORDER_PAID = "order_paid"
    ORDER_FULLY_PAID = "order_fully_paid"
    ORDER_REFUNDED = "order_refunded"
    ORDER_FULLY_REFUNDED = "order_fully_refunded"
    ORDER_UPDATED = "order_updated"
    ORDER_CANCELLED = "order_cancelled"
    ORDER_EXPIRED = "order_expired"
    ORDER_FULFILLED = "order_fulfilled"
    ORDER_BULK_CREATED = "order_bulk_created"
    DRAFT_ORDER_CREATED = "draft_order_created"
    DRAFT_ORDER_UPDATED = "draft_order_updated"
    FULFILLMENT_CREATED = "fulfillment_created"
    FULFILLMENT_CANCELED = "fulfillment_canceled"
    FULFILLMENT_APPROVED = "fulfillment_approved"
    CUSTOMER_CREATED = "customer_created"
    CUSTOMER_UPDATED = "customer_updated"
    CUSTOMER_DELETED = "customer_deleted"
    CUSTOMER_METADATA_UPDATED = "customer_metadata_updated"
    ACCOUNT_CONFIRMATION_REQUESTED = "account_confirmation_requested"
    ACCOUNT_CONFIRMED = "account_confirmed"
    ACCOUNT_EMAIL_CHANGED = "account_email_changed"
    ACCOUNT_DELETED = "account_deleted"
    CHECKOUT_CREATED = "checkout_created"
    CHECKOUT_UPDATED = "checkout_updated"
    VOUCHER_CREATED = "voucher_created"
    VOUCHER_UPDATED = "voucher_updated"
    VOUCHER_DELETED = "voucher_deleted"
    VOUCHER_CODES_CREATED = "voucher_codes_created"
    VOUCHER_CODES_DELETED = "voucher_codes_deleted"
    GIFT_CARD_CREATED = "gift_card_created"
    GIFT_CARD_UPDATED = "gift_card_updated"
    GIFT_CARD_STATUS_CHANGED = "gift_card_status_changed"
    APP_INSTALLED = "app_installed"
    APP_UPDATED = "app_updated"
    APP_DELETED = "app_deleted"
    APP_STATUS_CHANGED = "app_status_changed"

    @property
    def type_name(self) -> str:
        """The GraphQL type of the event, e.g. `OrderPaid`."""
        return "".join(word.capitalize() for word in self.value.split("_"))

    @property
    def permission(self) -> Permission:
        """What an app must hold to hear of it."""
        if self in APP_LIFE:
            return Permission.MANAGE_APPS
        return next(
            (needed for prefix, needed in _PERMISSIONS.items() if self.value.startswith(prefix)),
            Permission.MANAGE_ORDERS,
        )

    @property
    def is_deferred(self) -> bool:
        """Whether newer shops build its body later: everything about one order, an import not."""
        return self.value.startswith(("order_", "draft_order_")) and self is not EventType.ORDER_BULK_CREATED


_PERMISSIONS = {
    "customer_": Permission.MANAGE_USERS,
    "account_": Permission.MANAGE_USERS,
    "checkout_": Permission.MANAGE_CHECKOUTS,
    "voucher_": Permission.MANAGE_DISCOUNTS,
    "gift_card_": Permission.MANAGE_GIFT_CARD,
}
APP_LIFE = frozenset(
    {EventType.APP_INSTALLED, EventType.APP_UPDATED, EventType.APP_DELETED, EventType.APP_STATUS_CHANGED}
)


@dataclass(frozen=True, slots=True, kw_only=True)
class ShopEvent:
    """One thing that happened; `principal` is the user or app that did it, None for nobody signed in."""

    type: EventType
    subject: object
    issued_at: datetime
    principal: object | None


class EventLog:
    """Everything that happened, in order, told to whoever listens, as Saleor calls its plug-ins."""

    def __init__(self, now: Callable[[], datetime]) -> None:
        self.happened: list[ShopEvent] = []
        self._listeners: list[Callable[[ShopEvent], None]] = []
        self._now = now

    def listen(self, listener: Callable[[ShopEvent], None]) -> None:
        self._listeners.append(listener)

    def tell(self, *types: EventType, about: object, by: object | None) -> None:
        """Record each event in the order given and pass it on before the next one."""
        for kind in types:
            event = ShopEvent(type=kind, subject=about, issued_at=self._now(), principal=by)
            self.happened.append(event)
            for listener in self._listeners:
                listener(event)

    def types(self, *, about: object | None = None) -> list[EventType]:
        """Names of what happened, of one subject or of all, oldest first."""
        return [event.type for event in self.happened if about is None or event.subject is about]

    def forget(self) -> None:
        """Empty the record, so that a test looks at the next act alone."""
        self.happened.clear()
