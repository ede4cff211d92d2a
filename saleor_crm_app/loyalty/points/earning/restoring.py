"""Gives points that were spent on an order back by the share that was given back of it; a target state as well."""

from collections.abc import Sequence
from fractions import Fraction

from saleor_crm_app.loyalty.points.earning.returning import back_to_places, share_returned
from saleor_crm_app.loyalty.points.earning.targets import Due
from saleor_crm_app.loyalty.points.journal import Journal, Posted, Redemption
from saleor_crm_app.loyalty.points.lots import Draw
from saleor_crm_app.loyalty.points.models import AccountStatus, EntryKind, EntrySource
from saleor_crm_app.loyalty.points.moves import Moves
from saleor_crm_app.loyalty.points.shelf import Shelf
from saleor_crm_app.loyalty.points.spending.spending import spend
from saleor_crm_app.loyalty.program import DeficitPolicy


def returned_target(due: Due, spent: Redemption) -> int:
    """How many of the spent points the order, as it reads now, gives back: their share, floored."""
    standing = due.earned.standing
    named = Fraction(standing.named_value, standing.value * standing.parts) if standing.value else Fraction(0)
    return int(spent.points * share_returned(due.fact.snapshot, named=named))


def restore(journal: Journal, shelf: Shelf, spent: Redemption, *, due: Due, moves: Moves) -> None:
    """Post the difference between what should have come back and what did; nothing comes back to the erased."""
    if shelf.account.status is AccountStatus.ERASED:
        return
    delta = returned_target(due, spent) - spent.returned
    if delta > 0:
        draws = back_to_places(
            journal,
            shelf.account,
            moves,
            shelf.lots,
            delta,
            program=due.program,
            occurred_at=due.fact.snapshot.updated_at,
        )
        _post(journal, shelf, spent, due, draws, EntryKind.RETURN)
    elif delta < 0:
        owes = due.program.settings.deficit is DeficitPolicy.ALLOW_DEFICIT
        draws = spend(journal, shelf, -delta, may_owe=owes, first=[lot for lot in moves if lot is not None])
        _post(journal, shelf, spent, due, draws, EntryKind.REDEEM)


def _post(journal: Journal, shelf: Shelf, spent: Redemption, due: Due, draws: Sequence[Draw], kind: EntryKind) -> None:
    points = sum(draw.points for draw in draws)
    if not points:
        return
    journal.post(
        shelf.account,
        Posted(
            kind=kind,
            source=EntrySource.REDEMPTION,
            key=spent.next_key,
            order=spent.order,
            program_version=due.rules.version,
            explanation={
                "currency": due.program.currency,
                "redeemed": spent.points,
                "returned": spent.returned,
                "status": due.fact.snapshot.status,
                "refunded": due.fact.snapshot.refunded,
                "paid": due.earned.standing.paid,
            },
            occurred_at=due.fact.snapshot.updated_at,
            draws=draws,
            subject=spent.id,
        ),
    )
    spent.returned += points
    spent.postings += 1
    shelf.touch(journal, draws)
    journal.redemptions[spent.id] = (shelf.account, spent)
