"""What every storefront field may ask of its operation: the shop, the signed-in customer, the time, the loaders."""

from dataclasses import dataclass
from datetime import datetime

import strawberry

from saleor_crm_app.checkout import Cashier, Previewer
from saleor_crm_app.issuing import Desk, OfferDesk
from saleor_crm_app.kernel.db import Database
from saleor_crm_app.kernel.errors import LoyaltyErrorCode, Refusal
from saleor_crm_app.kernel.ids import CustomerId
from saleor_crm_app.saleor.installations import Installation
from saleor_crm_app.storefront.loaders import Loaders
from saleor_crm_app.storefront.product_loader import ProductLoader


class ShopNotNamed(Refusal):
    """A guest's request that does not say which shop it is for."""

    code = LoyaltyErrorCode.REQUIRED
    field = "Saleor-Api-Url"

    def __init__(self) -> None:
        super().__init__("Name the shop: send its API URL in the header Saleor-Api-Url.")


class ShopNotFound(Refusal):
    """A request for a shop that has not installed this app."""

    code = LoyaltyErrorCode.NOT_FOUND
    field = "Saleor-Api-Url"

    def __init__(self) -> None:
        super().__init__("No shop with this API URL has installed this app.")


@dataclass(frozen=True, slots=True, kw_only=True)
class Visit:
    """One operation in one shop; `customer` is None for a guest, `at` is the shop's business time.

    `address` is the client's as the server tells it: of a proxy, where that is not believed.
    """

    installation: Installation
    customer: CustomerId | None
    at: datetime
    loaders: Loaders
    products: ProductLoader
    address: str | None = None

    async def language(self) -> str | None:
        """The signed-in customer's, by one of Saleor's codes; None for guests."""
        return None if self.customer is None else await self.loaders.languages.load(self.customer)


@dataclass(frozen=True, slots=True, kw_only=True)
class Counters:
    """Where customers are served with more than reading: each opens its own transactions."""

    cashier: Cashier
    desk: Desk
    previewer: Previewer
    offers: OfferDesk


@dataclass(frozen=True, slots=True, kw_only=True)
class Context:
    """`unknown` is set where a shop was named that we do not know. Mutations open their own transactions."""

    visit: Visit | None
    database: Database
    counters: Counters
    unknown: bool = False

    @property
    def cashier(self) -> Cashier:
        return self.counters.cashier

    @property
    def desk(self) -> Desk:
        return self.counters.desk

    @property
    def previewer(self) -> Previewer:
        return self.counters.previewer

    @property
    def offers(self) -> OfferDesk:
        return self.counters.offers

    def require_visit(self) -> Visit:
        """The visit, for fields that are some shop's.

        Raises ShopNotNamed or ShopNotFound.
        """
        if self.visit is None:
            raise ShopNotFound if self.unknown else ShopNotNamed
        return self.visit

    @property
    def customer(self) -> CustomerId | None:
        return None if self.visit is None else self.visit.customer


Info = strawberry.Info[Context, None]
