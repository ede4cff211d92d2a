"""Tells what a cart comes to: asks the shop for it with nothing locked, then reads all else in one transaction."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Final

from sqlalchemy.ext.asyncio import AsyncSession

from saleor_crm_app.checkout.errors import CheckoutNotFound, ShopAway
from saleor_crm_app.checkout.preview.baskets import Basket, of_lines
from saleor_crm_app.checkout.preview.buyers import Buyer, buyer_of
from saleor_crm_app.checkout.preview.codes import Typed, look_up
from saleor_crm_app.checkout.preview.earning import Earns, earned_by
from saleor_crm_app.checkout.preview.errors import NoProgramThere
from saleor_crm_app.checkout.preview.prices import PriceShelf
from saleor_crm_app.checkout.preview.products import ProductPoints
from saleor_crm_app.checkout.preview.rates import demand_preview, owner_of
from saleor_crm_app.checkout.preview.reckoning import Offered, Reckoned, offered, reckon
from saleor_crm_app.checkout.preview.suggesting import Suggested, suggested
from saleor_crm_app.checkout.preview.tendered import basket_of
from saleor_crm_app.checkout.preview.wish import Wish, demand_sense
from saleor_crm_app.checkout.ways import Callers
from saleor_crm_app.kernel.db import Database
from saleor_crm_app.kernel.errors import Unavailable
from saleor_crm_app.kernel.telemetry import logger
from saleor_crm_app.loyalty.program import Program, program_of_channel
from saleor_crm_app.loyalty.rewards import Valued
from saleor_crm_app.saleor.checkouts import CheckoutState, read_checkout
from saleor_crm_app.saleor.client import PermissionDenied, ShopGraphQLError
from saleor_crm_app.saleor.codes import CodeBook
from saleor_crm_app.saleor.variants import priced_variants

SECONDS: Final = 2.5
"""The shop has so long to answer; the whole operation has five."""

log = logger(__name__)


@dataclass(frozen=True, slots=True, kw_only=True)
class Preview:
    """All that is told of a cart. `typed` is None where no code was; `valued` is what it does for the cart."""

    program: Program
    basket: Basket
    buyer: Buyer
    earns: Earns
    reckoned: Reckoned
    coupons: Sequence[Offered]
    typed: Typed | None
    valued: Valued | None
    suggestions: Sequence[Suggested]


class Previewer:
    """Serves guests and members. Its one call to the shop happens while no transaction is open."""

    def __init__(self, database: Database, callers: Callers, codes: CodeBook, *, seconds: float = SECONDS) -> None:
        self._database = database
        self._callers = callers
        self._codes = codes
        self._seconds = seconds
        self._prices = PriceShelf(priced_variants)
        self.products = ProductPoints(database, callers, codes, seconds=seconds)

    async def preview(self, wish: Wish) -> Preview:
        """What the cart comes to now; changes nothing but counts of how often was asked.

        Raises the refusals of this package, CheckoutNotFound for somebody else's, ShopAway and RateLimited. A code that
        is wrong, points that cannot be spent and coupons that do not fit are no refusals but part of the answer.
        """
        demand_sense(wish)
        owner = owner_of(wish, self._codes)
        async with self._database.shop(wish.shop.id) as session:
            program = await program_of_channel(session, wish.channel)
            await demand_preview(session, wish, owner=owner)
        if program is None:
            raise NoProgramThere
        seen = await self._seen(wish)
        typed = None
        if wish.code is not None and wish.code.strip():
            typed = await look_up(self._database, self._codes, wish, program=program.id, owner=owner)
        async with self._database.shop(wish.shop.id, read_only=True) as session:
            checkout = seen if isinstance(seen, CheckoutState) else None
            buyer = await buyer_of(session, wish, program, checkout)
            if isinstance(seen, CheckoutState):
                basket = await basket_of(session, self._codes, wish, seen, program=program.id, buyer=buyer)
                cards = set(seen.gift_cards)
                buyer = replace(buyer, purse=[one for one in buyer.purse if one.coupon.saleor_id not in cards])
            else:
                basket = seen
            return await _told(session, wish, program, buyer, basket=basket, typed=typed)

    async def _seen(self, wish: Wish) -> CheckoutState | Basket:
        """The checkout as the shop has it, or what the lines cost there."""
        try:
            async with asyncio.timeout(self._seconds):
                caller = await self._callers(wish.shop.id)
                if wish.checkout is not None:
                    return _own(wish, await read_checkout(caller, wish.checkout))
                lines = wish.lines or ()
                wanted = [line.variant for line in lines]
                prices = await self._prices.prices(caller, wish.shop.id, wish.channel, wanted)
        except (Unavailable, PermissionDenied, ShopGraphQLError, TimeoutError) as error:
            log.warning("cart_not_read", installation=str(wish.shop.id), error=type(error).__name__)
            raise ShopAway from error
        return of_lines(lines, prices, channel=wish.channel)


def _own(wish: Wish, state: CheckoutState | None) -> CheckoutState:
    """A guest's checkout is everybody's who knows its id, as in Saleor."""
    if state is None or state.customer not in {None, wish.customer} or state.channel != wish.channel:
        raise CheckoutNotFound
    return state


async def _told(
    session: AsyncSession, wish: Wish, program: Program, buyer: Buyer, *, basket: Basket, typed: Typed | None
) -> Preview:
    coupons = offered(buyer.purse, basket)
    valued = None if typed is None or typed.at_hand is None else basket.value_of(typed.at_hand.plan)
    reckoned = reckon(
        basket,
        buyer,
        program=program,
        saleor_version=wish.shop.saleor_version,
        best=coupons[0].valued if coupons else None,
        typed=valued,
        wanted=wish.points,
    )
    return Preview(
        program=program,
        basket=basket,
        buyer=buyer,
        earns=await earned_by(session, wish, program, buyer, basket=basket, after=reckoned.after),
        reckoned=reckoned,
        coupons=coupons,
        typed=typed,
        valued=valued,
        suggestions=suggested(program, buyer, basket=basket, reckoned=reckoned, at=wish.at),
    )
