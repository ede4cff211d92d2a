"""The one lock of orders: an order may change its row's key, so the order itself is locked, not the row."""

from collections.abc import Collection

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.ext.asyncio import AsyncSession

from saleor_crm_app.kernel.ids import InstallationId, OrderId, shard_key

_LOCK = sa.text("SELECT count(pg_advisory_xact_lock(key)) FROM unnest(CAST(:keys AS bigint[])) AS key").bindparams(
    sa.bindparam("keys", type_=ARRAY(sa.BigInteger))
)


async def lock_orders(session: AsyncSession, installation: InstallationId, ids: Collection[OrderId]) -> None:
    """Wait for these orders until the transaction ends; in key order, so that no two batches deadlock."""
    await session.execute(_LOCK, {"keys": sorted({shard_key(installation, order) for order in ids})})
