"""Puts points back: into the very lots they came from, with the old end or a grace date, whichever is later."""

from collections.abc import Iterable, Mapping
from datetime import datetime
from fractions import Fraction
from typing import Final

from saleor_crm_app.crm.orders import OrderSnapshot
from saleor_crm_app.kernel.clock import days_later
from saleor_crm_app.kernel.ids import LotId, new_id
from saleor_crm_app.kernel.money import Points
from saleor_crm_app.loyalty.points.activity import keep_alive
from saleor_crm_app.loyalty.points.journal import Journal, OpenAccount
from saleor_crm_app.loyalty.points.lots import Draw, Lot, by_expiry
from saleor_crm_app.loyalty.points.models import EntrySource
from saleor_crm_app.loyalty.points.terms import Terms, expiry_of
from saleor_crm_app.loyalty.program import Program

_VOID_STATUSES: Final = frozenset({"CANCELED", "EXPIRED"})


def share_returned(order: OrderSnapshot, *, named: Fraction) -> Fraction:
    """Which share of an order has been given back, 0 to 1: of the points that were spent on it the same share returns.

    All of a cancelled or expired one; else refunded money over all money ever taken; where no money was taken, the
    `named` share of its value.
    """
    if order.status in _VOID_STATUSES:
        return Fraction(1)
    kept = max(0, order.charged + order.refund_pending - order.gift_card_charged)
    if kept + order.refunded:
        return Fraction(order.refunded, kept + order.refunded)
    return min(Fraction(1), named)


def put_back(
    journal: Journal,
    account: OpenAccount,
    places: Iterable[tuple[Lot, int]],
    *,
    program: Program,
    occurred_at: datetime,
) -> list[Draw]:
    """Refill lots. One that ends before the grace date keeps its end; its points go into a new lot beside it."""
    grace = days_later(occurred_at, program.settings.return_grace_days, program.zone)
    draws = []
    for lot, points in places:
        keep_alive(journal, account, lot, program=program)
        target = lot
        if lot.terms.expires_at is not None and lot.terms.expires_at < grace:
            target = Lot(
                LotId(new_id()),
                granted=0,
                remaining=0,
                order=lot.order,
                terms=Terms(lot.terms.activates_at, grace),
                source=lot.source,
                origin=lot.id,
                cost_center=lot.cost_center,
                fresh=True,
            )
            journal.date_lot(account, target)
        target.remaining += points
        target.granted = max(target.granted, target.remaining)
        journal.touch_lot(account, target)
        draws.append(Draw(target.id, Points(points)))
    return draws


def places_of(
    moves: Mapping[LotId | None, int], lots: Mapping[LotId, Lot], wanted: int, *, at: datetime
) -> list[tuple[Lot, int]]:
    """Where up to `wanted` points go back to: lots that earlier entries took from, the latest end first."""
    taken = {lot: -points for lot, points in moves.items() if lot is not None and points < 0}
    for key, points in moves.items():
        origin = lots[key].origin if key is not None and points > 0 else None
        if origin is not None and origin in taken:  # what lies beside a lot has come back to it already
            taken[origin] -= points
    places = []
    left = wanted
    for lot in reversed(by_expiry((lots[key] for key in taken), at)):
        points = min(taken[lot.id], left)
        if points > 0:
            places.append((lot, points))
            left -= points
    return places


def back_to_places(
    journal: Journal,
    account: OpenAccount,
    moves: Mapping[LotId | None, int],
    lots: Mapping[LotId, Lot],
    points: int,
    *,
    program: Program,
    occurred_at: datetime,
) -> list[Draw]:
    """What is owed first, then the lots they came from; what was spent on credit gets a lot of its own."""
    owed = min(account.deficit, points)
    draws = [Draw(None, Points(owed))] if owed else []
    places = places_of(moves, lots, points - owed, at=journal.recorded_at)
    left = points - owed - sum(each for _, each in places)
    if left:
        terms = Terms(occurred_at, expiry_of(occurred_at, program, last_active=account.last_active_at))
        places.append((new_place(journal, account, source=EntrySource.REDEMPTION, terms=terms), left))
    return draws + put_back(journal, account, places, program=program, occurred_at=occurred_at)


def new_place(journal: Journal, account: OpenAccount, *, source: EntrySource, terms: Terms) -> Lot:
    """A lot for points whose old ones are not known, since they were owed when they were spent."""
    lot = Lot(LotId(new_id()), granted=0, remaining=0, terms=terms, source=source, fresh=True)
    journal.date_lot(account, lot)
    return lot
