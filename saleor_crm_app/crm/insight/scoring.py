"""Scores every customer of a shop from the rollups, set-wise."""

from datetime import datetime
from typing import Final

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncSession

from saleor_crm_app.crm.facts import LEAST_PURCHASERS
from saleor_crm_app.crm.insight.cells import bins_for, cell_of
from saleor_crm_app.crm.insight.phases import KEEP, LIFE, USUAL
from saleor_crm_app.kernel.ids import InstallationId

_RANKS: Final = range(1, 6)
_CELLS: Final = [cell_of(recency, value).value for recency in _RANKS for value in _RANKS]

_MEASURE = sa.text(
    """
    INSERT INTO scoring AS known (installation_id, first_at, last_at, purchasers, gap_days)
    SELECT :installation, :at, :at, count(*) FILTER (WHERE last_order_at > :at - interval '730 days'),
           percentile_cont(0.5) WITHIN GROUP (ORDER BY gap_days) FILTER (WHERE gaps > 0)
    FROM customer_rollup WHERE installation_id = :installation AND NOT is_staff
    ON CONFLICT (installation_id) DO UPDATE
        SET last_at = excluded.last_at, purchasers = excluded.purchasers, gap_days = excluded.gap_days
    RETURNING purchasers
    """
).bindparams(sa.bindparam("at", type_=sa.DateTime(timezone=True)))

# who has not bought for two years is lost without being ranked; who was scored meanwhile, for an order, is left alone
_SCORE = sa.text(
    f"""
    WITH usual AS MATERIALIZED ({USUAL}),
    ranked AS MATERIALIZED (
        SELECT shard_key, customer_id,
               ntile(:bins) OVER (ORDER BY last_order_at, shard_key, customer_id) AS r,
               ntile(:bins) OVER (ORDER BY orders, last_order_at, shard_key, customer_id) AS f,
               ntile(:bins) OVER (ORDER BY revenue, last_order_at, shard_key, customer_id) AS m
        FROM customer_rollup
        WHERE installation_id = :installation AND NOT is_staff AND :ranked
          AND last_order_at > :at - interval '730 days'
    ),
    spread AS (
        SELECT shard_key, customer_id, CAST(1 + (r - 1) * 4 / (:bins - 1) AS smallint) AS recency,
               CAST(1 + (f - 1) * 4 / (:bins - 1) AS smallint) AS frequency,
               CAST(1 + (m - 1) * 4 / (:bins - 1) AS smallint) AS monetary
        FROM ranked
    ),
    phased AS (
        SELECT kept.shard_key, kept.customer_id, recency, frequency, monetary,
               CASE WHEN recency IS NOT NULL
                    THEN (CAST(:cells AS text[]))[(recency - 1) * 5 + (frequency + monetary + 1) / 2]
                    WHEN kept.orders > 0 AND :ranked THEN 'LOST' END AS cell,
               life.phase, life.since
        FROM customer_rollup AS kept
        CROSS JOIN usual
        LEFT JOIN spread USING (shard_key, customer_id)
        {LIFE}
        WHERE kept.installation_id = :installation AND NOT kept.is_staff
    ),
    """  # noqa: S608 # constants of this slice
    + KEEP.format(
        differs="(known.recency, known.frequency, known.monetary, known.cell, known.phase)"
        " IS DISTINCT FROM (found.recency, found.frequency, found.monetary, found.cell, found.phase)",
        still="known.scored_at IS NOT DISTINCT FROM found.compared_at",
        ranks="recency = found.recency, frequency = found.frequency, monetary = found.monetary, cell = found.cell, ",
    )
).bindparams(
    sa.bindparam("at", type_=sa.DateTime(timezone=True)),
    sa.bindparam("bins", type_=sa.Integer),
    sa.bindparam("ranked", type_=sa.Boolean),
)


async def score_all(session: AsyncSession, installation: InstallationId, *, at: datetime) -> None:
    """Rank all purchasers of the last two years and tell everybody's phase; two statements.

    Among too few nobody is ranked.
    """
    wanted = {"installation": installation, "at": at}
    purchasers = int((await session.execute(_MEASURE, wanted)).scalar_one())
    asked = {"bins": bins_for(purchasers), "ranked": purchasers >= LEAST_PURCHASERS, "cells": _CELLS}
    await session.execute(_SCORE, wanted | asked)
