"""Lots: which of them a debit draws on; pure."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from saleor_crm_app.kernel.ids import LotId, OrderId
from saleor_crm_app.kernel.money import Points
from saleor_crm_app.loyalty.points.models import EntrySource
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
    held: int = 0
    source: EntrySource = EntrySource.ORDER
    origin: LotId | None = None
    cost_center: str | None = None

    @property
    def free(self) -> int:
        """Points that no open hold has set aside."""
        return self.remaining - self.held


@dataclass(frozen=True, slots=True)
class Draw:
    """Signed points into (+) or out of (-) a lot; without a lot, of the account's deficit."""

    lot: LotId | None
    points: Points


def take_back(own: Lot, others: Iterable[Lot], wanted: int, *, at: datetime) -> list[Draw]:
    """Take points back: from the own lot, then others of its order, then those pending at `at`, then by nearest expiry.

    What open holds have set aside is left to them; what lacks then is owed. Changes the lots given.
    """
    rest = sorted(others, key=lambda lot: (lot.order is None or lot.order != own.order, *_nearest(lot, at)))
    draws = _taken((own, *rest), wanted)
    own.granted -= sum(-draw.points for draw in draws if draw.lot == own.id)
    left = wanted + sum(draw.points for draw in draws)
    return [*draws, Draw(None, Points(-left))] if left else draws


def draw_down(lots: Iterable[Lot], wanted: int, *, at: datetime) -> list[Draw]:
    """Spend points that are available at `at`, nearest expiry first, as far as they go. Changes the lots given."""
    return _taken(by_expiry((lot for lot in lots if lot.terms.available_at(at)), at), wanted)


def draw_ahead(lots: Iterable[Lot], wanted: int, *, at: datetime) -> list[Draw]:
    """Take points that are still pending at `at`, as far as they go. Changes the lots given."""
    return _taken(by_expiry((lot for lot in lots if not lot.terms.runs_at(at)), at), wanted)


def give(own: Lot, points: int, *, deficit: int) -> list[Draw]:
    """Put earned points into their lot, after what the account owes is made up. Changes the lot given."""
    owed = min(deficit, points)
    draws = [Draw(None, Points(owed))] if owed else []
    if points > owed:
        own.granted += points - owed
        own.remaining += points - owed
        draws.append(Draw(own.id, Points(points - owed)))
    return draws


def by_expiry(lots: Iterable[Lot], at: datetime) -> list[Lot]:
    """Those that lapse first come first; those pending at `at` before all others."""
    return sorted(lots, key=lambda lot: _nearest(lot, at))


def _taken(lots: Iterable[Lot], wanted: int) -> list[Draw]:
    draws: list[Draw] = []
    left = wanted
    for lot in lots:
        taken = min(lot.free, left)
        if taken:
            lot.remaining -= taken
            draws.append(Draw(lot.id, Points(-taken)))
            left -= taken
    return draws


def _nearest(lot: Lot, at: datetime) -> tuple[bool, bool, float, bytes]:
    expires = lot.terms.expires_at
    stays = expires is None and lot.terms.activates_at is not None
    return lot.terms.runs_at(at), stays, expires.timestamp() if expires else 0.0, lot.id.bytes
