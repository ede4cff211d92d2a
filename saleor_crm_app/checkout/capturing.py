"""Spends the points of a tender on the orders that were placed with it, in one transaction without the shop."""

from collections import defaultdict
from collections.abc import Sequence
from functools import partial

from sqlalchemy.ext.asyncio import AsyncSession

from saleor_crm_app.checkout.models import TenderState
from saleor_crm_app.checkout.tenders import Tender, change_tender, tender_of
from saleor_crm_app.crm import orders
from saleor_crm_app.kernel.db import Database, retrying
from saleor_crm_app.kernel.ids import InstallationId, OrderId
from saleor_crm_app.loyalty import points, tiers
from saleor_crm_app.saleor.business_time import business_time
from saleor_crm_app.saleor.gift_cards import GiftCard

Use = tuple[OrderId, int | None]
"""An order and the points it cost; None: all that are held."""


def uses_of(cards: Sequence[GiftCard], tender: Tender) -> list[Use]:
    """What orders took off these cards, in points; together no more than what the amounts cost together."""
    taken: dict[OrderId, int] = defaultdict(int)
    for card in cards:
        for use in card.uses:
            taken[use.order] += use.amount
    uses: list[Use] = []
    before = 0
    for order, amount in taken.items():
        if amount:
            uses.append((order, tender.points_for(before + amount) - tender.points_for(before)))
            before += amount
    return uses


async def capture(database: Database, shop: InstallationId, tender: Tender, uses: Sequence[Use]) -> None:
    """Spend the points on these orders, then bring what the orders earn, and give back, to what they deserve.

    Done twice it does no more than once. Orders that are not known yet are spent on all the same.
    """

    async def act() -> None:
        async with database.shop(shop) as session:
            await _capture(session, shop, tender, uses)

    await retrying(act)


async def _capture(session: AsyncSession, shop: InstallationId, tender: Tender, uses: Sequence[Use]) -> None:
    at = await business_time(session, shop)
    # the tender before orders and accounts, as whoever releases it does
    now = await tender_of(session, tender.key, for_update=True)
    ids = [order for order, _ in uses]
    await orders.lock_orders(session, shop, ids)
    facts = {fact.id: fact for fact in await orders.facts_by_id(session, shop, ids)}
    captures = [
        points.Capture(
            hold=tender.key,
            order=order,
            ordered_at=facts[order].snapshot.created_at if order in facts else at,
            points=cost,
        )
        for order, cost in uses
    ]
    await points.capture(session, shop, captures, at=at)
    then = partial(tiers.tiers_of_orders, session, shop, at=at)
    await points.accrue(session, shop, list(facts.values()), at=at, tiers_then=then)
    if now is not None and now.state is not TenderState.SPENT:
        await change_tender(session, tender, state=TenderState.SPENT.value, ended_at=at)
