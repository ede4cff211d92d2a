"""Business in a simulated shop, the same each time: orders of every fate, and what a ledger should hold of them."""

import random
from collections.abc import Callable, Mapping
from datetime import datetime
from decimal import Decimal
from typing import NamedTuple
from uuid import UUID

import sqlalchemy as sa

from saleor_crm_app.demo import SimulatedShop
from saleor_crm_app.demo.catalog import Variant
from saleor_crm_app.demo.order import Order
from saleor_crm_app.demo.orders import Item
from saleor_crm_app.demo.people import User
from saleor_crm_app.kernel.db import Database
from saleor_crm_app.kernel.ids import InstallationId


class Held(NamedTuple):
    """The lot of one order."""

    customer: str
    posted: int
    activates_at: datetime | None
    expires_at: datetime | None


async def ledger(database: Database, installation: InstallationId) -> Mapping[UUID, Held]:
    """What the ledger holds, by order; lots that gave nothing back included."""
    query = sa.text(
        "SELECT order_points.order_id, customer_id, posted, activates_at, expires_at FROM order_points"
        " JOIN account ON account.id = order_points.account_id JOIN lot ON lot.id = lot_id WHERE posted > 0"
    )
    async with database.shop(installation, read_only=True) as session:
        return {row.order_id: Held(*row[1:]) for row in await session.execute(query)}


async def customers(database: Database, installation: InstallationId) -> Mapping[str, tuple[object, ...]]:
    """What is known of customers, by id."""
    query = sa.text("SELECT id, is_active, is_confirmed, is_staff, language, joined_at, deleted_at FROM customer")
    async with database.shop(installation, read_only=True) as session:
        return {row.id: tuple(row[1:]) for row in await session.execute(query)}


class Trade:
    """Does business by a seed. Between acts `breathe` lets the deliveries out."""

    def __init__(self, shop: SimulatedShop, *, seed: int) -> None:
        self.shop = shop
        self._random = random.Random(seed)  # noqa: S311 # it must repeat by its seed and guards nothing
        self._lamp: Variant = shop.shelves.sell("Lamp", 60)
        self._vase: Variant = shop.shelves.sell("Vase", 40)
        self.people: list[User] = []
        self.orders: list[Order] = []

    def greet(self, number: int) -> None:
        """So many customers sign up; two of three confirm."""
        for one in range(number):
            user = self.shop.customers.register(f"{one}@example.com")
            if one % 3:
                self.shop.customers.confirm(user)
            self.people.append(user)

    def sell(self, number: int) -> None:
        """So many orders, each with a fate."""
        for _ in range(number):
            buyer = self._random.choice(self.people)
            items = [Item(variant=self._lamp), Item(variant=self._vase, quantity=self._random.randint(1, 3))]
            order = self.shop.orders.place(items, buyer, shipping=Decimal(10))
            self.orders.append(order)
            self._random.choice(self._fates())(order)

    def _fates(self) -> list[Callable[[Order], object]]:
        return [self._leave, self._pay, self._send, self._send, self._send, self._refund, self._return, self._cancel]

    def _leave(self, _order: Order) -> None:
        """It is never paid."""

    def _pay(self, order: Order) -> None:
        self.shop.payments.charge(order)

    def _send(self, order: Order) -> None:
        self._pay(order)
        self.shop.parcels.fulfill(order)

    def _refund(self, order: Order) -> None:
        self._send(order)
        self.shop.refunds.refund(order, Decimal(self._random.randint(1, 60)))

    def _return(self, order: Order) -> None:
        self._send(order)
        self.shop.parcels.take_back(order, {order.lines[0]: 1})

    def _cancel(self, order: Order) -> None:
        self._pay(order)
        self.shop.orders.cancel(order)


def mute(shop: SimulatedShop) -> None:
    """From now on the shop tells no app of anything, and keeps nothing to tell later."""
    for app in shop.state.apps.values():
        for webhook in app.webhooks:
            webhook.is_active = False


def orders_paid(shop: SimulatedShop, number: int) -> list[Order]:
    """So many orders of 20, each paid when it was placed, by one customer."""
    buyer = shop.state.user_by_email("anna@example.com") or shop.customers.register("anna@example.com")
    vase = shop.shelves.sell("Vase", 20)
    return [shop.orders.place([Item(variant=vase)], buyer, paid=Decimal(20)) for _ in range(number)]
