"""Which customers' rollups are to be made: those that lack one, everybody's, and those that time has changed."""

from collections.abc import Sequence
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncSession

from saleor_crm_app.crm.customers import Place
from saleor_crm_app.kernel.ids import CustomerId, InstallationId, ShardKey

_BEFORE_ALL: Place = (ShardKey(-(2**63)), CustomerId(""))
_UNROLLED = sa.text(
    """
    SELECT shard_key, customer_id
    FROM ((SELECT shard_key, id AS customer_id FROM customer AS known
           WHERE installation_id = :installation AND deleted_at IS NULL AND (shard_key, id) > (:shard, :customer)
             AND (:everybody OR NOT EXISTS (
                 SELECT FROM customer_rollup AS kept WHERE kept.installation_id = :installation
                    AND kept.shard_key = known.shard_key AND kept.customer_id = known.id))
           ORDER BY shard_key, id LIMIT :first)
          UNION
          (SELECT DISTINCT shard_key, customer_id FROM order_fact AS held
           WHERE installation_id = :installation AND customer_id IS NOT NULL
             AND (shard_key, customer_id) > (:shard, :customer)
             AND (:everybody OR NOT EXISTS (
                 SELECT FROM customer_rollup AS kept WHERE kept.installation_id = :installation
                    AND kept.shard_key = held.shard_key AND kept.customer_id = held.customer_id))
             AND NOT EXISTS (
                 SELECT FROM customer AS gone WHERE gone.installation_id = :installation
                    AND gone.shard_key = held.shard_key AND gone.id = held.customer_id AND gone.deleted_at IS NOT NULL)
           ORDER BY shard_key, customer_id LIMIT :first)) AS either
    ORDER BY shard_key, customer_id LIMIT :first
    """
).bindparams(sa.bindparam("shard", type_=sa.BigInteger), sa.bindparam("everybody", type_=sa.Boolean))


async def unrolled(
    session: AsyncSession, installation: InstallationId, *, after: Place | None, first: int, everybody: bool = False
) -> Sequence[Place]:
    """Customers whose orders were never rolled up, or all, behind `after` in the order of their places."""
    shard, customer = after or _BEFORE_ALL
    wanted = {
        "installation": installation,
        "shard": shard,
        "customer": customer,
        "first": first,
        "everybody": everybody,
    }
    rows = await session.execute(_UNROLLED, wanted)
    return [(ShardKey(row.shard_key), CustomerId(row.customer_id)) for row in rows]


_DUE = sa.text(
    """
    SELECT customer_id FROM customer_rollup
    WHERE installation_id = :installation AND look_at <= :at ORDER BY look_at LIMIT :first
    """
).bindparams(sa.bindparam("at", type_=sa.DateTime(timezone=True)))


async def due_rollups(
    session: AsyncSession, installation: InstallationId, *, at: datetime, first: int
) -> Sequence[CustomerId]:
    """Customers one of whose orders became a year old since their rollup was made."""
    rows = await session.execute(_DUE, {"installation": installation, "at": at, "first": first})
    return [CustomerId(row.customer_id) for row in rows]
