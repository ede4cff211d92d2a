"""A made-up shop: its plan, its customers, the orders they make, and what it tells the app about them."""

import json
from base64 import b64encode
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from itertools import count
from random import Random
from re import sub
from typing import Any, NamedTuple
from uuid import UUID

from tests.reliability.shop_orders import Channel, Events, Line, Payment, ShopOrder

EVENTS_PER_CHANGE = 2.2
"""About how many; it only spreads the changes over the plan's days."""

LANGUAGES = ("EN", "DE", "JA", "PT_BR")
COUNTRIES = ("DE", "US")

USD = Channel(slug="main", currency="USD", exponent=2, prices=(199, 14_999), weight=8)
EUR_NET = Channel(
    slug="trade", currency="EUR", exponent=2, prices=(500, 40_000), weight=4, display_gross=False, tax_percent=19
)
JPY = Channel(slug="tokyo", currency="JPY", exponent=0, prices=(80, 25_000), weight=2, tax_percent=10)
KWD = Channel(slug="gulf", currency="KWD", exponent=3, prices=(250, 60_000))


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """What traffic to make: `events` different deliveries, of which the share `duplicates` comes again.

    `takebacks` is the share of events that tell of refunds, returns, charge-backs, cancellations and expiries,
    `guests` the share of orders without an account. `moving_clocks` also cancels fulfillments and takes back whole
    ones, so that the day of an order's last fulfillment moves: what is right then depends on which states the app
    saw before points became available, so let it see all of them before.
    """

    seed: int
    events: int = 2_000
    customers: int = 100
    duplicates: float = 0.3
    takebacks: float = 0.05
    guests: float = 0.1
    staff: float = 0.02
    start: datetime = datetime(2026, 3, 2, 8, tzinfo=UTC)
    days: int = 10
    channels: Sequence[Channel] = (USD, EUR_NET, JPY, KWD)
    app_id: str = "QXBwOjE="
    version: str = "3.23.28"
    moving_clocks: bool = False

    @property
    def knows_methods(self) -> bool:
        """Whether the shop tells how a payment was made, and takes gift cards as payments."""
        major, minor, *_ = map(int, self.version.split("."))
        return (major, minor) >= (3, 23)


class Delivery(NamedTuple):
    """An event's name as in its header, and its body with exact amounts."""

    event: str
    body: dict[str, Any]

    @property
    def raw(self) -> bytes:
        """The bytes to sign and send; equal deliveries give equal bytes."""
        return json.dumps(self.body, default=float).encode()


def global_id(kind: str, key: object) -> str:
    return b64encode(f"{kind}:{key}".encode()).decode()


@dataclass
class Shop:
    """The shop while it lives; every choice comes from its one source of chance."""

    plan: Plan
    told: list[Delivery] = field(default_factory=list)
    truth: dict[str, dict[str, Any]] = field(default_factory=dict)
    customers: dict[str, dict[str, Any]] = field(default_factory=dict)
    orders: list[ShopOrder] = field(default_factory=list)
    unfinished: list[ShopOrder] = field(default_factory=list)
    taken_back: int = 0

    def __post_init__(self) -> None:
        self.random = Random(self.plan.seed)  # noqa: S311 - it must repeat by its seed and guards nothing
        self.now = self.plan.start
        self.numbers = count(1)

    @property
    def is_done(self) -> bool:
        return len(self.told) >= self.plan.events

    def chance(self, share: float) -> bool:
        return self.random.random() < share

    def pass_time(self) -> None:
        changes = max(1.0, self.plan.events / EVENTS_PER_CHANGE)
        step = timedelta(days=self.plan.days) / changes
        self.now += step * self.random.uniform(0.2, 1.8)

    # What it tells

    def tell(self, events: Events, *orders: ShopOrder) -> int:
        """Every event of one change, with the same content; gives how many were still wanted."""
        if self.is_done or not events:
            return 0
        told = [each.read(self.now, with_methods=self.plan.knows_methods) for each in orders]
        self.truth.update((order["id"], order) for order in told)
        content: dict[str, Any] = {"order": told[0]} if len(told) == 1 else {"orders": told}
        before = len(self.told)
        for typename in events:
            self._tell(typename, content)
        return len(self.told) - before

    def tell_of_customer(self, typename: str, customer: dict[str, Any]) -> None:
        if not self.is_done:
            self.customers[customer["id"]] = customer | {"updatedAt": self.now.isoformat()}
            self._tell(typename, {"user": self.customers[customer["id"]]})

    def change_customer(self) -> None:
        """Somebody the shop has told of chooses a language."""
        customer = self.random.choice(list(self.customers.values()))
        self.tell_of_customer("CustomerUpdated", customer | {"languageCode": self.random.choice(LANGUAGES)})

    def _tell(self, typename: str, content: dict[str, Any]) -> None:
        if self.is_done:
            return
        self.now += timedelta(microseconds=self.random.randint(1_000, 90_000))
        head = {
            "__typename": typename,
            "issuedAt": self.now.isoformat(),
            "version": self.plan.version,
            "recipient": {"id": self.plan.app_id},
            "issuingPrincipal": self.random.choice(
                [None, {"__typename": "App", "id": global_id("App", 7)}, {"__typename": "User", "id": "VXNlcjox"}]
            ),
        }
        self.told.append(Delivery(sub(r"(?<!^)(?=[A-Z])", "_", typename).lower(), head | content))

    # What customers put together

    def new_order(self) -> ShopOrder:
        """A new order of a customer or guest, neither paid nor told of yet."""
        channel = self.random.choices(self.plan.channels, [each.weight for each in self.plan.channels])[0]
        customer = self._customer()
        for_free = self.chance(0.01)
        lines = [self._line(channel, for_free=for_free) for _ in range(self.random.choice([1, 1, 2, 2, 3, 4]))]
        free_shipping = for_free or self.chance(0.3)
        order = ShopOrder(
            id=global_id("Order", self.uuid()),
            number=str(next(self.numbers)),
            channel=channel,
            user=None if self.chance(self.plan.guests) else self.buyer(customer),
            email=customer["email"],
            created=self.now,
            lines=lines,
            shipping=0 if free_shipping else self.random.randint(*channel.prices) // 10,
        )
        if self.chance(0.03):
            order.legacy_gift_card = self.random.randint(0, order.due)
        self.orders.append(order)
        self.unfinished.append(order)
        return order

    def buyer(self, customer: dict[str, Any]) -> dict[str, Any]:
        """The customer as orders name them; the shop tells of them once, before their first order."""
        if customer["id"] not in self.customers:
            self.tell_of_customer("CustomerCreated", customer)
        return {"id": customer["id"], "isStaff": customer["isStaff"]}

    def payment(self, method: str | None) -> Payment:
        return Payment(id=global_id("TransactionItem", self.uuid()), method=method)

    def uuid(self) -> UUID:
        return UUID(int=self.random.getrandbits(128), version=4)

    def _customer(self) -> dict[str, Any]:
        number = self.random.randint(1, self.plan.customers)
        customer_id = global_id("User", number + 100)
        return self.customers.get(customer_id) or {
            "id": customer_id,
            "email": f"customer{number}@example.com",
            "isActive": True,
            "isConfirmed": True,
            "isStaff": number <= self.plan.staff * self.plan.customers,
            "languageCode": self.random.choice(LANGUAGES),
            "defaultShippingAddress": None if number % 3 == 0 else {"country": {"code": COUNTRIES[number % 2]}},
            "defaultBillingAddress": None,
            "dateJoined": self.now.isoformat(),
            "updatedAt": self.now.isoformat(),
        }

    def _line(self, channel: Channel, *, for_free: bool) -> Line:
        quantity = self.random.choice([1, 1, 1, 2, 3, 5])
        shown = self.random.randint(*channel.prices) * quantity
        if self.chance(0.25):  # a share of an order's voucher, which units need not divide
            shown -= self.random.randint(0, shown // 3)
        is_gift = self.chance(0.03)
        shown = 0 if for_free or is_gift else shown
        tax = 100 + channel.tax_percent
        gross, net = (shown, shown * 100 // tax) if channel.display_gross else (shown * tax // 100, shown)
        return Line(
            id=global_id("OrderLine", self.uuid()),
            quantity=quantity,
            gross=gross,
            net=net,
            variant=None if self.chance(0.01) else self._variant(),
            gift=is_gift,
        )

    def _variant(self) -> dict[str, Any]:
        number = self.random.randint(1, 60)
        is_card = number > 57
        return {
            "id": global_id("ProductVariant", number),
            "product": {
                "id": global_id("Product", number),
                "category": None if number % 7 == 0 else {"id": global_id("Category", number % 5)},
                "collections": [{"id": global_id("Collection", each)} for each in range(number % 3)],
                "productType": {
                    "id": global_id("ProductType", 2 if is_card else 1),
                    "kind": "GIFT_CARD" if is_card else "NORMAL",
                },
            },
        }
