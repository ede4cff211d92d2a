"""Lots: which of them a debit draws on; pure."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from saleor_crm_app.kernel.ids import LotId, OrderId
from saleor_crm_app.kernel.money import Points
from saleor_crm_app.loyalty.points.terms import UNDATED, Terms


@dataclass(slots=True)
class Lot:
    """An open lot in memory; `fresh` ones are not stored yet."""

    id: LotId
    granted: int
    remaining: int
    order: OrderId | None = None
    terms: Terms = UNDATED
    terms_known: int = 0
    fresh: bool = False


@dataclass(frozen=True, slots=True)
class Draw:
    """Signed points into (+) or out of (-) a lot; without a lot, of the account's deficit."""

    lot: LotId | None
    points: Points


def take_back(own: Lot, others: Iterable[Lot], wanted: int, *, at: datetime) -> list[Draw]:
    """Take points back: from the own lot, then those pending at `at`, then by nearest expiry, then as deficit.

    Changes the lots given.
    """
    draws: list[Draw] = []
    left = wanted
    for lot in (own, *sorted(others, key=lambda lot: (lot.terms.runs_at(at), *_by_expiry(lot)))):
        taken = min(lot.remaining, left)
        if taken:
            lot.remaining -= taken
            draws.append(Draw(lot.id, Points(-taken)))
            left -= taken
        if lot is own:
            own.granted -= taken
    if left:
        draws.append(Draw(None, Points(-left)))
    return draws


def give(own: Lot, points: int, *, deficit: int) -> list[Draw]:
    """Put earned points into their lot, after what the account owes is made up. Changes the lot given."""
    owed = min(deficit, points)
    draws = [Draw(None, Points(owed))] if owed else []
    if points > owed:
        own.granted += points - owed
        own.remaining += points - owed
        draws.append(Draw(own.id, Points(points - owed)))
    return draws


def _by_expiry(lot: Lot) -> tuple[bool, float, bytes]:
    expires = lot.terms.expires_at
    return expires is not None, expires.timestamp() if expires else 0.0, lot.id.bytes
