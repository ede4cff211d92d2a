"""Moves points between two accounts under lock: lot by lot with their dates and origins, and what is owed; pure."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from saleor_crm_app.kernel.ids import LotId, OrderId, new_id
from saleor_crm_app.kernel.money import Points
from saleor_crm_app.loyalty.points.journal import Journal, OpenAccount, Posted
from saleor_crm_app.loyalty.points.lots import Draw, Lot, by_expiry, take_back
from saleor_crm_app.loyalty.points.models import EntryKind, EntrySource
from saleor_crm_app.loyalty.points.shelf import Shelf


@dataclass(frozen=True, slots=True)
class Moved:
    """Free points that changed accounts; `settled` of them made up for what their new owner owed."""

    points: int = 0
    settled: int = 0


def move_lots(journal: Journal, source: Shelf, target: Shelf, lots: Iterable[Lot]) -> Moved:
    """Move the free points of these lots of the source; nothing is gained or lost by it.

    They go into a lot with the same dates that keeps where they came from, or back into the very lot that they once
    came from. First they make up for what the target owes, pending ones and those that lapse first before others.
    """
    out: list[Draw] = []
    into: list[Draw] = []
    owed = left = target.account.deficit
    for lot in by_expiry((lot for lot in lots if lot.free), journal.recorded_at):
        points = lot.free
        settled = min(left, points)
        left -= settled
        lot.remaining -= points
        out.append(Draw(lot.id, Points(-points)))
        if points > settled:
            place = _place(journal, target, lot)
            place.remaining += points - settled
            place.granted = max(place.granted, place.remaining)
            into.append(Draw(place.id, Points(points - settled)))
    if not out:
        return Moved()
    if owed - left:
        into.append(Draw(None, Points(owed - left)))
    _post_both(journal, source, target, out, into)
    return Moved(points=-sum(draw.points for draw in out), settled=owed - left)


def move_deficit(
    journal: Journal, source: Shelf, target: Shelf, owed: int, *, order: OrderId | None, may_owe: bool = True
) -> int:
    """Have the target make up for points that the source owes: out of free ones of the same order first.

    What lacks the target owes, where it may; says how many points were made up for or are owed there now.
    """
    own = Lot(LotId(new_id()), granted=0, remaining=0, order=order)
    draws = take_back(own, target.lots.values(), owed, at=journal.recorded_at)
    if not may_owe:
        draws = [draw for draw in draws if draw.lot is not None]
    points = -sum(draw.points for draw in draws)
    if points:
        _post_both(journal, source, target, [Draw(None, Points(points))], draws, order=order)
    return points


def follow_dates(journal: Journal, source: Shelf, target: Shelf) -> None:
    """Give moved points that still wait the dates of the lots they came from; what runs keeps running."""
    for lot in target.lots.values():
        origin = None if lot.origin is None else source.lots.get(lot.origin)
        if origin is not None and origin.terms != lot.terms and not lot.terms.runs_at(journal.recorded_at):
            lot.terms = origin.terms
            journal.date_lot(target.account, lot)


def _place(journal: Journal, target: Shelf, lot: Lot) -> Lot:
    """The lot these points came from, or one that has taken points of this lot before, if its dates are the same."""
    home = None if lot.origin is None else target.lots.get(lot.origin)
    for known in (home, *(one for one in target.lots.values() if one.origin == lot.id)):
        if known is not None and known.terms == lot.terms:
            return known
    place = Lot(
        LotId(new_id()),
        granted=0,
        remaining=0,
        order=lot.order,
        terms=lot.terms,
        source=lot.source,
        origin=lot.id,
        cost_center=lot.cost_center,
        fresh=True,
    )
    target.lots[place.id] = place
    journal.date_lot(target.account, place)
    return place


def _post_both(
    journal: Journal,
    source: Shelf,
    target: Shelf,
    out: Sequence[Draw],
    into: Sequence[Draw],
    *,
    order: OrderId | None = None,
) -> None:
    transfer = new_id()
    for shelf, peer, draws in ((source, target.account, out), (target, source.account, into)):
        _post(journal, shelf, peer, draws, key=f"transfer:{transfer}", order=order)


def _post(
    journal: Journal, shelf: Shelf, peer: OpenAccount, draws: Sequence[Draw], *, key: str, order: OrderId | None
) -> None:
    journal.post(
        shelf.account,
        Posted(
            kind=EntryKind.TRANSFER,
            source=EntrySource.MERGE,
            key=key,
            order=order,
            program_version=0,
            explanation={"peer": str(peer.id), "lots": sum(draw.lot is not None for draw in draws)},
            occurred_at=journal.recorded_at,
            draws=draws,
            subject=peer.id,
        ),
    )
    shelf.touch(journal, draws)
