"""A customer with points in a shop that runs our app: what they see, and what they do at the checkout."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from decimal import Decimal
from itertools import count
from typing import Any

import httpx
import sqlalchemy as sa

from saleor_crm_app.checkout import Cashier, Request
from saleor_crm_app.demo import SimulatedShop
from saleor_crm_app.demo.checkout import Checkout
from saleor_crm_app.demo.order import Order
from saleor_crm_app.demo.orders import Item
from saleor_crm_app.demo.people import User
from saleor_crm_app.kernel.ids import customer_id
from saleor_crm_app.loyalty import points
from saleor_crm_app.saleor.business_time import business_time
from saleor_crm_app.saleor.codes import CodeBook
from saleor_crm_app.saleor.installation_store import all_installations
from tests.journeys.conftest import SECRET, RunningApp

_WITH_OURS = 2
"""The shop's own payment app, and ours."""

BALANCE = '{ loyaltyMe(channel: "default-channel") { points { available held pending spent deficit } } }'
APPLY = """
mutation ($checkout: ID!, $points: Int!, $key: String!) {
  pointsApplyToCheckout(
    input: {channel: "default-channel", checkoutId: $checkout, points: $points, idempotencyKey: $key}
  ) { hold { id points } code worth { amount currency } errors { field code message } }
}
"""
REMOVE = """
mutation ($checkout: ID!, $key: String!) {
  pointsRemoveFromCheckout(input: {checkoutId: $checkout, idempotencyKey: $key}) { removed errors { code message } }
}
"""


@dataclass
class Shopper:
    """Anna, signed in at the storefront."""

    app: RunningApp
    shop: SimulatedShop
    user: User
    client: httpx.AsyncClient
    keys: "count[int]" = field(default_factory=count)

    async def settle(self) -> None:
        """Let every delivery arrive and everything that is owed be done."""
        await self.shop.deliveries.settled()
        await self.app.settle()
        await self.shop.deliveries.settled()
        await self.app.settle()

    async def pass_time(self, by: timedelta) -> None:
        self.shop.clock.advance(by)
        await self.app.pass_time(by)

    async def earned(self, euros: int) -> Order:
        """Buy, so long ago by the app's clock that the points can be spent."""
        order = self.shop.orders.place([Item(variant=self.shop.shelves.sell("Lamp", euros))], self.user)
        self.shop.payments.charge(order)
        self.shop.parcels.fulfill(order)
        await self.settle()
        return order

    def fill(self, price: int, *, shipping: int = 0) -> Checkout:
        """A checkout of hers with one thing in it."""
        item = Item(variant=self.shop.shelves.sell("Vase", price))
        return self.shop.checkouts.create([item], self.user, shipping=Decimal(shipping))

    def item(self, price: int) -> Item:
        """Something to put into a checkout."""
        return Item(variant=self.shop.shelves.sell("Cup", price))

    async def apply(self, checkout: Checkout, wanted: int, *, key: str | None = None) -> dict[str, Any]:
        variables = {"checkout": checkout.id, "points": wanted, "key": key or f"key {next(self.keys)}"}
        data = await self.ask(APPLY, variables)
        answer: dict[str, Any] = data["pointsApplyToCheckout"]
        return answer

    async def remove(self, checkout: Checkout) -> dict[str, Any]:
        data = await self.ask(REMOVE, {"checkout": checkout.id, "key": f"key {next(self.keys)}"})
        answer: dict[str, Any] = data["pointsRemoveFromCheckout"]
        return answer

    async def balance(self) -> dict[str, int]:
        data = await self.ask(BALANCE, {})
        seen: dict[str, int] = data["loyaltyMe"]["points"]
        return {name: amount for name, amount in seen.items() if amount}

    async def ask(self, query: str, variables: dict[str, Any]) -> dict[str, Any]:
        headers = {"Authorization": f"Bearer {self.shop.tokens.access(self.user)}"}
        response = await self.client.post(
            "/graphql/", json={"query": query, "variables": variables}, headers=headers, timeout=30
        )
        body = response.json()
        assert "errors" not in body, body
        data: dict[str, Any] = body["data"]
        return data

    async def choose(self, settings: str) -> None:
        """Set the program's settings, as JSON text."""
        shop = await self.app.installation()
        async with self.app.database.shop(shop) as session:
            change = sa.text("UPDATE program SET settings = CAST(:settings AS jsonb)")
            await session.execute(change, {"settings": settings})

    def cashier(self) -> Cashier:
        """The app's own, in a task of the test's that can be killed like a process."""
        return Cashier(self.app.database, self.app.worker.clients.of, CodeBook([SECRET]))

    async def wish(self, checkout: Checkout, wanted: int, *, key: str = "one") -> Request:
        """What the door makes of a mutation."""
        shop = await self.app.installation()
        async with self.app.database.shop(shop, read_only=True) as session:
            at = await business_time(session, shop)
        (known,) = await all_installations(self.app.database)
        return Request(
            shop=known, customer=customer_id(self.user.id), checkout=checkout.id, points=wanted, key=key, at=at
        )

    async def pass_turns(self) -> None:
        """Whoever was at work on tenders, or asked for their end, did so long ago."""
        shop = await self.app.installation()
        async with self.app.database.shop(shop) as session:
            await session.execute(sa.text("UPDATE tender SET busy_until = NULL, asked_at = NULL"))

    async def pass_minute(self) -> None:
        """Nobody has asked for anything in the current minute."""
        shop = await self.app.installation()
        async with self.app.database.shop(shop) as session:
            await session.execute(sa.text("DELETE FROM act_rate"))

    async def run_out(self) -> None:
        """Let every hold run out, and the app do what it does then."""
        await self.pass_turns()
        await self.pass_time(timedelta(hours=2))
        await self.app.worker.time.end_holds()
        await self.settle()

    async def tenders(self) -> list[tuple[str, str]]:
        """State of the hold and of what pays for it, the oldest first."""
        shop = await self.app.installation()
        async with self.app.database.shop(shop, read_only=True) as session:
            rows = await session.execute(
                sa.text("SELECT hold.state, tender.state FROM hold JOIN tender ON hold_id = hold.id ORDER BY hold.id")
            )
            return [(hold, tender) for hold, tender in rows]

    def live_cards(self) -> int:
        """How many gift cards can still be spent."""
        return sum(card.is_active and card.balance > 0 for card in self.shop.state.gift_cards.values())

    async def proved(self) -> tuple[points.Finding, ...]:
        shop = await self.app.installation()
        async with self.app.database.shop(shop, read_only=True) as session:
            return (await points.verify(session, shop)).findings


@asynccontextmanager
async def signed_in(app: RunningApp, shop: SimulatedShop, *, name: str = "anna") -> AsyncIterator[Shopper]:
    """A customer of the shop at its storefront; the app is installed where it is not yet."""
    if len(shop.state.apps) < _WITH_OURS:
        await shop.apps.install(app.manifest_url)
        # before the doors have seen the shop: they remember it, and its clock, for a while
        await app.pass_time(timedelta(days=20))
    user = shop.customers.register(f"{name}@example.com")
    shop.customers.confirm(user)
    async with httpx.AsyncClient(base_url=app.url) as client:
        yield Shopper(app, shop, user, client)
    await shop.deliveries.settled()
