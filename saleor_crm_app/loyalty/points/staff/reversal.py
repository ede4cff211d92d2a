"""Undoes one entry, once: points gained are taken from their own lots first, points lost go back to the very lots."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncSession

from saleor_crm_app.kernel.ids import EntryId, InstallationId, LotId, OrderId
from saleor_crm_app.kernel.money import Points
from saleor_crm_app.loyalty.points.earning.returning import new_place, places_of, put_back
from saleor_crm_app.loyalty.points.journal import Posted
from saleor_crm_app.loyalty.points.lots import Draw
from saleor_crm_app.loyalty.points.models import EntryKind, EntrySource
from saleor_crm_app.loyalty.points.postings import postings_of
from saleor_crm_app.loyalty.points.shelf import fetch
from saleor_crm_app.loyalty.points.staff.act_errors import EntryNotFound, EntryReversedAlready, NotReversible
from saleor_crm_app.loyalty.points.staff.acts import Desk, Reversal, take
from saleor_crm_app.loyalty.points.terms import Terms, expiry_of

_FOLLOWS_THE_ORDER: Final = (
    "What was taken back for an order, or spent on it, follows the order as it is in the shop: change the order there, "
    "or adjust the points."
)
_NOTHING_LEFT: Final = "Nothing is left of what this entry gave: the order was refunded or reversed since."
_REMEDIES: Final[Mapping[EntryKind, str]] = {
    EntryKind.CLAWBACK: _FOLLOWS_THE_ORDER,
    EntryKind.REDEEM: _FOLLOWS_THE_ORDER,
    EntryKind.RETURN: _FOLLOWS_THE_ORDER,
    EntryKind.TRANSFER: "Points that were moved between accounts are moved back by parting the accounts.",
    EntryKind.REVERSE: "This entry undid another one; adjust the points instead.",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class _Original:
    """The entry to be undone, and what it put into or took out of each lot."""

    id: EntryId
    kind: EntryKind
    source: EntrySource
    points: int
    order: OrderId | None
    moves: dict[LotId | None, int]


_ORIGINAL = sa.text(
    """
    SELECT kind, source, points, order_id,
           EXISTS (SELECT FROM entry AS later
                   WHERE later.installation_id = entry.installation_id AND later.shard_key = entry.shard_key
                     AND later.subject_id = entry.id AND later.kind = 'REVERSE') AS undone,
           (SELECT jsonb_agg(jsonb_build_array(lot_id, allocation.points)) FROM allocation
             WHERE allocation.installation_id = entry.installation_id
               AND allocation.shard_key = entry.shard_key AND allocation.entry_id = entry.id) AS moves
    FROM entry
    WHERE installation_id = :installation AND shard_key = :shard AND id = :entry AND account_id = :account
    """
)


async def reverse(
    session: AsyncSession, installation: InstallationId, desk: Desk, act: Reversal, *, key: str, why: dict[str, Any]
) -> None:
    """Post the entry that undoes another one, which it names as its subject.

    Raises EntryNotFound, EntryReversedAlready, NotReversible, NotEnoughPoints and DeficitNotAllowed.
    """
    original = await _read(session, installation, desk, act.entry)
    await fetch(session, installation, [(desk.shelf, original.moves)])
    if original.points < 0:
        draws = _give_back(desk, original)
    elif original.source is EntrySource.ORDER:
        draws = await _take_from_order(session, installation, desk, original, may_owe=act.allow_deficit)
    else:
        home = next((lot for lot in original.moves if lot is not None), None)
        own = None if home is None else desk.shelf.lots[home]
        draws = take(desk, original.points, own=own, may_owe=act.allow_deficit)
    desk.post(
        Posted(
            kind=EntryKind.REVERSE,
            source=EntrySource.STAFF,
            key=key,
            order=original.order,
            program_version=desk.program.version,
            explanation=why | {"undoes": str(original.kind), "source": str(original.source)},
            occurred_at=desk.at,
            draws=draws,
            subject=original.id,
        )
    )


async def _read(session: AsyncSession, installation: InstallationId, desk: Desk, entry: UUID) -> _Original:
    wanted = {
        "installation": installation,
        "shard": desk.account.shard,
        "entry": entry,
        "account": desk.account.id,
    }
    row = (await session.execute(_ORIGINAL, wanted)).one_or_none()
    if row is None:
        raise EntryNotFound
    if row.undone:
        raise EntryReversedAlready
    original = _Original(
        id=EntryId(entry),
        kind=EntryKind(row.kind),
        source=EntrySource(row.source),
        points=row.points,
        order=row.order_id,
        moves={None if lot is None else LotId(UUID(lot)): points for lot, points in row.moves},
    )
    _demand_reversible(original)
    return original


def _demand_reversible(original: _Original) -> None:
    remedy = _REMEDIES.get(original.kind)
    if original.source is EntrySource.SETTLEMENT:
        remedy = "This entry only made up for points that were owed; nothing was gained or lost."
    if remedy is not None:
        raise NotReversible(kind=original.kind.value, remedy=remedy)


async def _take_from_order(
    session: AsyncSession, installation: InstallationId, desk: Desk, original: _Original, *, may_owe: bool
) -> list[Draw]:
    """What the order still has of it; a later refund takes only what is more than that, and nothing is taken twice."""
    order = original.order
    posting = None if order is None else (await postings_of(session, installation, [order])).get(order)
    if posting is None or order is None:
        raise NotReversible(kind=original.kind.value, remedy=_FOLLOWS_THE_ORDER)
    points = min(original.points, posting.granted - posting.reversed)
    if points <= 0:
        raise NotReversible(kind=original.kind.value, remedy=_NOTHING_LEFT)
    posting.lot = desk.shelf.lots.setdefault(posting.lot.id, posting.lot)
    draws = take(desk, points, own=posting.lot, may_owe=may_owe)
    posting.reversed += points
    desk.journal.orders[order] = (desk.account, posting)
    return draws


def _give_back(desk: Desk, original: _Original) -> list[Draw]:
    """What is owed first, then the very lots; what was taken on credit and paid since gets a lot of its own."""
    account, points = desk.account, -original.points
    owed = min(account.deficit, points)
    draws = [Draw(None, Points(owed))] if owed else []
    places = places_of(original.moves, desk.shelf.lots, points - owed, at=desk.at)
    left = points - owed - sum(each for _, each in places)
    if left:
        terms = Terms(desk.at, expiry_of(desk.at, desk.program, last_active=account.last_active_at))
        places.append((new_place(desk.journal, account, source=EntrySource.STAFF, terms=terms), left))
    return draws + put_back(desk.journal, account, places, program=desk.program, occurred_at=desk.at)
