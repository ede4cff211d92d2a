"""Posts what one order deserves now minus what was posted for it, under its account's lock; pure but for the ids."""

from collections.abc import Sequence
from typing import Any

import msgspec

from saleor_crm_app.kernel.ids import LotId, new_id
from saleor_crm_app.loyalty.points.activity import keep_alive, note_activity
from saleor_crm_app.loyalty.points.earning.returning import places_of, put_back
from saleor_crm_app.loyalty.points.earning.targets import Due
from saleor_crm_app.loyalty.points.journal import Journal, OrderPosting, Posted
from saleor_crm_app.loyalty.points.lots import Draw, Lot, give, take_back
from saleor_crm_app.loyalty.points.models import AccountStatus, EntryKind, EntrySource
from saleor_crm_app.loyalty.points.moves import Moves
from saleor_crm_app.loyalty.points.shelf import Shelf
from saleor_crm_app.loyalty.points.terms import terms_of
from saleor_crm_app.loyalty.program import DeficitPolicy


def post_order(
    journal: Journal, shelf: Shelf, posting: OrderPosting | None, *, due: Due, moves: Moves
) -> OrderPosting | None:
    """Post the difference, if there is one, and date the order's lot; gives the order's posting as it stands then.

    `moves` are those of the order's earlier entries, wanted where it may get back what it lost.
    """
    if shelf.account.status is AccountStatus.ERASED:  # late news of an order must not bring its owner back
        return posting
    if posting is None:
        if not due.points:
            return None
        lot = Lot(LotId(new_id()), granted=0, remaining=0, order=due.fact.id, fresh=True)
        shelf.lots[lot.id] = lot
        posting = OrderPosting(due.fact.id, lot)
        note_activity(journal, shelf, due.program, when=due.fact.snapshot.created_at)
    is_kept = dict(due.budgets) == posting.budgets and due.segments == posting.segments
    if not is_kept or due.pinned not in {None, posting.version}:
        posting.budgets, posting.segments = dict(due.budgets), due.segments
        posting.version = due.pinned or posting.version
        journal.orders[due.fact.id] = (shelf.account, posting)
    delta = posting.lacks(due.points)
    if delta > 0:
        _earn(journal, shelf, posting, due, delta, moves)
    elif delta < 0:
        _claw_back(journal, shelf, posting, due, -delta)
    _date(journal, shelf, posting.lot, due)
    return posting


def _earn(journal: Journal, shelf: Shelf, posting: OrderPosting, due: Due, points: int, moves: Moves) -> None:
    """First what the shop bore or what lapsed, then what is owed, then the lots it was taken from, then its own."""
    borne = min(posting.forgiven, points)
    posting.forgiven -= borne
    account = shelf.account
    owed = min(account.deficit, points - borne)
    others = {lot: moved for lot, moved in moves.items() if lot != posting.lot.id}
    places = places_of(others, shelf.lots, points - borne - owed, at=journal.recorded_at)
    back = put_back(journal, account, places, program=due.program, occurred_at=due.fact.snapshot.updated_at)
    rest = points - borne - sum(draw.points for draw in back)
    draws = give(posting.lot, rest, deficit=account.deficit) if rest else []
    keep_alive(journal, account, posting.lot, program=due.program)
    _post(journal, shelf, posting, due, [*draws, *back])


def _claw_back(journal: Journal, shelf: Shelf, posting: OrderPosting, due: Due, points: int) -> None:
    """What lapsed need not come back; what lacks is owed, or borne by the shop where nobody may owe."""
    if points > posting.lot.free or posting.lot.terms.lapsed_at(journal.recorded_at):
        shelf.lapse(journal)
    short = max(0, points - posting.lot.free)
    borne = min(short, max(0, shelf.lapsed.get(posting.order, 0) - posting.forgiven))
    others = [lot for lot in shelf.lots.values() if lot is not posting.lot]
    draws = take_back(posting.lot, others, points - borne, at=journal.recorded_at) if points > borne else []
    floored = due.program.settings.deficit is DeficitPolicy.FLOOR_AT_ZERO
    # of a merged account the points lie in another one, which makes up for them before the shop bears any
    if floored and shelf.account.status is not AccountStatus.MERGED:
        borne -= sum(draw.points for draw in draws if draw.lot is None)
        draws = [draw for draw in draws if draw.lot is not None]
    posting.forgiven += borne
    _post(journal, shelf, posting, due, draws)


def _post(journal: Journal, shelf: Shelf, posting: OrderPosting, due: Due, draws: Sequence[Draw]) -> None:
    journal.orders[due.fact.id] = (shelf.account, posting)
    points = sum(draw.points for draw in draws)
    if points:
        first, snapshot = posting.postings == 0, due.fact.snapshot
        journal.post(
            shelf.account,
            Posted(
                kind=EntryKind.EARN if points > 0 else EntryKind.CLAWBACK,
                source=EntrySource.ORDER,
                key=posting.next_key,
                order=due.fact.id,
                program_version=due.rules.version,
                explanation=_explanation(due, posting),
                occurred_at=snapshot.created_at if first else snapshot.updated_at,
                draws=draws,
            ),
        )
        posting.add(points)
    shelf.touch(journal, draws)
    journal.touch_lot(shelf.account, posting.lot)


def _date(journal: Journal, shelf: Shelf, lot: Lot, due: Due) -> None:
    """Follow the order's fulfillment, but never make points wait again that could be spent already."""
    terms = terms_of(due.fact.snapshot, due.program, last_active=shelf.account.last_active_at)
    if terms != lot.terms and not lot.terms.runs_at(due.fact.snapshot.updated_at):
        lot.terms = terms
        journal.date_lot(shelf.account, lot)


def _explanation(due: Due, posting: OrderPosting) -> dict[str, Any]:
    """The numbers that give the target again; amounts in minor units, what is named or left in parts of them."""
    earned, standing = due.earned, due.earned.standing
    numbers: dict[str, Any]
    if due.rules.plain is not None and earned.is_plain:
        rate = due.rules.plain[1]
        numbers = {
            "rate": [rate.points, rate.minor],
            "merchandise": standing.merchandise,
            "named": standing.named,
            "paid": standing.paid,
            "value": standing.value,
            "named_value": standing.named_value,
            "parts": standing.parts,
            "lines": [[line, points] for line, points in earned.lines],
        }
    else:
        numbers = msgspec.to_builtins(earned.explanation)
        numbers |= {
            "by_line": [[line, points] for line, points in earned.lines],
            "by_rule": [[rule, points] for rule, points in earned.rules],
        }
    numbers |= {
        "currency": due.program.currency,
        "status": due.fact.snapshot.status,
        "target": due.points,
        "posted": posting.posted,
    }
    if due.withheld:
        numbers["excluded"] = due.withheld
    if posting.forgiven:
        numbers["borne"] = posting.forgiven
    if posting.reversed:
        numbers["reversed"] = posting.reversed
    return numbers
