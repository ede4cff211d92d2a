"""Lapses lots whose time is over: one entry for each, dated at its end, whenever it is posted."""

from collections.abc import Iterable

from saleor_crm_app.kernel.ids import LotId
from saleor_crm_app.kernel.money import Points
from saleor_crm_app.loyalty.points.journal import Journal, OpenAccount, Posted
from saleor_crm_app.loyalty.points.lots import Draw, Lot, by_expiry
from saleor_crm_app.loyalty.points.models import EntryKind, EntrySource


def lapse(journal: Journal, account: OpenAccount, lots: Iterable[Lot]) -> dict[LotId, int]:
    """Post what lapsed by the journal's time, oldest end first; says how many points of which lots.

    What open holds have set aside waits for them. Whoever takes points back does this first, so that the books do
    not depend on when the expiry job ran.
    """
    at = journal.recorded_at
    lapsed: dict[LotId, int] = {}
    for lot in by_expiry((lot for lot in lots if lot.free and lot.terms.lapsed_at(at)), at):
        expires = lot.terms.expires_at
        if expires is None:
            continue
        points = lot.free
        lot.remaining -= points
        journal.post(
            account,
            Posted(
                kind=EntryKind.EXPIRE,
                source=EntrySource.EXPIRY,
                # what a hold has set aside lapses later, so one lot may lapse twice
                key=f"expire:{lot.id}:{account.last_seq}",
                order=lot.order,
                program_version=0,
                explanation={"lot": str(lot.id), "granted": lot.granted},
                occurred_at=expires,
                draws=[Draw(lot.id, Points(-points))],
                subject=lot.id,
            ),
        )
        journal.touch_lot(account, lot)
        lapsed[lot.id] = points
    return lapsed
