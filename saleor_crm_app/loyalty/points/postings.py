"""Reads, under the accounts' locks, what was posted for orders and which lots are open."""

from collections import defaultdict
from collections.abc import Collection, Mapping
from datetime import datetime
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.ext.asyncio import AsyncSession

from saleor_crm_app.kernel.ids import AccountId, InstallationId, LotId, OrderId
from saleor_crm_app.loyalty.points.journal import OpenAccount, OrderPosting
from saleor_crm_app.loyalty.points.lots import Lot
from saleor_crm_app.loyalty.points.models import EntrySource
from saleor_crm_app.loyalty.points.terms import Terms

_LOT_COLUMNS = (
    "lot.id AS lot_id, granted, remaining, activates_at, expires_at, terms, lot.order_id AS lot_order, held, source,"
    " origin_lot, cost_center"
)

_POSTINGS = sa.text(
    f"""
    SELECT done.order_id, posted, taken_back, postings, forgiven, reversed, version, context, {_LOT_COLUMNS}
    FROM order_points AS done
    JOIN lot ON lot.installation_id = done.installation_id AND lot.shard_key = done.shard_key
            AND lot.id = done.lot_id
    WHERE done.installation_id = :installation AND done.order_id = ANY(CAST(:orders AS uuid[]))
    """  # noqa: S608 # the columns are the constant above
)
_OPEN_LOTS = sa.text(
    f"""
    SELECT lot.account_id, {_LOT_COLUMNS} FROM lot
    JOIN unnest(CAST(:shards AS bigint[]), CAST(:accounts AS uuid[])) AS wanted (shard, account)
      ON lot.shard_key = wanted.shard AND lot.account_id = wanted.account
    WHERE lot.installation_id = :installation AND lot.remaining > 0
    """  # noqa: S608 # the columns are the constant above
).bindparams(sa.bindparam("shards", type_=ARRAY(sa.BigInteger)))


async def postings_of(
    session: AsyncSession, installation: InstallationId, orders: Collection[OrderId]
) -> dict[OrderId, OrderPosting]:
    """What was posted for these orders, with their lots."""
    rows = await session.execute(_POSTINGS, {"installation": installation, "orders": list(orders)})
    return {
        row.order_id: OrderPosting(
            row.order_id,
            _lot(row),
            row.posted,
            row.taken_back,
            row.postings,
            row.forgiven,
            row.reversed,
            row.version,
            _budgets(row.context),
            _segments(row.context),
        )
        for row in rows
    }


async def open_lots(
    session: AsyncSession, installation: InstallationId, accounts: Collection[OpenAccount]
) -> list[tuple[AccountId, Lot]]:
    """All lots of these accounts that hold points; asks nothing when there is no account."""
    if not accounts:
        return []
    wanted = {
        "installation": installation,
        "shards": [account.shard for account in accounts],
        "accounts": [account.id for account in accounts],
    }
    rows = await session.execute(_OPEN_LOTS, wanted)
    return [(row.account_id, _lot(row)) for row in rows]


_LAPSING_LOTS = sa.text(
    f"""
    SELECT lot.account_id, {_LOT_COLUMNS} FROM lot
    JOIN unnest(CAST(:shards AS bigint[]), CAST(:accounts AS uuid[])) AS wanted (shard, account)
      ON lot.shard_key = wanted.shard AND lot.account_id = wanted.account
    WHERE lot.installation_id = :installation AND lot.remaining > 0 AND lot.expires_at <= :at
    """  # noqa: S608 # the columns are the constant above
).bindparams(sa.bindparam("shards", type_=ARRAY(sa.BigInteger)), sa.bindparam("at", type_=sa.DateTime(timezone=True)))


async def lapsing_lots(
    session: AsyncSession, installation: InstallationId, accounts: Collection[OpenAccount], *, at: datetime
) -> dict[AccountId, list[Lot]]:
    """Lots of these accounts that hold points past their end."""
    wanted = {
        "installation": installation,
        "shards": [account.shard for account in accounts],
        "accounts": [account.id for account in accounts],
        "at": at,
    }
    lots: dict[AccountId, list[Lot]] = defaultdict(list)
    for row in await session.execute(_LAPSING_LOTS, wanted):
        lots[row.account_id].append(_lot(row))
    return lots


_LOTS_BY_ID = sa.text(
    f"""
    SELECT {_LOT_COLUMNS} FROM unnest(CAST(:shards AS bigint[]), CAST(:lots AS uuid[])) AS wanted (shard, id)
    JOIN lot ON lot.installation_id = :installation AND lot.shard_key = wanted.shard AND lot.id = wanted.id
    """  # noqa: S608 # the columns are the constant above
).bindparams(sa.bindparam("shards", type_=ARRAY(sa.BigInteger)))


async def lots_by_id(
    session: AsyncSession, installation: InstallationId, lots: Collection[tuple[OpenAccount, LotId]]
) -> list[Lot]:
    """These lots, empty ones too; asks nothing when there is none."""
    if not lots:
        return []
    wanted = {
        "installation": installation,
        "shards": [account.shard for account, _ in lots],
        "lots": [lot for _, lot in lots],
    }
    return [_lot(row) for row in await session.execute(_LOTS_BY_ID, wanted)]


def _budgets(context: Mapping[str, Any] | None) -> dict[str, int]:
    return {} if context is None else dict(context.get("budgets", {}))


def _segments(context: Mapping[str, Any] | None) -> frozenset[UUID] | None:
    kept = None if context is None else context.get("segments")
    return None if kept is None else frozenset(map(UUID, kept))


def _lot(row: sa.Row[tuple[object, ...]]) -> Lot:
    return Lot(
        id=LotId(row.lot_id),
        granted=row.granted,
        remaining=row.remaining,
        order=row.lot_order,
        terms=Terms(row.activates_at, row.expires_at),
        terms_known=row.terms,
        held=row.held,
        source=EntrySource(row.source),
        origin=row.origin_lot,
        cost_center=row.cost_center,
    )
