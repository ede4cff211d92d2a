"""Reads which lots earlier entries drew on, where points must go back to the very lots they came from."""

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.ext.asyncio import AsyncSession

from saleor_crm_app.kernel.ids import InstallationId, LotId, OrderId
from saleor_crm_app.loyalty.points.journal import OpenAccount

Moves = Mapping[LotId | None, int]
"""Signed points by lot, of several entries together; None is the account's deficit."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Posted:
    """The entries of one subject in one account, named by their keys."""

    subject: UUID
    account: OpenAccount
    keys: Sequence[str]


_MOVES = sa.text(
    """
    SELECT wanted.subject, allocation.lot_id, sum(allocation.points) AS points
    FROM unnest(CAST(:subjects AS uuid[]), CAST(:shards AS bigint[]), CAST(:accounts AS uuid[]),
                CAST(:keys AS text[])) AS wanted (subject, shard, account, key)
    JOIN entry ON entry.installation_id = :installation AND entry.shard_key = wanted.shard
              AND entry.account_id = wanted.account AND entry.key = wanted.key
    JOIN allocation ON allocation.installation_id = :installation AND allocation.shard_key = wanted.shard
                   AND allocation.entry_id = entry.id
    GROUP BY wanted.subject, allocation.lot_id
    """
).bindparams(sa.bindparam("shards", type_=ARRAY(sa.BigInteger)))


async def moves_of(
    session: AsyncSession, installation: InstallationId, posted: Collection[Posted]
) -> dict[UUID, dict[LotId | None, int]]:
    """What each subject's entries put into and took out of lots; asks nothing where nothing is asked."""
    moves: dict[UUID, dict[LotId | None, int]] = defaultdict(dict)
    flat = [(one.subject, one.account, key) for one in posted for key in one.keys]
    if flat:
        wanted = {
            "installation": installation,
            "subjects": [subject for subject, _, _ in flat],
            "shards": [account.shard for _, account, _ in flat],
            "accounts": [account.id for _, account, _ in flat],
            "keys": [key for _, _, key in flat],
        }
        for row in await session.execute(_MOVES, wanted):
            moves[row.subject][row.lot_id] = int(row.points)
    return moves


_LAPSED = sa.text(
    """
    SELECT entry.order_id, -sum(entry.points) AS points
    FROM unnest(CAST(:shards AS bigint[]), CAST(:accounts AS uuid[]), CAST(:orders AS uuid[]))
      AS wanted (shard, account, order_id)
    JOIN entry ON entry.installation_id = :installation AND entry.shard_key = wanted.shard
              AND entry.account_id = wanted.account AND entry.order_id = wanted.order_id AND entry.kind = 'EXPIRE'
    GROUP BY entry.order_id
    """
).bindparams(sa.bindparam("shards", type_=ARRAY(sa.BigInteger)))


async def lapsed_of(
    session: AsyncSession, installation: InstallationId, orders: Collection[tuple[OpenAccount, OrderId]]
) -> dict[OrderId, int]:
    """How many points of each of these orders have lapsed, in its own lot or in one beside it."""
    if not orders:
        return {}
    wanted = {
        "installation": installation,
        "shards": [account.shard for account, _ in orders],
        "accounts": [account.id for account, _ in orders],
        "orders": [order for _, order in orders],
    }
    return {row.order_id: int(row.points) for row in await session.execute(_LAPSED, wanted)}
