"""Takes points out of an account to be spent: nearest expiry first, what open holds have set aside untouched."""

from collections.abc import Collection

from saleor_crm_app.kernel.ids import LotId
from saleor_crm_app.kernel.money import Points
from saleor_crm_app.loyalty.points.errors import AccountClosed, AccountHeld, NotEnoughPoints, PointsOwed, ProgramPaused
from saleor_crm_app.loyalty.points.journal import Journal, OpenAccount
from saleor_crm_app.loyalty.points.lots import Draw, draw_ahead, draw_down
from saleor_crm_app.loyalty.points.models import AccountStatus
from saleor_crm_app.loyalty.points.shelf import Shelf
from saleor_crm_app.loyalty.program import Program


def demand_redeemable(account: OpenAccount, program: Program) -> None:
    """Refuse where nothing may be spent at all.

    Raises ProgramPaused, AccountHeld, AccountClosed or PointsOwed.
    """
    if program.paused_at is not None:
        raise ProgramPaused
    if account.status is AccountStatus.HELD:
        raise AccountHeld
    if account.status is not AccountStatus.ACTIVE:
        raise AccountClosed
    if account.deficit:
        raise PointsOwed(deficit=account.deficit)


def demand_points(shelf: Shelf, points: int, *, journal: Journal) -> None:
    """Refuse rather than overdraw.

    Raises NotEnoughPoints.
    """
    at = journal.recorded_at
    available = sum(lot.free for lot in shelf.lots.values() if lot.terms.available_at(at))
    if points > available:
        raise NotEnoughPoints(available=available, short_by=points - available)


def spend(journal: Journal, shelf: Shelf, points: int, *, may_owe: bool, first: Collection[LotId] = ()) -> list[Draw]:
    """Draw on the lots named `first`, then on all; where owing is allowed, on pending points before any are owed.

    Changes the lots given.
    """
    at = journal.recorded_at
    draws = draw_down([shelf.lots[lot] for lot in first if lot in shelf.lots], points, at=at)
    left = points + sum(draw.points for draw in draws)
    draws += draw_down(shelf.lots.values(), left, at=at)
    left = points + sum(draw.points for draw in draws)
    if left and may_owe:
        draws += draw_ahead(shelf.lots.values(), left, at=at)
        left = points + sum(draw.points for draw in draws)
        draws += [Draw(None, Points(-left))] if left else []
    return draws
