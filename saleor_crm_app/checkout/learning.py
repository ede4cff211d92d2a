"""Learns from orders which tenders were used: notes what to look at in the shop, in the transaction of the order."""

from collections.abc import Sequence

from sqlalchemy.ext.asyncio import AsyncSession

from saleor_crm_app.checkout.jobs import FindTender, SettleTender
from saleor_crm_app.checkout.models import TenderKind, TenderState
from saleor_crm_app.checkout.tenders import Tender, our_vouchers, tenders_seen
from saleor_crm_app.crm.orders import OrderFact, OrderSnapshot
from saleor_crm_app.jobs.outbox import Job
from saleor_crm_app.kernel.ids import InstallationId, OrderId


async def learn(session: AsyncSession, installation: InstallationId, facts: Sequence[OrderFact]) -> list[Job]:
    """What to do about the tenders of these orders; at most two statements, none where no order can have one.

    How much of a gift card an order used is known to the shop alone, so it is asked; a code is used as a whole.
    """
    snapshots = [fact.snapshot for fact in facts]
    checkouts = {one.checkout for one in snapshots if one.checkout is not None}
    cards = {card for one in snapshots for card in one.gift_cards}
    vouchers = {one.voucher for one in snapshots if one.voucher is not None}
    tenders = await tenders_seen(session, checkouts=checkouts, cards=cards) if checkouts or cards else []
    ours = await our_vouchers(session, vouchers)
    jobs: dict[tuple[object, ...], Job] = {}
    for snapshot in snapshots:
        for tender in tenders:
            if tender.checkout == snapshot.checkout or tender.saleor_id in snapshot.gift_cards:
                order = _order_with(tender, snapshot)
                spent = tender.state is TenderState.SPENT and tender.checkout == snapshot.checkout
                if tender.is_open or (order is not None and not spent):
                    job = SettleTender(installation=installation, shard=tender.shard, hold=tender.hold, order=order)
                    jobs[tender.hold, order] = job
        if snapshot.voucher in ours and not _is_known(snapshot, tenders):
            jobs[(snapshot.id,)] = FindTender(installation=installation, order=snapshot.id)
    return list(jobs.values())


def _order_with(tender: Tender, snapshot: OrderSnapshot) -> OrderId | None:
    """The order, where it bears the tender; a checkout may be completed after the points were taken off."""
    if tender.kind is TenderKind.GIFT_CARD:
        return snapshot.id if tender.saleor_id in snapshot.gift_cards else None
    bears = tender.checkout == snapshot.checkout and tender.voucher_id == snapshot.voucher
    return snapshot.id if bears and snapshot.voucher is not None else None


def _is_known(snapshot: OrderSnapshot, tenders: Sequence[Tender]) -> bool:
    return any(tender.voucher_id == snapshot.voucher and tender.checkout == snapshot.checkout for tender in tenders)
