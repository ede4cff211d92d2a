"""One order of a made-up shop: what can happen to it, which events that raises, and how the shop's API reads it.

Amounts are minor units. Each change returns the types of those events that Saleor raises for it and we subscribe to.
"""

from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from typing import Any

Events = tuple[str, ...]
UPDATED: Events = ("OrderUpdated",)


@dataclass(frozen=True, slots=True, kw_only=True)
class Channel:
    """Where orders are made, `weight` times as often as in one of weight 1; `prices` go from lowest to highest."""

    slug: str
    currency: str
    exponent: int
    prices: tuple[int, int]
    weight: int = 1
    display_gross: bool = True
    tax_percent: int = 0

    def money(self, minor: int) -> dict[str, Any]:
        return {"amount": Decimal(minor).scaleb(-self.exponent)}


@dataclass(slots=True, kw_only=True, eq=False)
class Line:
    id: str
    quantity: int
    gross: int
    net: int
    variant: dict[str, Any] | None
    gift: bool = False
    fulfilled: int = 0


@dataclass(slots=True, kw_only=True, eq=False)
class Shipment:
    """A fulfillment, or what became of one: `units` by line id."""

    id: str
    status: str
    created: datetime
    units: dict[str, int]
    shipping_refunded: int | None = None


@dataclass(slots=True, kw_only=True, eq=False)
class Payment:
    """A transaction; `method` is the type of its payment method details, `charged` is net of refunds."""

    id: str
    method: str | None
    charged: int = 0


@dataclass(slots=True, kw_only=True, eq=False)
class Grant:
    """A granted refund: which units it names, and whether the shipping too."""

    id: str
    units: dict[str, int]
    shipping: bool = False
    status: str = "NONE"


@dataclass(slots=True, kw_only=True, eq=False)
class Refund:
    """Money on its way back, out of one payment."""

    payment: Payment
    amount: int
    grant: Grant | None


@dataclass(slots=True, kw_only=True, eq=False)
class ShopOrder:
    id: str
    number: str
    channel: Channel
    user: dict[str, Any] | None
    email: str
    created: datetime
    lines: list[Line]
    shipping: int
    legacy_gift_card: int = 0
    status: str = "UNCONFIRMED"
    refunded: int = 0
    under_way: Refund | None = None
    payments: list[Payment] = field(default_factory=list)
    shipments: list[Shipment] = field(default_factory=list)
    grants: list[Grant] = field(default_factory=list)

    @property
    def due(self) -> int:
        return sum(line.gross for line in self.lines) + self.shipping - self.legacy_gift_card

    @property
    def charged(self) -> int:
        return sum(payment.charged for payment in self.payments)

    @property
    def is_open(self) -> bool:
        return self.status not in {"CANCELED", "EXPIRED"}

    @property
    def sent(self) -> list[Shipment]:
        return [shipment for shipment in self.shipments if shipment.status == "FULFILLED"]

    def unsent(self) -> dict[str, int]:
        """Units that nobody has fulfilled yet, by line id, only those above none."""
        return {line.id: line.quantity - line.fulfilled for line in self.lines if line.quantity > line.fulfilled}

    def value_of(self, units: dict[str, int]) -> int:
        return sum(line.gross * units.get(line.id, 0) // line.quantity for line in self.lines)

    # Money

    def charge(self, payment: Payment, amount: int) -> Events:
        """More money came in: a new payment or more of an old one; a zero-total order needs none."""
        if amount and payment not in self.payments:
            self.payments.append(payment)
        payment.charged += amount
        if self.status == "UNCONFIRMED":
            self.status = "UNFULFILLED"
        return self._money_in()

    def mark_as_paid(self, payment: Payment) -> Events:
        self.charge(payment, self.due - self.charged)
        return ("OrderFullyPaid", *UPDATED)

    def ask_refund(self, refund: Refund) -> Events:
        """The charged amount drops at once; whether the money goes back is not known yet."""
        refund.payment.charged -= refund.amount
        self.under_way = refund
        if refund.grant is not None:
            self.grants.append(refund.grant)
            refund.grant.status = "PENDING"
        return UPDATED

    def refund_failed(self) -> Events:
        refund = self._refund_done("FAILURE")
        refund.payment.charged += refund.amount
        return self._money_in()

    def refund_succeeded(self) -> Events:
        self.refunded += self._refund_done("SUCCESS").amount
        whole = ("OrderFullyRefunded",) if self.refunded >= self.due else ()
        return ("OrderRefunded", *UPDATED, *whole)

    def refund_at_once(self, refund: Refund) -> Events:
        self.ask_refund(refund)
        return self.refund_succeeded()

    def charge_back(self, payment: Payment, amount: int) -> Events:
        payment.charged -= amount
        return UPDATED

    # Goods

    def fulfill(self, shipment: Shipment) -> Events:
        self.shipments.append(shipment)
        self._count(shipment.units, sign=1)
        self._read_status()
        return ("OrderFulfilled", *UPDATED) if self.status == "FULFILLED" else UPDATED

    def cancel_fulfillment(self, shipment: Shipment) -> Events:
        shipment.status = "CANCELED"
        self._count(shipment.units, sign=-1)
        self._read_status()
        return UPDATED

    def take_back(self, into: Shipment) -> Events:
        """Move units into a fulfillment that says what became of them: first what was sent, then what was not."""
        for line_id, wanted in into.units.items():
            left = wanted
            for shipment in self.sent:
                moved = min(left, shipment.units.get(line_id, 0))
                left -= moved
                if moved:
                    shipment.units[line_id] -= moved
            self._count({line_id: left}, sign=1)
        self.shipments = [each for each in self.shipments if each.status != "FULFILLED" or any(each.units.values())]
        self.shipments.append(into)
        self._read_status()
        return UPDATED

    def cancel(self) -> Events:
        self.status = "CANCELED"
        return ("OrderCancelled", *UPDATED)

    def expire(self) -> Events:
        self.status = "EXPIRED"
        return ("OrderExpired", *UPDATED)

    # How it reads

    def read(self, updated_at: datetime, *, with_methods: bool) -> dict[str, Any]:
        """The order as our order document reads it; the type of payment methods is known from 3.23 on."""
        money = self.channel.money
        return {
            "id": self.id,
            "number": self.number,
            "status": self.status,
            "created": self.created.isoformat(),
            "updatedAt": updated_at.isoformat(),
            "displayGrossPrices": self.channel.display_gross,
            "userEmail": self.email,
            "user": self.user,
            "channel": {"slug": self.channel.slug, "currencyCode": self.channel.currency},
            "subtotal": {
                "currency": self.channel.currency,
                "gross": money(sum(line.gross for line in self.lines)),
            },
            "shippingPrice": {"gross": money(self.shipping)},
            "totalCharged": money(self.charged),
            "totalRefundPending": money(self.under_way.amount if self.under_way else 0),
            "totalRefunded": money(self.refunded),
            "checkoutId": None,
            "voucherCode": None,
            "voucher": None,
            "discounts": [],
            "giftCards": [],
            "lines": [self._read_line(line) for line in self.lines],
            "fulfillments": [self._read_shipment(shipment) for shipment in self.shipments],
            "grantedRefunds": [_read_grant(grant) for grant in self.grants],
            "transactions": [self._read_payment(payment, with_methods=with_methods) for payment in self.payments],
        }

    def _read_line(self, line: Line) -> dict[str, Any]:
        money = self.channel.money
        return {
            "id": line.id,
            "quantity": line.quantity,
            "quantityFulfilled": line.fulfilled,
            "isGift": line.gift,
            "voucherCode": None,
            "discounts": [],
            "totalPrice": {"gross": money(line.gross), "net": money(line.net)},
            "undiscountedTotalPrice": {"gross": money(line.gross)},
            "variant": line.variant,
        }

    def _read_shipment(self, shipment: Shipment) -> dict[str, Any]:
        refunded = shipment.shipping_refunded
        return {
            "id": shipment.id,
            "status": shipment.status,
            "created": shipment.created.isoformat(),
            "shippingRefundedAmount": None if refunded is None else self.channel.money(refunded),
            "lines": _read_units(shipment.units),
        }

    def _read_payment(self, payment: Payment, *, with_methods: bool) -> dict[str, Any]:
        read: dict[str, Any] = {"id": payment.id, "chargedAmount": self.channel.money(payment.charged)}
        if with_methods:
            read["paymentMethodDetails"] = payment.method and {"__typename": payment.method}
        return read

    def _money_in(self) -> Events:
        return ("OrderPaid", *UPDATED, *(("OrderFullyPaid",) if self.charged >= self.due else ()))

    def _refund_done(self, status: str) -> Refund:
        refund, self.under_way = self.under_way, None
        if refund is None:
            raise LookupError(f"no refund is under way for order {self.number}")
        if refund.grant is not None:
            refund.grant.status = status
        return refund

    def _count(self, units: dict[str, int], *, sign: int) -> None:
        for line in self.lines:
            line.fulfilled += sign * units.get(line.id, 0)

    def _read_status(self) -> None:
        """Replaced units count for nothing; a return outweighs what is still to be sent."""
        replaced = self._units_in({"REPLACED"})
        all_units = sum(line.quantity for line in self.lines) - replaced
        fulfilled = sum(line.fulfilled for line in self.lines) - replaced
        returned = self._units_in({"RETURNED", "REFUNDED_AND_RETURNED"})
        if all_units == 0:
            return
        if fulfilled <= 0:
            self.status = "UNFULFILLED"
        elif returned:
            self.status = "RETURNED" if returned == all_units else "PARTIALLY_RETURNED"
        else:
            self.status = "FULFILLED" if fulfilled == all_units else "PARTIALLY_FULFILLED"

    def _units_in(self, statuses: set[str]) -> int:
        return sum(sum(each.units.values()) for each in self.shipments if each.status in statuses)


def _read_grant(grant: Grant) -> dict[str, Any]:
    return {
        "id": grant.id,
        "status": grant.status,
        "shippingCostsIncluded": grant.shipping,
        "lines": _read_units(grant.units),
    }


def _read_units(units: dict[str, int]) -> list[dict[str, Any]]:
    return [{"quantity": count, "orderLine": {"id": line}} for line, count in units.items() if count]
