"""What buying one unit of products earns: prices are asked for with nothing locked, then points are read."""

import asyncio
from collections.abc import Collection, Mapping
from contextlib import suppress

from saleor_crm_app.checkout.preview.baskets import of_product
from saleor_crm_app.checkout.preview.buyers import Buyer
from saleor_crm_app.checkout.preview.earning import earned_by_each
from saleor_crm_app.checkout.preview.prices import PriceShelf
from saleor_crm_app.checkout.preview.rates import PRODUCTS, demand_preview, owner_of
from saleor_crm_app.checkout.preview.wish import Wish
from saleor_crm_app.checkout.ways import Callers
from saleor_crm_app.crm.customers import standings_of
from saleor_crm_app.kernel.db import Database
from saleor_crm_app.kernel.errors import Unavailable
from saleor_crm_app.kernel.limits import RateLimited
from saleor_crm_app.kernel.telemetry import logger
from saleor_crm_app.loyalty.program import program_of_channel
from saleor_crm_app.saleor.callers import Caller
from saleor_crm_app.saleor.client import PermissionDenied, ShopGraphQLError
from saleor_crm_app.saleor.codes import CodeBook
from saleor_crm_app.saleor.products import PricedProduct, is_product, priced_products

log = logger(__name__)


class ProductPoints:
    """Serves guests and members. Its one call to the shop happens while no transaction of its own is open."""

    def __init__(self, database: Database, callers: Callers, codes: CodeBook, *, seconds: float) -> None:
        self._database = database
        self._callers = callers
        self._codes = codes
        self._seconds = seconds
        self._shelf = PriceShelf(_priced_or_not)

    async def points(self, wish: Wish, products: Collection[str]) -> Mapping[str, int]:
        """Points by products that can be bought in the wish's channel, each bought alone by whoever wishes.

        Nothing is told of a channel without a program. Where the shop is away or was asked too often, what is
        remembered of prices has to do: a page that shows goods goes on without points.
        """
        wanted = [one for one in products if is_product(one)]
        if not wanted:
            return {}
        async with self._database.shop(wish.shop.id, read_only=True) as session:
            program = await program_of_channel(session, wish.channel)
        if program is None:
            return {}
        priced = await self._priced(wish, wanted)
        baskets = [of_product(price, channel=wish.channel) for price in priced.values()]
        async with self._database.shop(wish.shop.id, read_only=True) as session:
            standings = await standings_of(session, wish.shop.id, [] if wish.customer is None else [wish.customer])
            is_staff = any(standing.is_staff for standing in standings.values())
            buyer = Buyer(customer=wish.customer, is_staff=is_staff)
            earned = await earned_by_each(session, wish, program, buyer, baskets)
        return dict(zip(priced, earned, strict=True))

    async def _priced(self, wish: Wish, products: Collection[str]) -> Mapping[str, PricedProduct]:
        known = self._shelf.known(wish.shop.id, wish.channel, products)
        if len(known) < len(set(products)):
            with suppress(RateLimited):
                await self._count(wish)
                known |= await self._asked(wish, products)
        return {product: price for product, price in known.items() if price is not None}

    async def _count(self, wish: Wish) -> None:
        owner = owner_of(wish, self._codes)
        async with self._database.shop(wish.shop.id) as session:
            await demand_preview(session, wish, owner=owner, act=PRODUCTS)

    async def _asked(self, wish: Wish, products: Collection[str]) -> Mapping[str, PricedProduct | None]:
        try:
            async with asyncio.timeout(self._seconds):
                caller = await self._callers(wish.shop.id)
                return await self._shelf.prices(caller, wish.shop.id, wish.channel, products)
        except (Unavailable, PermissionDenied, ShopGraphQLError, TimeoutError) as error:
            log.warning("products_not_read", installation=str(wish.shop.id), error=type(error).__name__)
            return {}


async def _priced_or_not(caller: Caller, ids: Collection[str], channel: str) -> dict[str, PricedProduct | None]:
    """Those that cannot be bought are remembered too: they stand in lists of goods, where all are asked for."""
    found = await priced_products(caller, ids, channel)
    return {one: found.get(one) for one in ids}
