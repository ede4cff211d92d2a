"""A storefront door before a simulated shop that can be called: customers with points and coupons, and guests."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from itertools import count
from typing import Any, Final

import httpx
import sqlalchemy as sa
from starlette.applications import Starlette

from saleor_crm_app import storefront
from saleor_crm_app.checkout import Cashier, Previewer
from saleor_crm_app.checkout.preview.previewer import SECONDS
from saleor_crm_app.checkout.ways import Callers
from saleor_crm_app.crm.orders import FulfillmentFact
from saleor_crm_app.demo.checkout import Checkout
from saleor_crm_app.issuing import Desk, OfferDesk
from saleor_crm_app.kernel.db import Database
from saleor_crm_app.kernel.ids import CustomerId, InstallationId
from saleor_crm_app.loyalty import coupons, rewards
from saleor_crm_app.loyalty.coupons import Coupon, CouponOrigin, StoredCode
from saleor_crm_app.loyalty.program import program_of_channel
from saleor_crm_app.saleor.callers import Caller
from saleor_crm_app.saleor.codes import CodeBook
from saleor_crm_app.saleor.directory import InstallationDirectory
from tests.door import Door, Shop, token_reader
from tests.saleor.redemption import Till
from tests.shop import NOON, line, order

SECRET: Final = "a secret key that only tests know"
BEN = CustomerId("8")
_NUMBERS = count(1)

PREVIEW = """
query ($input: LoyaltyPreviewInput!) {
  loyaltyPreview(input: $input) {
    earns { points reason { code } lines { points } multiplierPercent }
    spend { min most step reason { code text } applied error { field code } }
    coupon { best { coupon { reward { name } } amount { amount } } others { coupon { code } missing { code } } }
    promoCode { valid amount { amount currency } reason { code text } missing { code text } }
    total { subtotal { amount } total { amount currency } }
    suggestions { reward { name } }
    errors { field code message }
  }
}
"""
Answer = dict[str, Any]


@dataclass
class Market:
    """Anna is a customer of the shop; whoever is not named is a guest."""

    door: Door
    shop: Shop
    till: Till
    codes: CodeBook

    @property
    def anna(self) -> CustomerId:
        return self.till.anna_id

    @property
    def database(self) -> Database:
        return self.shop.database

    async def asked(self, customer: CustomerId | None = None, **asked: object) -> Answer:
        """The preview of one lamp for 60, unless a checkout or lines are named."""
        named = {"lines": [self.lamp()]} if asked.keys().isdisjoint({"checkoutId", "lines"}) else {}
        wanted = {"input": {"channel": "default-channel", **named, **asked}}
        token = None if customer is None else self.shop.token(customer)
        headers = {"Saleor-Api-Url": self.shop.api_url} if customer is None else {}
        found = (await self.door.data(PREVIEW, wanted, token=token, headers=headers))["loyaltyPreview"]
        assert isinstance(found, dict)
        return found

    def lamp(self, quantity: int = 1) -> Answer:
        return {"variantId": self.till.lamp.id, "quantity": quantity}

    def cart(self, *, of_guest: bool = False) -> Checkout:
        """A lamp for 60 and a vase for 40, delivered for 10."""
        return self.till.cart("guest@example.com" if of_guest else None)

    async def earn(self, customer: CustomerId, number: int) -> None:
        """Points that can be spent."""
        sent = (FulfillmentFact(status="FULFILLED", created_at=NOON),)
        whole = line(f"thing {next(_NUMBERS)}", number * 100)
        await self.shop.says(
            order(
                whole,
                charged=number * 100,
                customer=customer,
                currency="USD",
                status="FULFILLED",
                fulfillments=sent,
            )
        )

    async def give(self, customer: CustomerId, code: str, **terms: Any) -> Coupon:  # noqa: ANN401 # any term's
        """A coupon of theirs with this code; 5 off where nothing else is said."""
        effect = terms.pop("effect", {"kind": "FIXED_AMOUNT", "amount": 500})
        voucher = f"voucher {next(_NUMBERS)}"
        async with self.database.shop(self.shop.id) as session:
            program = await program_of_channel(session, "default-channel")
            assert program is not None
            read = rewards.read_terms({"effect": effect, "words": {"name": code}, **terms})
            made = await rewards.create_reward(session, self.shop.id, program, read, at=NOON)
            [kept] = await rewards.vouchers.vouchers_of(session, [made.id])
            await rewards.vouchers.note_voucher(session, kept.key, voucher)
            await coupons.codes.keep_codes(session, self.shop.id, [self._stored(voucher, code)])
            return await rewards.grant(
                session,
                self.shop.id,
                customer,
                program=program,
                reward=made.id,
                origin=CouponOrigin.GOODWILL,
                at=NOON,
            )

    async def change(self, statement: str, **values: object) -> None:
        """Let something be otherwise in the database."""
        async with self.database.shop(self.shop.id) as session:
            await session.execute(sa.text(statement), values)

    def _stored(self, voucher: str, code: str) -> StoredCode:
        shop = self.shop.id
        return StoredCode(
            voucher=voucher,
            mac=self.codes.mac(code, installation=shop),
            sealed=self.codes.seal(code, installation=shop),
        )


@asynccontextmanager
async def market_of(shop: Shop, till: Till, *, address: str = "203.0.113.7", delay: float = 0) -> AsyncIterator[Market]:
    """Its customers call from this address; the shop answers after a delay, of which a tenth of a second is borne."""
    codes = CodeBook([SECRET])
    database = shop.database
    directory = InstallationDirectory(database, lifetime=0.0)
    callers = _callers(till, delay)
    previewer = Previewer(database, callers, codes, seconds=0.1 if delay else SECONDS)
    counters = storefront.Counters(
        cashier=Cashier(database, callers, codes),
        desk=Desk(database, codes),
        previewer=previewer,
        offers=OfferDesk(database),
    )
    app = Starlette(routes=storefront.routes(database, token_reader(database, directory), directory, counters))
    transport = httpx.ASGITransport(app, client=(address, 123))
    async with httpx.AsyncClient(transport=transport, base_url="https://app.example") as client:
        yield Market(Door(client, "/graphql/"), shop, till, codes)


def _callers(till: Till, delay: float) -> Callers:
    async def of(_installation: InstallationId) -> Caller:
        await asyncio.sleep(delay)
        return till.client

    return of
