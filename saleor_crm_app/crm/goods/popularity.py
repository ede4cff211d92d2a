"""Reckons who bought what lately and how soon it is bought again, set-wise; the writer of `product_popularity`."""

from datetime import datetime
from typing import Final

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncSession

from saleor_crm_app.kernel.ids import InstallationId

LATELY_DAYS: Final = 90

# a guest is a buyer for each order
_COUNT = sa.text(
    f"""
    WITH bought AS MATERIALIZED (
        SELECT channel, customer_id, order_id, made_at, product, item.units
        FROM basket CROSS JOIN LATERAL unnest(goods, units) AS item (product, units)
        WHERE installation_id = :installation
    ),
    rhythm AS MATERIALIZED (
        SELECT product, count(*) AS gaps, percentile_cont(0.5) WITHIN GROUP (ORDER BY gap) AS gap_days
        FROM (SELECT product, day - lag(day) OVER (PARTITION BY customer_id, product ORDER BY day) AS gap
              FROM (SELECT DISTINCT customer_id, product, CAST(made_at AT TIME ZONE 'UTC' AS date) AS day FROM bought
                    WHERE customer_id IS NOT NULL) AS days) AS spaced
        WHERE gap IS NOT NULL GROUP BY product
    ),
    lately AS MATERIALIZED (
        SELECT channel, product, CAST(count(DISTINCT coalesce(customer_id, CAST(order_id AS text))) AS int) AS buyers,
               sum(units) AS units
        FROM bought WHERE made_at > :at - interval '{LATELY_DAYS} days' GROUP BY channel, product
    ),
    now_true AS MATERIALIZED (
        SELECT channel, product, coalesce(buyers, 0) AS buyers, coalesce(lately.units, 0) AS units,
               CAST(coalesce(gaps, 0) AS int) AS gaps, gap_days
        FROM (SELECT DISTINCT channel, product FROM bought) AS sold
        LEFT JOIN lately USING (channel, product) LEFT JOIN rhythm USING (product)
    ),
    gone AS (
        DELETE FROM product_popularity AS kept
        WHERE installation_id = :installation AND NOT EXISTS (
            SELECT FROM now_true WHERE now_true.channel = kept.channel AND now_true.product = kept.product)
    )
    INSERT INTO product_popularity AS kept (installation_id, channel, product, buyers, units, gaps, gap_days)
    SELECT :installation, channel, product, buyers, units, gaps, gap_days FROM now_true
    ON CONFLICT (installation_id, channel, product) DO UPDATE SET
        buyers = excluded.buyers, units = excluded.units, gaps = excluded.gaps, gap_days = excluded.gap_days
    WHERE (kept.buyers, kept.units, kept.gaps, kept.gap_days)
          IS DISTINCT FROM (excluded.buyers, excluded.units, excluded.gaps, excluded.gap_days)
    """  # noqa: S608 # a constant of this file
).bindparams(sa.bindparam("at", type_=sa.DateTime(timezone=True)))


async def count_popularity(session: AsyncSession, installation: InstallationId, *, at: datetime) -> None:
    """Count buyers and units of the last 90 days by channel, and the days between purchases; writes what changed."""
    await session.execute(_COUNT, {"installation": installation, "at": at})
