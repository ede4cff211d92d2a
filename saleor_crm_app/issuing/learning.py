"""Learns from orders which coupons were used: notes what to look into, in the transaction of the orders."""

from collections.abc import Collection, Sequence
from datetime import datetime

from sqlalchemy.ext.asyncio import AsyncSession

from saleor_crm_app.crm.orders import OrderFact
from saleor_crm_app.kernel.ids import CustomerId, InstallationId
from saleor_crm_app.loyalty import coupons, rewards
from saleor_crm_app.loyalty.rewards import SettleUses


async def learn(session: AsyncSession, installation: InstallationId, facts: Sequence[OrderFact]) -> list[SettleUses]:
    """Which of these orders were placed with a coupon of ours; at most three statements, none where none can have been.

    By the voucher's id, its name among the discounts, a gift card, or since it was known of the order before.
    """
    snapshots = [fact.snapshot for fact in facts]
    ids = {one.voucher for one in snapshots if one.voucher is not None}
    names = {name for one in snapshots for name in one.voucher_names}
    cards = {card for one in snapshots for card in one.gift_cards}
    ours = await rewards.vouchers.vouchers_seen(session, ids=ids, names=names)
    our_ids, our_names = {one.saleor_id for one in ours}, {one.name for one in ours}
    our_cards = {one.saleor_id for one in await coupons.coupons_by_card(session, cards)}
    found = [
        one
        for one in snapshots
        if our_names & one.voucher_names or one.voucher in our_ids or our_cards & set(one.gift_cards)
    ]
    # those that bear a code first: they tell what others, which bear none, were placed with
    found.sort(key=lambda one: (not one.voucher_codes, one.id))
    return [SettleUses(installation=installation, order=order) for order in dict.fromkeys(one.id for one in found)]


async def part(
    session: AsyncSession, installation: InstallationId, gone: Collection[CustomerId], *, at: datetime
) -> None:
    """Take back what customers who were deleted could still use."""
    at_hand = await coupons.open_coupons_of(session, installation, gone)
    if at_hand:
        await rewards.revoke_all(session, installation, at_hand, at=at)
