"""Learns from orders which tenders were used: notes what to look at in the shop, in the transaction of the order."""

from collections.abc import Collection, Sequence

from sqlalchemy.ext.asyncio import AsyncSession

from saleor_crm_app.checkout.jobs import FindTender, SettleTender
from saleor_crm_app.checkout.models import TenderKind, TenderState
from saleor_crm_app.checkout.tenders import Tender, open_tenders_of, our_vouchers, tenders_seen
from saleor_crm_app.checkout.voucher_seen import VoucherSeen
from saleor_crm_app.crm.orders import OrderFact, OrderSnapshot
from saleor_crm_app.jobs.outbox import Job
from saleor_crm_app.kernel.ids import CustomerId, InstallationId


async def learn(session: AsyncSession, installation: InstallationId, facts: Sequence[OrderFact]) -> list[Job]:
    """What to do about the tenders of these orders; at most two statements, none where no order can have one.

    How much of a gift card an order used is known to the shop alone, so it is asked. A code is used as a whole, but
    whose it is shows by its digest only: one checkout may have had several of one voucher, or somebody else's. Where
    Saleor noted neither code nor voucher, the voucher's name among the discounts tells that there was one.
    """
    snapshots = [fact.snapshot for fact in facts]
    checkouts = {one.checkout for one in snapshots if one.checkout is not None}
    cards = {card for one in snapshots for card in one.gift_cards}
    tenders = await tenders_seen(session, checkouts=checkouts, cards=cards) if checkouts or cards else []
    ours = await our_vouchers(session, {one.voucher for one in snapshots if one.voucher is not None})
    jobs: dict[tuple[object, ...], Job] = {}
    for snapshot in snapshots:
        voucher = VoucherSeen.on(snapshot)
        near = [one for one in tenders if one.checkout == snapshot.checkout or one.saleor_id in snapshot.gift_cards]
        for tender in near:
            order = snapshot.id if _has_card(tender, snapshot) else None
            if (tender.is_open and not tender.is_by(voucher)) or (order and not _is_settled(tender, snapshot)):
                job = SettleTender(installation=installation, shard=tender.shard, hold=tender.hold, order=order)
                jobs[tender.hold, order] = job
        is_ours = voucher.id in ours or voucher.is_named_only
        if is_ours and not any(tender.is_by(voucher) and _is_settled(tender, snapshot) for tender in near):
            jobs[(snapshot.id,)] = FindTender(installation=installation, order=snapshot.id)
    return list(jobs.values())


async def part(
    session: AsyncSession, installation: InstallationId, customers: Collection[CustomerId]
) -> list[SettleTender]:
    """What to do about the tenders of customers who were deleted: their codes would stay good without their points."""
    keys = await open_tenders_of(session, installation, customers)
    return [SettleTender(installation=installation, shard=shard, hold=hold) for shard, hold in keys]


def _has_card(tender: Tender, snapshot: OrderSnapshot) -> bool:
    return tender.kind is TenderKind.GIFT_CARD and tender.saleor_id in snapshot.gift_cards


def _is_settled(tender: Tender, snapshot: OrderSnapshot) -> bool:
    """Its checkout makes one order only."""
    return tender.state is TenderState.SPENT and tender.checkout == snapshot.checkout
