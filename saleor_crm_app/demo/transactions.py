"""Payments of an order: transactions, whose amounts follow from their events, and the older kind."""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from enum import StrEnum

from saleor_crm_app.demo.nodes import Node
from saleor_crm_app.demo.prices import NOTHING, Money


class PaymentEventType(StrEnum):
    CHARGE_SUCCESS = "CHARGE_SUCCESS"
    CHARGE_BACK = "CHARGE_BACK"
    REFUND_REQUEST = "REFUND_REQUEST"
    REFUND_SUCCESS = "REFUND_SUCCESS"
    REFUND_FAILURE = "REFUND_FAILURE"
    REFUND_REVERSE = "REFUND_REVERSE"


class PaymentMethod(StrEnum):
    """How a transaction was paid; the value is the type of its details."""

    CARD = "CardPaymentMethodDetails"
    GIFT_CARD = "GiftCardPaymentMethodDetails"
    OTHER = "OtherPaymentMethodDetails"


@dataclass(frozen=True, slots=True, kw_only=True)
class PaymentEvent:
    """One report about a transaction; those of one action share a `reference`."""

    type: PaymentEventType
    amount: Decimal
    reference: str
    created: datetime


@dataclass(slots=True, eq=False, kw_only=True)
class Transaction(Node):
    """Money taken by a payment app; the three amounts are recomputed from the events."""

    kind = "TransactionItem"
    name: str
    currency: str
    method: PaymentMethod | None = None
    events: list[PaymentEvent] = field(default_factory=list)
    charged: Decimal = NOTHING
    refunded: Decimal = NOTHING
    refund_pending: Decimal = NOTHING

    @property
    def charged_amount(self) -> Money:
        return Money(self.charged, self.currency)

    @property
    def payment_method_details(self) -> PaymentMethod | None:
        return self.method

    def report(self, event: PaymentEvent) -> None:
        """Add an event and compute the amounts anew."""
        self.events.append(event)
        self.charged = self.refunded = self.refund_pending = NOTHING
        for events in _by_action(self.events):
            self._add_charge(events)
            self._add_refund(events)

    def _add_charge(self, events: dict[PaymentEventType, PaymentEvent]) -> None:
        self.charged += _amount(events, PaymentEventType.CHARGE_SUCCESS)
        self.charged -= _amount(events, PaymentEventType.CHARGE_BACK)

    def _add_refund(self, events: dict[PaymentEventType, PaymentEvent]) -> None:
        success = events.get(PaymentEventType.REFUND_SUCCESS)
        failure = events.get(PaymentEventType.REFUND_FAILURE)
        reversed_amount = _amount(events, PaymentEventType.REFUND_REVERSE)
        self.charged += reversed_amount
        self.refunded -= reversed_amount
        if success is None and failure is None:
            pending = _amount(events, PaymentEventType.REFUND_REQUEST)
            self.refund_pending += pending
            self.charged -= pending
        elif success is not None and (failure is None or success.created > failure.created):
            self.refunded += success.amount
            self.charged -= success.amount


def _by_action(events: Iterable[PaymentEvent]) -> list[dict[PaymentEventType, PaymentEvent]]:
    actions: dict[str, dict[PaymentEventType, PaymentEvent]] = defaultdict(dict)
    for event in events:
        actions[event.reference][event.type] = event
    return list(actions.values())


def _amount(events: dict[PaymentEventType, PaymentEvent], kind: PaymentEventType) -> Decimal:
    event = events.get(kind)
    return event.amount if event else NOTHING


@dataclass(slots=True, eq=False, kw_only=True)
class LegacyPayment(Node):
    """A payment of Saleor's older API, the only kind that items are refunded through."""

    kind = "Payment"
    captured: Decimal
    refunded: Decimal = NOTHING

    def refund(self, amount: Decimal) -> None:
        self.captured -= amount
        self.refunded += amount
