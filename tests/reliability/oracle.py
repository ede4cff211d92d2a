"""The points maths once more, from its description alone: what an order deserves, when, and who holds what.

It shares no code with the app. Amounts are major units as exact fractions; an order is the plain dict that
Saleor's GraphQL reads for our order document; its amounts may be `Decimal`, `int`, text or `float` (then its
shortest text counts).
"""

import json
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from fractions import Fraction
from math import floor
from typing import Any, Literal, NamedTuple
from zoneinfo import ZoneInfo

Order = Mapping[str, Any]
Node = Mapping[str, Any]

WITHOUT_MINOR_UNITS = frozenset({"BIF", "DJF", "GNF", "KMF", "RWF", "UGX", "XAF", "XOF"}) | frozenset(
    {"CLP", "ISK", "JPY", "KRW", "PYG", "UYI", "VND", "VUV", "XPF"}
)
WORTHLESS = frozenset({"DRAFT", "CANCELED", "EXPIRED"})
NAMING_REFUNDS = frozenset({"SUCCESS", "PENDING"})
NAMING_FULFILLMENTS = frozenset({"RETURNED", "REFUNDED", "REFUNDED_AND_RETURNED", "REPLACED"})
RETURNED_IN_PART_OR_WHOLE = frozenset({"PARTIALLY_RETURNED", "RETURNED"})
GIFT_CARD_PAYMENT = "GiftCardPaymentMethodDetails"


@dataclass(frozen=True, slots=True, kw_only=True)
class Program:
    """`rate` is points per major unit, or per 100 of a currency that has no minor units."""

    rate: Fraction = Fraction(1)
    zone: ZoneInfo = field(default_factory=lambda: ZoneInfo("UTC"))
    confirm_after_days: int = 14
    expires_after_days: int = 365


class Standing(NamedTuple):
    """Points of one account at one instant; each point is in exactly one of the three."""

    pending: int = 0
    available: int = 0
    expired: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Lot:
    """What one order gave: whole points and the instants from which they are available and expired."""

    points: int
    available_at: datetime | None
    expires_at: datetime | None

    def standing(self, at: datetime) -> Literal["pending", "available", "expired"]:
        if self.available_at is None or at < self.available_at:
            return "pending"
        return "expired" if self.expires_at is not None and at >= self.expires_at else "available"


@dataclass(frozen=True, slots=True, kw_only=True)
class Account:
    """One customer's points in one currency; `lots` by order id, those of zero points too."""

    lots: dict[str, Lot] = field(default_factory=dict)

    @property
    def posted(self) -> dict[str, int]:
        """The sum of all entries of each order, without the orders that end at zero."""
        return {order: lot.points for order, lot in self.lots.items() if lot.points}

    @property
    def total(self) -> int:
        return sum(lot.points for lot in self.lots.values())

    def at(self, instant: datetime) -> Standing:
        sums = Counter[str]()
        for lot in self.lots.values():
            sums[lot.standing(instant)] += lot.points
        return Standing(**sums)


@dataclass(frozen=True, slots=True, kw_only=True)
class Seen:
    """An order as last applied, and what was settled when it was first seen."""

    order: Order
    issued_at: str
    display_gross: bool
    was_guest: bool = False


def read(raw: bytes) -> dict[str, Any]:
    """A delivery's body with its amounts as exact decimals."""
    body: dict[str, Any] = json.loads(raw, parse_float=Decimal)
    return body


# What an order deserves


def amount(money: Node | None) -> Fraction:
    """The exact amount of a `Money`; nothing is zero."""
    if money is None:
        return Fraction(0)
    value = money["amount"]
    return Fraction(str(value)) if isinstance(value, float) else Fraction(value)


def is_merchandise(line: Node) -> bool:
    """Gifts and gift cards earn nothing; a line whose product is gone is merchandise like any other."""
    product = (line["variant"] or {}).get("product") or {}
    kind = (product.get("productType") or {}).get("kind")
    return not line["isGift"] and kind != "GIFT_CARD"


def named_share(order: Order) -> dict[str, Fraction]:
    """The share of each line's units that refunds or returns name, each unit once even if both name it."""
    by_refunds, by_fulfillments = Counter[str](), Counter[str]()
    for grant in naming_refunds(order):
        by_refunds.update(_units(grant))
    for fulfillment in naming_fulfillments(order):
        by_fulfillments.update(_units(fulfillment))
    return {
        line["id"]: Fraction(
            min(line["quantity"], max(by_refunds[line["id"]], by_fulfillments[line["id"]])), line["quantity"]
        )
        for line in order["lines"]
    }


def naming_refunds(order: Order) -> list[Node]:
    return [grant for grant in order["grantedRefunds"] if grant["status"] in NAMING_REFUNDS]


def naming_fulfillments(order: Order) -> list[Node]:
    return [each for each in order["fulfillments"] if each["status"] in NAMING_FULFILLMENTS]


def names_shipping(order: Order) -> bool:
    return any(grant["shippingCostsIncluded"] for grant in naming_refunds(order)) or any(
        amount(each["shippingRefundedAmount"]) > 0 for each in naming_fulfillments(order)
    )


def merchandise_left(order: Order, *, display_gross: bool) -> Fraction:
    """Line totals that can earn, less their named units; gross or net as when the order was first seen."""
    shown = "gross" if display_gross else "net"
    named = named_share(order)
    return sum(
        (
            amount(line["totalPrice"][shown]) * (1 - named[line["id"]])
            for line in order["lines"]
            if is_merchandise(line)
        ),
        Fraction(0),
    )


def value_left(order: Order) -> Fraction:
    """All that was sold, gross and with shipping, less what was named."""
    named = named_share(order)
    shipping = amount(order["shippingPrice"]["gross"])
    sold = amount(order["subtotal"]["gross"]) + shipping
    units = sum((amount(line["totalPrice"]["gross"]) * named[line["id"]] for line in order["lines"]), Fraction(0))
    return sold - units - (shipping if names_shipping(order) else 0)


def paid(order: Order) -> Fraction:
    """Money that came in and stayed, counting what a pending refund may still bring back; no gift cards."""
    by_gift_card = sum(
        (
            amount(transaction["chargedAmount"])
            for transaction in order["transactions"]
            if (transaction.get("paymentMethodDetails") or {}).get("__typename") == GIFT_CARD_PAYMENT
        ),
        Fraction(0),
    )
    return amount(order["totalCharged"]) + amount(order["totalRefundPending"]) - by_gift_card


def base(order: Order, *, display_gross: bool) -> Fraction:
    """The money that earns: what merchandise is left, in the share to which all that is left was paid."""
    left = value_left(order)
    if order["status"] in WORTHLESS or left <= 0:
        return Fraction(0)
    share = min(Fraction(1), max(Fraction(0), paid(order) / left))
    return max(Fraction(0), merchandise_left(order, display_gross=display_gross)) * share


def points_for(money: Fraction, currency: str, rate: Fraction) -> int:
    return floor(rate * money / (100 if currency in WITHOUT_MINOR_UNITS else 1))


def target(order: Order, *, rate: Fraction, display_gross: bool) -> int:
    """The points that the order deserves as it reads now, whoever bought it."""
    return points_for(base(order, display_gross=display_gross), order["subtotal"]["currency"], rate)


# When


def end_of_day(day: date, zone: ZoneInfo) -> datetime:
    """The first instant in UTC that is after that local day."""
    return datetime.combine(day + timedelta(days=1), time(), zone).astimezone(UTC)


def instant(text: str) -> datetime:
    return datetime.fromisoformat(text).astimezone(UTC)


def is_fulfilled(order: Order) -> bool:
    """Whether nothing is left to fulfill; a return hides the status FULFILLED."""
    if order["status"] in RETURNED_IN_PART_OR_WHOLE:
        return all(line["quantityFulfilled"] == line["quantity"] for line in order["lines"])
    return bool(order["status"] == "FULFILLED")


def available_at(order: Order, program: Program) -> datetime | None:
    """End of the local day so many days after the last fulfillment that stands; None: not known yet."""
    created = [instant(each["created"]) for each in order["fulfillments"] if each["status"] == "FULFILLED"]
    if not created or not is_fulfilled(order):
        return None
    last_day = max(created).astimezone(program.zone).date()
    return end_of_day(last_day + timedelta(days=program.confirm_after_days), program.zone)


def expires_at(available: datetime | None, program: Program) -> datetime | None:
    """End of the local day in which it is so many days since the points became available."""
    if available is None:
        return None
    first_day = available.astimezone(program.zone).date()
    return end_of_day(first_day + timedelta(days=program.expires_after_days), program.zone)


# What many deliveries come to


def replay(bodies: Iterable[Node], *, reread: Mapping[str, Order] | None = None) -> dict[str, Seen]:
    """Apply deliveries in the order of their arrival and give the orders as they stand, by id.

    `reread` is what the shop answers, by order id, where snapshots differ at one `updatedAt`; without an
    answer the one issued later counts.
    """
    seen: dict[str, Seen] = {}
    for body in bodies:
        for order in body.get("orders") or [body.get("order")]:
            if order is not None:
                seen[order["id"]] = _applied(seen.get(order["id"]), order, body["issuedAt"], reread or {})
    return seen


def as_they_are(orders: Iterable[Order]) -> dict[str, Seen]:
    """Orders seen for the first time as they are now."""
    return replay({"issuedAt": order["updatedAt"], "order": order} for order in orders)


def accounts(
    seen: Mapping[str, Seen], program: Program, *, known_at: datetime | None = None
) -> dict[tuple[str, str], Account]:
    """Who holds what, by customer id and currency; guests hold nothing and have no account.

    A guest's order that was attached to a customer later counts unless older than 365 days at `known_at`.
    """
    found: dict[tuple[str, str], Account] = {}
    for order_id, each in seen.items():
        user = each.order["user"]
        if user is not None:
            account = found.setdefault((user["id"], each.order["subtotal"]["currency"]), Account())
            account.lots[order_id] = lot_of(each, program, known_at=known_at)
    return found


def lot_of(seen: Seen, program: Program, *, known_at: datetime | None = None) -> Lot:
    """What an order gives: nothing to guests and staff, nor for a guest's order attached too late."""
    user = seen.order["user"]
    too_late = (
        seen.was_guest and known_at is not None and instant(seen.order["created"]) < known_at - timedelta(days=365)
    )
    nobody = user is None or user["isStaff"] or too_late
    available = available_at(seen.order, program)
    return Lot(
        points=0 if nobody else target(seen.order, rate=program.rate, display_gross=seen.display_gross),
        available_at=available,
        expires_at=expires_at(available, program),
    )


def _applied(before: Seen | None, order: Order, issued_at: str, reread: Mapping[str, Order]) -> Seen:
    if before is None:
        return Seen(
            order=order,
            issued_at=issued_at,
            display_gross=order["displayGrossPrices"],
            was_guest=order["user"] is None,
        )
    if order["updatedAt"] == before.order["updatedAt"] and order != before.order and order["id"] in reread:
        return replace(before, order=reread[order["id"]])
    if _age(order, issued_at) < _age(before.order, before.issued_at):
        return before
    return replace(before, order=order, issued_at=issued_at)


def _age(order: Order, issued_at: str) -> tuple[datetime, datetime]:
    return instant(order["updatedAt"]), instant(issued_at)


def _units(of: Node) -> Counter[str]:
    units = Counter[str]()
    for line in of["lines"] or []:
        if line["orderLine"] is not None:
            units[line["orderLine"]["id"]] += line["quantity"]
    return units
