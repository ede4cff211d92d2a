"""The shop of a self-test: what its customers do, day by day, made from nothing but a seed."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from random import Random
from typing import Final
from uuid import UUID

import msgspec

from saleor_crm_app.crm.orders import FulfillmentFact, LineFact, OrderSnapshot
from saleor_crm_app.kernel.ids import CustomerId, OrderId

CHANNEL: Final = "self-test"
CURRENCY: Final = "EUR"
FIRST_DAY: Final = datetime(2026, 1, 1, 12, tzinfo=UTC)
"""Any day would do; always the same one, so that a seed means the same on every day."""

_ORDERS_A_DAY: Final = (0, 1, 2, 3, 4)
_OPEN_DAYS: Final = 60
"""How long after it was made an order may still be sent, refunded or cancelled."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Wish:
    """Points that a customer wants to spend: at once, on an order, or, without one, on second thoughts not at all."""

    customer: CustomerId
    points: int
    key: UUID
    order: OrderSnapshot | None = None
    is_at_once: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Day:
    """What happens on one day: wishes first, then what the shop tells of orders, and points that staff give."""

    at: datetime
    wishes: list[Wish] = field(default_factory=list)
    told: list[OrderSnapshot] = field(default_factory=list)
    gifts: list[tuple[CustomerId, int, UUID]] = field(default_factory=list)


class Shop:
    """Customers who buy, send back, spend and forget; the same seed makes the same of them."""

    def __init__(self, *, seed: int, customers: int) -> None:
        self._random = Random(seed)  # noqa: S311 # it must repeat, and guards nothing
        self._customers = [CustomerId(str(number)) for number in range(1, customers + 1)]
        self._open: list[OrderSnapshot] = []
        self._sold = 0

    def days(self, number: int) -> Iterator[Day]:
        """So many days from the first one on."""
        for passed in range(number):
            day = Day(at=FIRST_DAY + timedelta(days=passed))
            for _ in range(self._random.choice(_ORDERS_A_DAY)):
                self._sell(day)
            self._spend(day)
            self._follow_up(day)
            yield day

    def _chance(self, percent: int) -> bool:
        return self._random.randrange(100) < percent

    def _uuid(self) -> UUID:
        return UUID(int=self._random.getrandbits(128), version=4)

    def _sell(self, day: Day) -> None:
        order = self._order(day.at)
        if order.customer is not None and self._chance(20):
            day.wishes.append(
                Wish(customer=order.customer, points=self._random.randint(20, 300), key=self._uuid(), order=order)
            )
        day.told.append(order)
        self._open.append(order)

    def _spend(self, day: Day) -> None:
        if self._chance(30):
            wish = Wish(
                customer=self._random.choice(self._customers),
                points=self._random.randint(20, 400),
                key=self._uuid(),
                is_at_once=self._chance(60),
            )
            day.wishes.append(wish)
        if self._chance(5):
            day.gifts.append((self._random.choice(self._customers), self._random.randint(10, 100), self._uuid()))

    def _follow_up(self, day: Day) -> None:
        """Send, refund or cancel some of the orders that were made before today."""
        stay: list[OrderSnapshot] = []
        for order in self._open:
            now = self._next(order, day.at) if order not in day.told else order
            if now is not order:
                day.told.append(now)
            if now.charged and day.at - order.created_at < timedelta(days=_OPEN_DAYS):
                stay.append(now)
        self._open = stay

    def _next(self, order: OrderSnapshot, at: datetime) -> OrderSnapshot:
        if not order.fulfillments:
            return _sent(order, at) if self._chance(25) else _canceled(order, at) if self._chance(2) else order
        if not self._chance(1):
            return order
        return _refunded(order, self._random.randint(1, order.charged) if self._chance(60) else order.charged, at)

    def _order(self, at: datetime) -> OrderSnapshot:
        self._sold += 1
        created = at - timedelta(minutes=self._random.randrange(600))
        lines = tuple(self._line() for _ in range(self._random.choice((1, 1, 2, 3))))
        subtotal = sum(line.gross for line in lines)
        shipping = 0 if self._chance(40) else 490
        return OrderSnapshot(
            id=OrderId(self._uuid()),
            number=str(self._sold),
            status="UNFULFILLED",
            created_at=created,
            updated_at=created,
            display_gross=True,
            customer=None if self._chance(8) else self._random.choice(self._customers),
            is_staff=False,
            channel=CHANNEL,
            currency=CURRENCY,
            subtotal=subtotal,
            shipping=shipping,
            charged=subtotal + shipping,
            refund_pending=0,
            gift_card_charged=0,
            lines=lines,
            fulfillments=(),
            refunds=(),
        )

    def _line(self) -> LineFact:
        gross = self._random.randint(199, 24_999)
        return LineFact(
            id=str(self._uuid()),
            quantity=self._random.choice((1, 1, 2, 5)),
            fulfilled=0,
            gross=gross,
            net=gross * 100 // 119,
            kind="NORMAL",
        )


def _sent(order: OrderSnapshot, at: datetime) -> OrderSnapshot:
    parcel = FulfillmentFact(status="FULFILLED", created_at=at)
    return msgspec.structs.replace(order, status="FULFILLED", fulfillments=(parcel,), updated_at=at)


def _refunded(order: OrderSnapshot, back: int, at: datetime) -> OrderSnapshot:
    return msgspec.structs.replace(order, charged=order.charged - back, refunded=order.refunded + back, updated_at=at)


def _canceled(order: OrderSnapshot, at: datetime) -> OrderSnapshot:
    return msgspec.structs.replace(_refunded(order, order.charged, at), status="CANCELED")
