"""Customers who have ordered, a page at a time."""

from collections.abc import Collection, Sequence

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.ext.asyncio import AsyncSession

from saleor_crm_app.kernel.ids import CustomerId, InstallationId, ShardKey

Buyer = tuple[ShardKey, CustomerId]
"""A customer where their rows lie; buyers are listed in this order."""

_CHANNELS = sa.bindparam("channels", type_=ARRAY(sa.Text))
_BUYERS = sa.text(
    """
    SELECT DISTINCT shard_key, customer_id FROM order_fact
    WHERE installation_id = :installation AND customer_id IS NOT NULL AND channel = ANY(:channels)
      AND (shard_key, customer_id) > (:shard, :customer)
    ORDER BY shard_key, customer_id LIMIT :first
    """
).bindparams(_CHANNELS, sa.bindparam("shard", type_=sa.BigInteger))
_COUNT = sa.text(
    """
    SELECT count(DISTINCT (shard_key, customer_id)) FROM order_fact
    WHERE installation_id = :installation AND customer_id IS NOT NULL AND channel = ANY(:channels)
    """
).bindparams(_CHANNELS)
_BEFORE_ALL: Buyer = (ShardKey(-(2**63)), CustomerId(""))


async def buyers(
    session: AsyncSession,
    installation: InstallationId,
    channels: Collection[str],
    *,
    after: Buyer | None,
    first: int,
) -> Sequence[Buyer]:
    """Customers with orders in these channels, behind `after`; one statement."""
    shard, customer = after or _BEFORE_ALL
    wanted = {
        "installation": installation,
        "channels": list(channels),
        "shard": shard,
        "customer": customer,
        "first": first,
    }
    rows = await session.execute(_BUYERS, wanted)
    return [(ShardKey(row.shard_key), CustomerId(row.customer_id)) for row in rows]


async def count_buyers(session: AsyncSession, installation: InstallationId, channels: Collection[str]) -> int:
    """How many `buyers` would list in all."""
    wanted = {"installation": installation, "channels": list(channels)}
    return int((await session.execute(_COUNT, wanted)).scalar_one())
