"""A real Saleor as a town: all acts go through its API, the app hears by reading, and the shop's clock is real."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from decimal import Decimal
from itertools import count
from time import monotonic
from typing import Final

import httpx
import pytest
import sqlalchemy as sa

from saleor_crm_app.kernel.ids import customer_id, global_id
from tests.conftest import Addresses
from tests.journeys import saleor_documents as documents
from tests.journeys.news import read_shop
from tests.journeys.running import RunningApp, running
from tests.journeys.saleor_api import Json
from tests.journeys.saleor_market import Market, checkout_input, priced_methods
from tests.journeys.town import Cart, Person, Placed, Refused, Thing

_PASSWORD: Final = "a journey's password 1"
_TOKEN_SECONDS: Final = 240
"""Saleor's access tokens live for five minutes."""
_SOON_MINUTES: Final = 5
"""Longer nobody waits for an order to expire; Saleor looks every five minutes."""


@dataclass
class SaleorTown:
    """One test's customers, orders and vouchers in a shop that others use as well."""

    app: RunningApp
    market: Market
    _names: "count[int]" = field(default_factory=count)
    _emails: dict[str, str] = field(default_factory=dict)
    _tokens: dict[str, tuple[float, str]] = field(default_factory=dict)
    _orders: list[str] = field(default_factory=list)

    @property
    def channel(self) -> str:
        return str(self.market.channel["slug"])

    @property
    def currency(self) -> str:
        return str(self.market.channel["currencyCode"])

    async def customer(self, name: str) -> Person:
        email, api = self._email(name), self.market.api
        content = {"email": email, "password": _PASSWORD, "channel": self.channel, "redirectUrl": api.origin}
        await api.shopper(documents.ACCOUNT_REGISTER, None, input=content)
        user = await _until(lambda: api.staff(documents.USER, email=email), seconds=30)
        await api.staff(documents.CUSTOMER_UPDATE, id=user["id"], input={"isConfirmed": True})
        self._emails[customer_id(user["id"])] = email
        await self.hear()
        return Person(email=email, customer=customer_id(user["id"]))

    def guest(self, name: str) -> Person:
        return Person(email=self._email(name))

    async def token(self, person: Person) -> str:
        assert person.customer is not None
        made_at, token = self._tokens.get(person.customer, (float("-inf"), ""))
        if monotonic() - made_at > _TOKEN_SECONDS:
            email = self._emails[person.customer]
            answer = await self.market.api.shopper(documents.TOKEN_CREATE, None, email=email, password=_PASSWORD)
            token = answer["token"]
            self._tokens[person.customer] = (monotonic(), token)
        return token

    async def thing(self, price: int) -> Thing:
        return await self.market.thing(price)

    async def fill(self, buyer: Person, *things: Thing, pieces: int = 1) -> Cart:
        lines = [{"variantId": thing.variant, "quantity": pieces} for thing in things]
        content = checkout_input(self.market, buyer.email, lines)
        made = (await self._shop(documents.CHECKOUT_CREATE, buyer, input=content))["checkout"]
        method = priced_methods(made)[0]["id"]
        chosen = (await self._shop(documents.DELIVERY, buyer, id=made["id"], method=method))["checkout"]
        goods, shipping = _amount(chosen["subtotalPrice"]), _amount(chosen["shippingPrice"])
        return Cart(id=made["id"], buyer=buyer, goods=goods, shipping=shipping)

    async def put(self, cart: Cart, code: str) -> None:
        await self._shop(documents.ADD_CODE, cart.buyer, id=cart.id, code=code)

    async def total(self, cart: Cart) -> Decimal:
        return _amount((await self._shop(documents.CHECKOUT_TOTAL, cart.buyer, id=cart.id))["totalPrice"])

    async def pay(self, cart: Cart) -> None:
        left = await self.total(cart)
        if left and "HANDLE_PAYMENTS" in self.market.may:
            paid = {"amount": str(left), "currency": self.currency}
            content = {"name": "Journey", "pspReference": cart.id[-20:], "amountCharged": paid}
            await self.market.api.staff(documents.PAY, id=cart.id, transaction=content)

    async def complete(self, cart: Cart) -> Placed:
        made = await self._shop(documents.COMPLETE, cart.buyer, id=cart.id)
        return await self._placed(cart, made["order"]["id"])

    async def complete_at_once(self, carts: Sequence[Cart]) -> list[Placed | Refused]:
        tokens = [None if cart.buyer.customer is None else await self.token(cart.buyer) for cart in carts]
        asked = [
            self.market.api.shopper(documents.COMPLETE, token, id=cart.id)
            for cart, token in zip(carts, tokens, strict=True)
        ]
        ends: list[Placed | Refused] = []
        for cart, end in zip(carts, await asyncio.gather(*asked, return_exceptions=True), strict=True):
            if isinstance(end, BaseException) and not isinstance(end, Refused):
                raise end
            ends.append(end if isinstance(end, Refused) else await self._placed(cart, end["order"]["id"]))
        return ends

    async def cancel(self, order: Placed) -> None:
        await self.market.api.staff(documents.CANCEL, id=order.id)
        self._orders.remove(order.id)

    async def expire(self, order: Placed) -> None:
        minutes = self.market.expires_after_minutes
        if minutes is None or minutes > _SOON_MINUTES:
            pytest.skip(f"{self.channel} does not give up unpaid orders within {_SOON_MINUTES} minutes")

        async def is_expired() -> bool:
            return bool((await self.market.api.staff(documents.ORDER, id=order.id))["status"] == "EXPIRED")

        await _until(is_expired, seconds=60 * (minutes + _SOON_MINUTES + 2))
        self._orders.remove(order.id)

    async def adopt(self, order: Placed, owner: Person) -> None:
        assert owner.customer is not None
        change = {"email": order.buyer.email}
        await self.market.api.staff(documents.CUSTOMER_UPDATE, id=global_id("User", owner.customer), input=change)
        self._emails[owner.customer] = order.buyer.email
        self._tokens.pop(owner.customer, None)

    async def delete_code(self, code: str) -> None:
        found = await self._find_code(code)
        assert found is not None
        assert (await self.market.api.staff(documents.CODES_DELETE, ids=[found]))["count"] == 1

    async def has_code(self, code: str) -> bool:
        return await self._find_code(code) is not None

    async def count_codes(self, voucher: str) -> int:
        return len([one async for one in self._codes(voucher)])

    async def listen(self, *, fully: bool = False) -> None:
        await read_shop(self.app, fully=fully)
        await self.app.take_in()

    async def hear(self, *, fully: bool = False) -> None:
        await self.listen(fully=fully)
        await self.app.settle()

    async def pass_time(self, by: timedelta) -> None:
        await self.app.pass_time(by)

    async def tidy(self) -> None:
        """Take away what can be, and give the stock back that orders hold."""
        api, shop = self.market.api, await self.app.installation()
        async with self.app.database.shop(shop, read_only=True) as session:
            cards = list(await session.scalars(sa.text("SELECT saleor_id FROM coupon WHERE medium = 'GIFT_CARD'")))
            vouchers = list(await session.scalars(sa.text("SELECT voucher_id FROM reward_voucher")))
        for order in self._orders:
            with suppress(Refused):  # it may be cancelled already
                await api.staff(documents.CANCEL, id=order)
        await api.staff(documents.VOUCHERS_DELETE, ids=[one for one in vouchers if one is not None])
        await api.staff(documents.CARDS_DELETE, ids=[one for one in cards if one is not None])
        await api.staff(documents.CUSTOMER_DELETE, ids=[global_id("User", one) for one in self._emails])

    async def _shop(self, document: str, buyer: Person, **variables: object) -> Json:
        token = None if buyer.customer is None else await self.token(buyer)
        return await self.market.api.shopper(document, token, **variables)

    async def _placed(self, cart: Cart, order: str) -> Placed:
        self._orders.append(order)
        read = await self.market.api.staff(documents.ORDER, id=order)
        created = datetime.fromisoformat(read["created"])
        return Placed(id=order, total=_amount(read["total"]), full=cart.full, buyer=cart.buyer, created=created)

    async def _find_code(self, code: str) -> str | None:
        for edge in (await self.market.api.staff(documents.VOUCHERS_LIKE, text=code))["edges"]:
            async for one in self._codes(edge["node"]["id"]):
                if one["code"] == code:
                    return str(one["id"])
        return None

    async def _codes(self, voucher: str) -> AsyncIterator[Json]:
        after, more = None, True
        while more:
            page = (await self.market.api.staff(documents.VOUCHER_CODES, id=voucher, after=after))["codes"]
            after, more = page["pageInfo"]["endCursor"], page["pageInfo"]["hasNextPage"]
            for edge in page["edges"]:
                yield edge["node"]

    def _email(self, name: str) -> str:
        return f"{name}-{self.market.run}-{next(self._names)}-{id(self):x}@example.com"


def _amount(price: Json) -> Decimal:
    return Decimal(str(price["gross"]["amount"]))


async def _until(asked: Callable[[], Awaitable[Json]], *, seconds: float) -> Json:
    end = monotonic() + seconds
    while not (answer := await asked()):
        assert monotonic() < end, f"Nothing came within {seconds:.0f} seconds"
        await asyncio.sleep(0.5)
    return answer


@asynccontextmanager
async def saleor_town(addresses: Addresses, market: Market) -> AsyncIterator[SaleorTown]:
    """The shop with the app registered in it by the token at hand: without webhooks, and gone afterwards."""
    api = market.api
    before = (await api.staff(documents.APP))["webhooks"]
    async with running(addresses, app_id=market.identifier) as app:
        async with httpx.AsyncClient(base_url=app.url) as client:
            told = {"saleor-api-url": api.url}
            answer = await client.post("/api/register", json={"auth_token": api.token}, headers=told, timeout=60)
        assert answer.status_code == 200, answer.text
        town = SaleorTown(app, market)
        try:
            yield town
        finally:
            await town.tidy()
            assert (await api.staff(documents.APP))["webhooks"] == before
