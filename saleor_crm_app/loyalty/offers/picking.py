"""Finds products for offers that are about some: nothing that a customer had, holds in the cart, or cannot buy."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from sqlalchemy.ext.asyncio import AsyncSession

from saleor_crm_app.crm import goods
from saleor_crm_app.crm.goods import Because, Due, Recommended
from saleor_crm_app.kernel.ids import InstallationId
from saleor_crm_app.loyalty.offers.policy import Published
from saleor_crm_app.loyalty.offers.said import Said, Why
from saleor_crm_app.loyalty.offers.terms import PRODUCT_KINDS, OfferKind
from saleor_crm_app.loyalty.offers.views import Pick, Question


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """Products by the kind of offer that asks for them, and which of those that staff named can be shown."""

    picks: Mapping[OfferKind, Sequence[Pick]] = field(default_factory=dict)
    for_sale: frozenset[str] = frozenset()


async def find_products(
    session: AsyncSession, installation: InstallationId, possible: Sequence[Published], asked: Question
) -> Found:
    """What these offers can be about; two statements at most for each kind that some of them have."""
    about = [one for one in possible if one.kind in PRODUCT_KINDS]
    named = {product for one in about for product in one.offer.terms.products}
    kinds = {one.kind for one in about if not one.offer.terms.products}
    picks = {kind: await _picks(session, installation, kind, asked) for kind in sorted(kinds)}
    if not named:
        return Found(picks=picks)
    for_sale = await goods.new_and_for_sale(
        session,
        installation,
        asked.customer,
        channel=asked.channel,
        at=asked.at,
        products=named,
        cart=asked.cart.products,
    )
    return Found(picks=picks, for_sale=for_sale)


async def _picks(
    session: AsyncSession, installation: InstallationId, kind: OfferKind, asked: Question
) -> Sequence[Pick]:
    channel, at, cart = asked.channel, asked.at, asked.cart.products
    if kind is OfferKind.REPLENISHMENT:
        if asked.customer is None:
            return ()
        due = await goods.replenishment(session, installation, asked.customer, channel=channel, at=at)
        return [_due(one) for one in due if one.product not in cart]
    find = {
        OfferKind.RECOMMENDED_PRODUCTS: goods.recommended,
        OfferKind.CROSS_SELL: goods.cross_sell,
        OfferKind.UPSELL: goods.upsell,
    }[kind]
    found = await find(session, installation, asked.customer, channel=channel, at=at, cart=cart)
    return [_recommended(one, asked) for one in found]


def _due(due: Due) -> Pick:
    return Pick(product=due.product, because=Said(Why.DUE_AGAIN, {"at": due.due_at}))


def _recommended(one: Recommended, asked: Question) -> Pick:
    if one.because is Because.BOUGHT_TOGETHER:
        why = Why.GOES_WITH_CART if one.of in asked.cart.products else Why.BOUGHT_TOGETHER
    else:
        why = Why.BETTER_CHOICE if one.because is Because.DEARER else Why.POPULAR
    return Pick(product=one.product, because=Said(why))
