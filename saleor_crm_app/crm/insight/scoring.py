"""Scores every customer of a shop from the rollups, set-wise, and writes down only what changes."""

from datetime import datetime
from typing import Final

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncSession

from saleor_crm_app.crm.insight.cells import bins_for, cell_of
from saleor_crm_app.kernel.ids import InstallationId

LEAST_PURCHASERS: Final = 30
"""Ranks among fewer say nothing."""

_RANKS: Final = range(1, 6)
_CELLS: Final = [cell_of(recency, value).value for recency in _RANKS for value in _RANKS]

_COUNT = sa.text(
    """
    SELECT count(*) AS purchasers FROM customer_rollup
    WHERE installation_id = :installation AND NOT is_staff AND last_order_at > :at - interval '730 days'
    """
).bindparams(sa.bindparam("at", type_=sa.DateTime(timezone=True)))

# who has not bought for two years is lost without being ranked
# separated: for longer than twice the own gap, else twice the shop's median one, at most a year and at least a month
_SCORE = sa.text(
    """
    WITH usual AS MATERIALIZED (
        SELECT percentile_cont(0.5) WITHIN GROUP (ORDER BY gap_days) AS gap FROM customer_rollup
        WHERE installation_id = :installation AND NOT is_staff AND gaps > 0
    ),
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
               CASE WHEN kept.orders = 0 THEN 'ACQUISITION'
                    WHEN ends_at <= :at THEN 'SEPARATION'
                    WHEN kept.gaps > 0 THEN 'DEVELOPMENT' ELSE 'LAUNCH' END AS phase,
               CASE WHEN kept.orders = 0 THEN kept.joined_at
                    WHEN ends_at <= :at THEN ends_at
                    WHEN kept.gaps > 0 THEN CAST(kept.second_day AS timestamp) AT TIME ZONE 'UTC'
                    ELSE kept.first_order_at END AS since
        FROM customer_rollup AS kept
        CROSS JOIN usual
        LEFT JOIN spread USING (shard_key, customer_id)
        CROSS JOIN LATERAL (
            SELECT kept.last_order_at + interval '1 day' * least(365, greatest(30, 2 * coalesce(
                CASE WHEN kept.gaps >= 2 THEN kept.gap_days END, usual.gap, 365))) AS ends_at
        ) AS patience
        WHERE kept.installation_id = :installation AND NOT kept.is_staff
    )
    INSERT INTO customer_score AS known (installation_id, shard_key, customer_id, recency, frequency, monetary, cell,
                                         scored_at, phase, phase_since)
    SELECT :installation, shard_key, customer_id, recency, frequency, monetary, cell, :at, phase, since FROM phased
    ORDER BY shard_key, customer_id
    ON CONFLICT (installation_id, shard_key, customer_id) DO UPDATE SET
        recency = excluded.recency, frequency = excluded.frequency, monetary = excluded.monetary,
        cell = excluded.cell, scored_at = excluded.scored_at, phase = excluded.phase,
        phase_since = CASE WHEN known.phase = excluded.phase THEN known.phase_since
                           WHEN known.phase = 'SEPARATION' THEN excluded.scored_at ELSE excluded.phase_since END
    WHERE (known.recency, known.frequency, known.monetary, known.cell, known.phase)
          IS DISTINCT FROM (excluded.recency, excluded.frequency, excluded.monetary, excluded.cell, excluded.phase)
    """
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
    purchasers = int((await session.execute(_COUNT, wanted)).scalar_one())
    asked = {"bins": bins_for(purchasers), "ranked": purchasers >= LEAST_PURCHASERS, "cells": _CELLS}
    await session.execute(_SCORE, wanted | asked)
