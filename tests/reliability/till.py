"""A shop whose orders are changed one act at a time; each reads as our order document does."""

from copy import deepcopy
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID

from saleor_crm_app.kernel.ids import global_id
from tests.reliability.samples import a_fulfillment, a_grant, a_line, an_order, money, units

START = datetime(2026, 3, 1, 12, 0, tzinfo=UTC)
MOMENT = timedelta(seconds=1)

Order = dict[str, Any]


@dataclass
class Till:
    """Orders as they truly are; every act is a moment later than the one before."""

    clock: datetime = START
    orders: dict[str, Order] = field(default_factory=dict)
    first_number: int = 1

    def pass_time(self, time: timedelta = MOMENT) -> None:
        self.clock += time

    def place(self, customer: str | None, *amounts: int, shipping: int = 0) -> Order:
        """An unpaid order of one unit for each amount, in cents; by a guest where there is no customer."""
        self.pass_time()
        number = self.first_number + len(self.orders)
        order = an_order(
            id=global_id("Order", UUID(int=number)),
            number=str(number),
            lines=[a_line(f"line{place}", cents(each)) for place, each in enumerate(amounts)],
            shipping=cents(shipping),
            paid=0,
            created=self.clock.isoformat(),
            updatedAt=self.clock.isoformat(),
            user=buyer(customer),
            channel={"slug": "default-channel", "currencyCode": "EUR"},
            totalRefunded=money(0),
        )
        self.orders[order["id"]] = order
        return order

    def change(self, order: Order, **fields: object) -> Order:
        """Replace what the shop says of an order."""
        self.pass_time()
        order |= fields
        order["updatedAt"] = self.clock.isoformat()
        return order

    def pay(self, order: Order, amount: int) -> Order:
        return self.change(order, totalCharged=money(charged(order) + cents(amount)))

    def begin_refund(self, order: Order, amount: int) -> Order:
        """Send money back; it is on its way."""
        part = min(cents(amount), charged(order))
        pending = order["totalRefundPending"]["amount"] + part
        return self.change(order, totalCharged=money(charged(order) - part), totalRefundPending=money(pending))

    def end_refund(self, order: Order, *, well: bool) -> Order:
        """What was on its way arrives, or comes back to the shop."""
        pending = order["totalRefundPending"]["amount"]
        gone = order["totalRefunded"]["amount"] + (pending if well else 0)
        kept = charged(order) + (0 if well else pending)
        return self.change(order, totalCharged=money(kept), totalRefunded=money(gone), totalRefundPending=money(0))

    def refund(self, order: Order, amount: int) -> Order:
        """Money goes back at once."""
        part = min(cents(amount), charged(order))
        gone = order["totalRefunded"]["amount"] + part
        return self.change(order, totalCharged=money(charged(order) - part), totalRefunded=money(gone))

    def charge_back(self, order: Order) -> Order:
        """The refunded money comes in again."""
        back = order["totalRefunded"]["amount"]
        return self.change(order, totalCharged=money(charged(order) + back), totalRefunded=money(0))

    def name(self, order: Order, line: int, *, status: str = "SUCCESS", shipping: bool = False) -> Order:
        """A granted refund names a line."""
        named = a_grant(*units(**{f"line{line % len(order['lines'])}": 1}), status=status, shipping=shipping)
        return self.change(order, grantedRefunds=[*order["grantedRefunds"], named])

    def cancel(self, order: Order) -> Order:
        return self.change(order, status="CANCELED")

    def complete(self, order: Order) -> Order:
        """A cancelled order goes on."""
        return self.change(order, status="FULFILLED" if order["fulfillments"] else "UNFULFILLED")

    def fulfill(self, order: Order) -> Order:
        for line in order["lines"]:
            line["quantityFulfilled"] = line["quantity"]
        self.pass_time()
        sent = a_fulfillment(*units(line0=1), created=self.clock.isoformat())
        return self.change(order, status="FULFILLED", fulfillments=[*order["fulfillments"], sent])

    def attach(self, order: Order, customer: str) -> Order:
        """A guest's order gets its customer."""
        return self.change(order, user=buyer(customer))

    def bought(self, customer: str, *amounts: int) -> Order:
        """Placed, paid and sent at once."""
        order = self.place(customer, *amounts)
        self.pay(order, sum(amounts))
        return self.fulfill(order)


def told(order: Order) -> Order:
    """What is said of an order now; what happens to it later changes nothing of it."""
    return deepcopy(order)


def cents(amount: int) -> Decimal:
    return Decimal(amount) / 100


def charged(order: Order) -> Decimal:
    amount: Decimal = order["totalCharged"]["amount"]
    return amount


def buyer(customer: str | None) -> dict[str, Any] | None:
    return None if customer is None else {"id": global_id("User", customer), "isStaff": False}
