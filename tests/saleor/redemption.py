"""A served shop, our app in it as a client, and a customer with a cart: what tests of redemption begin with."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from decimal import Decimal

from saleor_crm_app.demo.apps import App
from saleor_crm_app.demo.catalog import Variant
from saleor_crm_app.demo.checkout import Checkout
from saleor_crm_app.demo.orders import Item
from saleor_crm_app.demo.people import User
from saleor_crm_app.demo.permissions import Permission
from saleor_crm_app.demo.server import serving
from saleor_crm_app.demo.shop import SimulatedShop
from saleor_crm_app.demo.signing import SigningKey
from saleor_crm_app.demo.versions import NEWEST, SaleorVersion
from saleor_crm_app.kernel.ids import CustomerId
from saleor_crm_app.saleor.client import SaleorClient, ShopAccess
from saleor_crm_app.saleor.http import CallPolicy

OPEN = CallPolicy(allow_private=True, total_seconds=20)
ASKED = frozenset(
    {Permission.MANAGE_ORDERS, Permission.MANAGE_USERS, Permission.MANAGE_DISCOUNTS, Permission.MANAGE_GIFT_CARD}
)


@dataclass(frozen=True, kw_only=True)
class Till:
    """Where the app meets the shop: `client` is ours, `anna` has a lamp for 60 and a vase for 40 in her cart."""

    shop: SimulatedShop
    client: SaleorClient
    app: App
    anna: User
    lamp: Variant
    vase: Variant

    @property
    def anna_id(self) -> CustomerId:
        return CustomerId(str(self.anna.pk))

    def cart(self, buyer: User | str | None = None) -> Checkout:
        items = [Item(variant=self.lamp), Item(variant=self.vase)]
        return self.shop.checkouts.create(items, buyer or self.anna, shipping=Decimal(10))

    def allow(self, *permissions: Permission) -> None:
        self.app.permissions = frozenset(permissions)


@asynccontextmanager
async def till_of(key: SigningKey, version: SaleorVersion = NEWEST) -> AsyncIterator[Till]:
    """Installs nothing: the app and its token are put into the shop as an installation would leave them."""
    async with serving(SimulatedShop(version=version, seed=1, key=key)) as shop:
        app = App(pk=shop.state.next_number("App"), name="CRM", identifier="crm", permissions=ASKED, token="t" * 30)
        shop.state.apps[app.pk] = app
        access = ShopAccess(api_url=shop.api_url, token="t" * 30, saleor_version=version.full)
        async with SaleorClient(access, OPEN) as client:
            yield Till(
                shop=shop,
                client=client,
                app=app,
                anna=shop.customers.register("anna@example.com"),
                lamp=shop.shelves.sell("Lamp", 60),
                vase=shop.shelves.sell("Vase", 40),
            )
