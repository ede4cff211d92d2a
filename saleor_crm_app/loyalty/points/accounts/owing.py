"""What a merged account owes since it was swept last, by order; the target makes up for it, or the shop bears it."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncSession

from saleor_crm_app.kernel.ids import InstallationId, OrderId
from saleor_crm_app.kernel.money import Points
from saleor_crm_app.loyalty.points.accounts.moving import move_deficit
from saleor_crm_app.loyalty.points.accounts.pair import Pair
from saleor_crm_app.loyalty.points.journal import Journal, OpenAccount, OrderPosting, Posted
from saleor_crm_app.loyalty.points.lots import Draw
from saleor_crm_app.loyalty.points.models import EntryKind, EntrySource
from saleor_crm_app.loyalty.points.postings import postings_of
from saleor_crm_app.loyalty.program import DeficitPolicy


@dataclass(frozen=True, slots=True)
class Owed:
    """Points that are owed because of one order, or of none that is known."""

    order: OrderId | None
    source: EntrySource
    points: int


_OWED = sa.text(
    """
    SELECT entry.order_id, entry.source, -sum(allocation.points) AS points
    FROM entry JOIN allocation
      ON allocation.installation_id = entry.installation_id AND allocation.shard_key = entry.shard_key
     AND allocation.entry_id = entry.id AND allocation.lot_id IS NULL
    WHERE entry.installation_id = :installation AND entry.shard_key = :shard AND entry.account_id = :account
      AND entry.seq > coalesce((
          SELECT max(seq) FROM entry AS swept
          WHERE swept.installation_id = :installation AND swept.shard_key = :shard AND swept.account_id = :account
            AND swept.source = 'MERGE'), 0)
    GROUP BY entry.order_id, entry.source HAVING sum(allocation.points) < 0
    ORDER BY entry.order_id, entry.source
    """
).bindparams(sa.bindparam("shard", type_=sa.BigInteger))


async def move_owed(session: AsyncSession, installation: InstallationId, pair: Pair) -> int:
    """Have the target make up for all that the source owes; says how many points that were.

    Of a refunded order what lapsed in the target need not come back, and where nobody may owe the shop bears what the
    target lacks: as if the order had been the target's own.
    """
    account = pair.source.account
    if not account.deficit:
        return 0
    owed = _within(account.deficit, await _owed_by_order(session, installation, account))
    owed = await _forgive(session, installation, pair, owed)
    return sum(
        move_deficit(pair.journal, pair.source, pair.target, one.points, order=one.order) for one in owed if one.points
    )


async def _owed_by_order(session: AsyncSession, installation: InstallationId, account: OpenAccount) -> list[Owed]:
    key = {"installation": installation, "shard": account.shard, "account": account.id}
    rows = await session.execute(_OWED, key)
    return [Owed(row.order_id, EntrySource(row.source), int(row.points)) for row in rows]


def _within(deficit: int, found: Iterable[Owed]) -> list[Owed]:
    """No more than is owed in all: an order's points may have made up for another's meanwhile."""
    left, owed = deficit, []
    for one in found:
        owed.append(Owed(one.order, one.source, min(one.points, left)))
        left -= owed[-1].points
    return [*owed, Owed(None, EntrySource.MERGE, left)]


async def _forgive(session: AsyncSession, installation: InstallationId, pair: Pair, owed: Sequence[Owed]) -> list[Owed]:
    """Post what the shop bears, and give what is left to be made up for."""
    orders = [one.order for one in owed if one.source is EntrySource.ORDER and one.order is not None]
    if not orders:
        return list(owed)
    postings = await postings_of(session, installation, orders)
    lapsed = await _lapsed(session, installation, pair.target.account, orders)
    floored = pair.program.settings.deficit is DeficitPolicy.FLOOR_AT_ZERO
    free = sum(lot.free for lot in pair.target.lots.values())
    left: list[Owed] = []
    borne: dict[OrderId, int] = {}
    for one in owed:
        points = one.points
        if one.source is EntrySource.ORDER and one.order is not None and one.order in postings:
            gone = max(0, lapsed.get(one.order, 0) - postings[one.order].forgiven)
            points -= min(points, gone)
            points = min(points, free) if floored else points
            if points < one.points:
                borne[one.order] = one.points - points
        free = max(0, free - points)
        left.append(Owed(one.order, one.source, points))
    _post_borne(pair.journal, pair.source.account, postings, borne)
    return left


_LAPSED = sa.text(
    """
    SELECT order_id, -sum(points) AS points FROM entry
    WHERE installation_id = :installation AND shard_key = :shard AND account_id = :account
      AND kind = 'EXPIRE' AND order_id = ANY(CAST(:orders AS uuid[]))
    GROUP BY order_id
    """
).bindparams(sa.bindparam("shard", type_=sa.BigInteger))


async def _lapsed(
    session: AsyncSession, installation: InstallationId, account: OpenAccount, orders: Collection[OrderId]
) -> dict[OrderId, int]:
    """How many points of these orders have lapsed in an account."""
    key = {"installation": installation, "shard": account.shard, "account": account.id, "orders": list(orders)}
    return {OrderId(row.order_id): int(row.points) for row in await session.execute(_LAPSED, key)}


def _post_borne(
    journal: Journal, account: OpenAccount, postings: Mapping[OrderId, OrderPosting], borne: Mapping[OrderId, int]
) -> None:
    for order, points in borne.items():
        posting = postings[order]
        posting.forgiven += points
        journal.post(
            account,
            Posted(
                kind=EntryKind.CLAWBACK,
                source=EntrySource.ORDER,
                key=posting.next_key,
                order=order,
                program_version=0,
                explanation={"borne": posting.forgiven},
                occurred_at=journal.recorded_at,
                draws=[Draw(None, Points(points))],
            ),
        )
        posting.add(points)
        journal.orders[order] = (account, posting)
