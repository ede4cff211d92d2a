"""The simulated shop as one object: its parts, put together."""

import asyncio
import os
from collections.abc import Awaitable, Callable
from enum import StrEnum

from saleor_crm_app.demo.announce import Announcer
from saleor_crm_app.demo.appstore import AppStore
from saleor_crm_app.demo.assortment import Assortment
from saleor_crm_app.demo.checkout_codes import CheckoutCodes
from saleor_crm_app.demo.checkouts import Checkouts
from saleor_crm_app.demo.clock import ShopClock
from saleor_crm_app.demo.completion import Completion
from saleor_crm_app.demo.customers import Customers
from saleor_crm_app.demo.deliveries import Deliveries
from saleor_crm_app.demo.errors import RefusedInProduction
from saleor_crm_app.demo.gift_cards import GiftCards
from saleor_crm_app.demo.orders import DEFAULT_CHANNEL, Orders
from saleor_crm_app.demo.parcels import Parcels
from saleor_crm_app.demo.payments import Payments
from saleor_crm_app.demo.promo_codes import PromoCodes
from saleor_crm_app.demo.refunds import Refunds
from saleor_crm_app.demo.signing import KeyRing, SigningKey
from saleor_crm_app.demo.state import ShopState
from saleor_crm_app.demo.tokens import Tokens
from saleor_crm_app.demo.troubles import Troubles
from saleor_crm_app.demo.versions import NEWEST, SaleorVersion
from saleor_crm_app.demo.voucher_use import VoucherUse
from saleor_crm_app.demo.vouchers import Vouchers
from saleor_crm_app.demo.webhooks import Webhooks


class JwksMood(StrEnum):
    """How `/.well-known/jwks.json` answers."""

    GOOD = "GOOD"
    HTML = "HTML"
    SLOW = "SLOW"
    ERROR = "ERROR"


class SimulatedShop:
    """A Saleor in memory: `customers`, `checkouts`, `orders`, `payments`, `refunds`, `parcels`, `vouchers`,
    `gift_cards` and `apps` are its acts.

    `speedup` divides the waits between delivery attempts, `sleep` replaces them. Raises RefusedInProduction
    where `ENV` says production.
    """

    def __init__(
        self,
        *,
        version: SaleorVersion = NEWEST,
        clock: ShopClock | None = None,
        name: str = "Simulated shop",
        seed: int | None = None,
        key: SigningKey | None = None,
        speedup: float = 1.0,
        sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
    ) -> None:
        if os.environ.get("ENV", "").lower() == "production":
            raise RefusedInProduction
        self.clock = clock or ShopClock()
        self.state = ShopState(version=version, clock=self.clock, name=name, seed=seed)
        self.events = self.state.events
        self.keys = KeyRing(key)
        self.tokens = Tokens(self.state, self.keys)
        self.origin = "http://127.0.0.1:8000"
        self.is_down = False  # its API and keys answer 503; webhooks still leave
        self.jwks_mood = JwksMood.GOOD
        self.jwks_delay = 30.0
        self.jwks_requests = 0
        announcer = Announcer(self.state)
        self.shelves = Assortment(self.state)
        self.shelves.open_channel(DEFAULT_CHANNEL, "USD")
        promo_codes = PromoCodes(self.state)
        self.gift_cards = GiftCards(self.state, promo_codes)
        self.vouchers = Vouchers(self.state, promo_codes)
        self.customers = Customers(self.state, self.gift_cards)
        self.payments = Payments(self.state, announcer)
        voucher_use = VoucherUse(promo_codes)
        self.orders = Orders(self.state, announcer, self.payments, voucher_use)
        completion = Completion(self.state, announcer, voucher_use, self.gift_cards)
        self.checkouts = Checkouts(self.state, CheckoutCodes(self.state, promo_codes), self.payments, completion)
        self.refunds = Refunds(self.state, announcer, self.payments)
        self.parcels = Parcels(self.state, announcer, self.orders)
        self.apps = AppStore(self.state, lambda: self.api_url)
        self.deliveries = Deliveries(speedup=speedup, sleep=sleep)
        self.state.sent = self.deliveries.log
        self.troubles = Troubles()
        self.webhooks = Webhooks(self.state, self.keys, self.deliveries, lambda: self.api_url)

    @property
    def version(self) -> SaleorVersion:
        return self.state.version

    @property
    def origin(self) -> str:
        """Scheme, host and port; the API, the keys and every token's `iss` follow from it."""
        return self._origin

    @origin.setter
    def origin(self, origin: str) -> None:
        self._origin = origin
        self.tokens.issuer = self.api_url

    @property
    def api_url(self) -> str:
        """Saleor's API address of this shop, ending in `/graphql/`."""
        return f"{self._origin}/graphql/"

    async def aclose(self) -> None:
        """Stop delivering."""
        await self.deliveries.aclose()
