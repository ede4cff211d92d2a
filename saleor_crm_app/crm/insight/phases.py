"""Writes customers' scores and each change of a phase: of everybody at night, of some as soon as they order."""

from collections.abc import Collection
from datetime import datetime
from typing import Final

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.ext.asyncio import AsyncSession

from saleor_crm_app.kernel.ids import CustomerId, InstallationId, shard_key

USUAL: Final = "SELECT max(gap_days) AS gap FROM scoring WHERE installation_id = :installation"
"""The shop's usual gap as of the last night; null where there is none yet."""

# separated: for longer than twice the own gap, else twice the shop's median one, at most a year and at least a month
LIFE: Final = """
    CROSS JOIN LATERAL (
        SELECT kept.last_order_at + interval '1 day' * least(365, greatest(30, 2 * coalesce(
            CASE WHEN kept.gaps >= 2 THEN kept.gap_days END, usual.gap, 365))) AS ends_at
    ) AS patience
    CROSS JOIN LATERAL (
        SELECT CASE WHEN kept.orders = 0 THEN 'ACQUISITION'
                    WHEN ends_at <= :at THEN 'SEPARATION'
                    WHEN kept.gaps > 0 THEN 'DEVELOPMENT' ELSE 'LAUNCH' END AS phase,
               CASE WHEN kept.orders = 0 THEN kept.joined_at
                    WHEN ends_at <= :at THEN ends_at
                    WHEN kept.gaps > 0 THEN CAST(kept.second_day AS timestamp) AT TIME ZONE 'UTC'
                    ELSE kept.first_order_at END AS since
    ) AS life
"""
"""The phase of each rollup `kept`, and since when, beside `usual`."""

# Compared before anything is written: a row that ON CONFLICT looks at is locked and written to the log, also where
# nothing changes. Then locked in key order, so that a night and the events of a day cannot deadlock.
KEEP: Final = """
    compared AS MATERIALIZED (
        SELECT found.*, known.scored_at AS compared_at, known.customer_id IS NULL AS is_new
        FROM phased AS found
        LEFT JOIN customer_score AS known
          ON known.installation_id = :installation AND known.shard_key = found.shard_key
         AND known.customer_id = found.customer_id
        WHERE {differs}
    ),
    locked AS MATERIALIZED (
        SELECT found.*, known.phase AS phase_before, known.phase_since AS since_before
        FROM compared AS found
        JOIN customer_score AS known
          ON known.installation_id = :installation AND known.shard_key = found.shard_key
         AND known.customer_id = found.customer_id
        WHERE NOT found.is_new AND {still}
        ORDER BY found.shard_key, found.customer_id FOR UPDATE OF known
    ),
    changed AS (
        UPDATE customer_score AS known SET {ranks}scored_at = :at, phase = found.phase,
            phase_since = CASE WHEN found.phase_before = found.phase THEN found.since_before
                               WHEN found.phase_before = 'SEPARATION' THEN :at ELSE found.since END
        FROM locked AS found
        WHERE known.installation_id = :installation AND known.shard_key = found.shard_key
          AND known.customer_id = found.customer_id
        RETURNING known.shard_key, known.customer_id, found.phase_before, known.phase, known.phase_since
    ),
    met AS (
        INSERT INTO customer_score (installation_id, shard_key, customer_id, recency, frequency, monetary, cell,
                                    scored_at, phase, phase_since)
        SELECT :installation, shard_key, customer_id, recency, frequency, monetary, cell, :at, phase, since
        FROM compared WHERE is_new ORDER BY shard_key, customer_id
        ON CONFLICT DO NOTHING
        RETURNING shard_key, customer_id, CAST(NULL AS text) AS phase_before, phase, phase_since
    )
    INSERT INTO phase_change (installation_id, shard_key, customer_id, at, from_phase, to_phase, since)
    SELECT :installation, shard_key, customer_id, :at, phase_before, phase, phase_since
    FROM (TABLE changed UNION ALL TABLE met) AS written WHERE phase_before IS DISTINCT FROM phase
    ON CONFLICT (installation_id, shard_key, customer_id, at)
    DO UPDATE SET to_phase = excluded.to_phase, since = excluded.since
"""
"""Makes scores what `phased` says, and notes in the same statement who came from which phase into which."""

_REPHASE = sa.text(
    f"""
    WITH usual AS MATERIALIZED ({USUAL}),
    phased AS MATERIALIZED (
        SELECT kept.shard_key, kept.customer_id, CAST(NULL AS smallint) AS recency, CAST(NULL AS smallint) AS frequency,
               CAST(NULL AS smallint) AS monetary, CAST(NULL AS text) AS cell, life.phase, life.since
        FROM unnest(CAST(:shards AS bigint[]), CAST(:customers AS text[])) AS touched (shard, customer)
        JOIN customer_rollup AS kept ON kept.installation_id = :installation AND kept.shard_key = touched.shard
                                    AND kept.customer_id = touched.customer AND NOT kept.is_staff
        CROSS JOIN usual
        {LIFE}
    ),
    """  # noqa: S608 # constants of this slice
    + KEEP.format(
        differs="known.phase IS DISTINCT FROM found.phase", still="known.phase IS DISTINCT FROM found.phase", ranks=""
    )
).bindparams(sa.bindparam("at", type_=sa.DateTime(timezone=True)), sa.bindparam("shards", type_=ARRAY(sa.BigInteger)))


async def rephase(
    session: AsyncSession, installation: InstallationId, customers: Collection[CustomerId], *, at: datetime
) -> None:
    """Tell the phases of these customers, whose rollups are up to date; one statement, none for nobody.

    Ranks are left as they are: they are of all purchasers together, and wait for the night.
    """
    if not customers:
        return
    ordered = sorted((shard_key(installation, one), one) for one in set(customers))
    wanted = {
        "installation": installation,
        "shards": [shard for shard, _ in ordered],
        "customers": [customer for _, customer in ordered],
        "at": at,
    }
    await session.execute(_REPHASE, wanted)
