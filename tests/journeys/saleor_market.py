"""Where journeys can be made in a real shop: a channel, an address it delivers to, and things of known prices."""

import os
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from decimal import Decimal
from secrets import token_hex
from typing import Any, Final

import httpx

from tests.journeys import saleor_documents as documents
from tests.journeys.saleor_api import Json, SaleorApi
from tests.journeys.town import Refused, Thing

NEEDED: Final = ("SALEOR_API_URL", "SALEOR_APP_TOKEN")
_PEOPLE: Final = {"firstName": "Anna", "lastName": "Journey"}
_ADDRESSES: Final[Mapping[str, Mapping[str, str]]] = {
    "US": {"streetAddress1": "1 Main St", "city": "New York", "postalCode": "10001", "countryArea": "NY"},
    "PL": {"streetAddress1": "Prosta 1", "city": "Warszawa", "postalCode": "00-838"},
    "DE": {"streetAddress1": "Hauptstr. 1", "city": "Berlin", "postalCode": "10827"},
    "GB": {"streetAddress1": "1 High Street", "city": "London", "postalCode": "SW1A 1AA"},
}
_STOCK: Final = 1000


class NoMarket(Exception):
    """Nothing can be bought there."""


@dataclass
class Market:
    """One channel of a shop; things that were made for the journeys are taken away at the end."""

    api: SaleorApi
    identifier: str
    version: str
    may: frozenset[str]
    channel: Json
    address: Mapping[str, str]
    run: str = field(default_factory=lambda: token_hex(4))
    _things: dict[int, Thing] = field(default_factory=dict)
    _made: list[str] = field(default_factory=list)

    @property
    def expires_after_minutes(self) -> int | None:
        minutes: int | None = self.channel["orderSettings"]["expireOrdersAfter"]
        return minutes or None

    async def thing(self, price: int) -> Thing:
        if price not in self._things:
            makes = "MANAGE_PRODUCTS" in self.may
            self._things[price] = await (self._make(price) if makes else self._find(price))
        return self._things[price]

    async def _make(self, price: int) -> Thing:
        kinds = [edge["node"] for edge in (await self.api.staff(documents.PRODUCT_TYPES))["edges"]]
        plain = [
            kind["id"]
            for kind in kinds
            if not any(one["valueRequired"] for one in [*kind["productAttributes"], *kind["variantAttributes"]])
        ]
        if not plain:
            return await self._find(price)
        categories = [edge["node"]["id"] for edge in (await self.api.staff(documents.CATEGORIES))["edges"]]
        content = {"name": f"Journey {self.run} for {price}", "productType": plain[0], "category": categories[0]}
        product = (await self.api.staff(documents.PRODUCT_CREATE, input=content))["product"]["id"]
        self._made.append(product)
        shown = {"channelId": self.channel["id"], "isPublished": True, "isAvailableForPurchase": True}
        await self.api.staff(documents.PRODUCT_LISTING, id=product, input={"updateChannels": [shown]})
        stocks = [{"warehouse": one["id"], "quantity": _STOCK} for one in self.channel["warehouses"]]
        content = {"product": product, "sku": f"journey-{self.run}-{price}", "attributes": [], "stocks": stocks}
        variant = (await self.api.staff(documents.VARIANT_CREATE, input=content))["productVariant"]["id"]
        listed = [{"channelId": self.channel["id"], "price": price}]
        await self.api.staff(documents.VARIANT_LISTING, id=variant, input=listed)
        return Thing(product=product, variant=variant, price=Decimal(price))

    async def _find(self, price: int) -> Thing:
        """What the shop sells anyway, of the nearest price; another thing for each price."""
        taken = {thing.product for thing in self._things.values()}
        found = []
        for edge in (await self.api.staff(documents.FOR_SALE, channel=self.channel["slug"]))["edges"]:
            for variant in edge["node"]["variants"] or ():
                is_left = variant["quantityAvailable"] and edge["node"]["id"] not in taken
                if is_left and variant["pricing"] and variant["pricing"]["price"]:
                    amount = Decimal(str(variant["pricing"]["price"]["gross"]["amount"]))
                    found.append(Thing(product=edge["node"]["id"], variant=variant["id"], price=amount))
        if not found:
            raise NoMarket(f"{self.channel['slug']} sells nothing that is shipped")
        return min(found, key=lambda thing: abs(thing.price - price))

    async def close(self) -> None:
        for product in self._made:
            await self.api.staff(documents.PRODUCT_DELETE, id=product)


@asynccontextmanager
async def open_market() -> AsyncIterator[Market]:
    """In the channel that SALEOR_CHANNEL names, else in the first one where something can be bought and shipped."""
    async with httpx.AsyncClient() as client:
        api = SaleorApi(client, *(os.environ[name] for name in NEEDED))
        app, shop = await api.staff(documents.APP), await api.staff(documents.SHOP)
        may = frozenset(one["code"] for one in app["permissions"])
        wanted = os.environ.get("SALEOR_CHANNEL")
        channels = [one for one in await api.staff(documents.CHANNELS) if one["isActive"]]
        channels = [one for one in channels if wanted is None or one["slug"] == wanted]
        for channel in sorted(channels, key=lambda one: (one["slug"] != "default-channel", one["slug"])):
            market = Market(api, app["identifier"], shop["version"], may, channel, {})
            try:
                if await _can_deliver(market):
                    yield market
                    return
            finally:
                await market.close()
        raise NoMarket(f"No channel of {api.url} sells something and ships it to {', '.join(_ADDRESSES)}")


async def _can_deliver(market: Market) -> bool:
    default = market.channel["defaultCountry"]["code"]
    for country in sorted(_ADDRESSES, key=lambda code: code != default):
        market.address = {**_PEOPLE, **_ADDRESSES[country], "country": country}
        try:
            thing = await market.thing(100)
            content = checkout_input(market, "nobody@example.com", [{"variantId": thing.variant, "quantity": 1}])
            made = await market.api.shopper(documents.CHECKOUT_CREATE, None, input=content)
        except (Refused, NoMarket):
            continue
        if priced_methods(made["checkout"]):
            return True
    return False


def checkout_input(market: Market, email: str, lines: list[dict[str, Any]]) -> dict[str, Any]:
    address = dict(market.address)
    return {
        "channel": market.channel["slug"],
        "email": email,
        "lines": lines,
        "shippingAddress": address,
        "billingAddress": address,
    }


def priced_methods(checkout: Json) -> list[Json]:
    """Ways of delivery that cost something, the cheapest first."""
    methods = [one for one in checkout["shippingMethods"] if one["active"] and one["price"]["amount"] > 0]
    return sorted(methods, key=lambda one: (one["price"]["amount"], one["id"]))
