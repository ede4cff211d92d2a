"""How large a usual order is."""

from collections.abc import Collection
from datetime import datetime
from typing import Final

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.ext.asyncio import AsyncSession

from saleor_crm_app.kernel.ids import InstallationId

ENOUGH: Final = 30
"""Fewer orders say nothing of what is usual."""

_MEDIAN = sa.text(
    """
    SELECT count(*) AS orders, percentile_disc(0.5) WITHIN GROUP (ORDER BY subtotal) AS median
    FROM (SELECT CAST(snapshot ->> 'subtotal' AS bigint) AS subtotal FROM order_fact
          WHERE installation_id = :installation AND channel = ANY(:channels) AND created_at >= :since
            AND status NOT IN ('CANCELED', 'EXPIRED', 'DRAFT')) AS recent
    WHERE subtotal > 0
    """
).bindparams(sa.bindparam("channels", type_=ARRAY(sa.Text)), sa.bindparam("since", type_=sa.DateTime(timezone=True)))


async def usual_order(
    session: AsyncSession, installation: InstallationId, channels: Collection[str], *, since: datetime
) -> int | None:
    """The median of what orders since then were worth in merchandise, minor units; None where they are too few."""
    wanted = {"installation": installation, "channels": list(channels), "since": since}
    row = (await session.execute(_MEDIAN, wanted)).one()
    return int(row.median) if row.orders >= ENOUGH else None
