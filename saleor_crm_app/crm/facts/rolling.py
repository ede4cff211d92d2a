"""Makes rollups anew from the orders as they are known now, set-wise; the only writer of `customer_rollup`."""

from collections.abc import Collection
from datetime import datetime
from typing import Final

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.ext.asyncio import AsyncSession

from saleor_crm_app.crm.customers import sweep_of
from saleor_crm_app.kernel.ids import CustomerId, InstallationId, shard_key

MOST_NAMES: Final = 20
"""So many categories, collections, products and channels of a customer are counted by name."""

_SHARDS = sa.bindparam("shards", type_=ARRAY(sa.BigInteger))
_AT = sa.bindparam("at", type_=sa.DateTime(timezone=True))
_TOUCHED = "unnest(CAST(:shards AS bigint[]), CAST(:customers AS text[])) AS touched (shard, customer)"

# first the rows are locked, in key order: two batches with orders of one customer would else not see each other's
_LOCK = sa.text(
    f"""
    INSERT INTO customer_rollup (installation_id, shard_key, customer_id, rolled_at)
    SELECT :installation, touched.shard, touched.customer, :at FROM {_TOUCHED}
    WHERE NOT EXISTS (SELECT FROM customer WHERE installation_id = :installation AND shard_key = touched.shard
                                             AND id = touched.customer AND deleted_at IS NOT NULL)
    ON CONFLICT (installation_id, shard_key, customer_id) DO UPDATE SET rolled_at = excluded.rolled_at
    """  # noqa: S608 # constants of this file
).bindparams(_SHARDS, _AT)

# materialized: the planner, which cannot know how few there are, would reckon some of them anew for each customer
_ROLL = sa.text(
    f"""
    WITH touched AS MATERIALIZED (SELECT shard, customer FROM {_TOUCHED}),
    counted AS MATERIALIZED (
        SELECT touched.customer, held.channel, held.currency, held.created_at, told.*
        FROM touched
        JOIN order_fact AS held ON held.installation_id = :installation AND held.shard_key = touched.shard
                               AND held.customer_id = touched.customer
        CROSS JOIN LATERAL jsonb_to_record(held.snapshot)
            AS told (charged bigint, refunded bigint, refund_pending bigint, lines jsonb)
        WHERE held.status NOT IN ('DRAFT', 'UNCONFIRMED', 'CANCELED', 'EXPIRED')
    ),
    main AS MATERIALIZED (
        SELECT customer, mode() WITHIN GROUP (ORDER BY currency) AS currency FROM counted GROUP BY customer
    ),
    totals AS MATERIALIZED (
        SELECT customer, main.currency, count(*) AS orders, min(created_at) AS first_at, max(created_at) AS last_at,
               count(*) FILTER (WHERE created_at > :at - interval '365 days') AS orders_365,
               sum(charged) FILTER (WHERE is_main) AS revenue,
               sum(charged) FILTER (WHERE is_main AND created_at > :at - interval '365 days') AS revenue_365,
               min(created_at) FILTER (WHERE created_at > :at - interval '365 days')
                   + interval '365 days' AS look_at,
               1000 * sum(back) FILTER (WHERE is_main) / nullif(sum(charged + back) FILTER (WHERE is_main), 0)
                   AS returned
        FROM (SELECT counted.*, coalesce(refunded, 0) + refund_pending AS back FROM counted) AS each
        JOIN main USING (customer)
        CROSS JOIN LATERAL (SELECT each.currency = main.currency AS is_main) AS compared
        GROUP BY customer, main.currency
    ),
    rhythm AS MATERIALIZED (
        SELECT customer, count(gap) AS gaps, percentile_cont(0.5) WITHIN GROUP (ORDER BY gap) AS gap_days,
               min(day) FILTER (WHERE gap IS NOT NULL) AS second_day
        FROM (
            SELECT customer, day, day - lag(day) OVER (PARTITION BY customer ORDER BY day) AS gap
            FROM (SELECT DISTINCT customer, CAST(created_at AT TIME ZONE 'UTC' AS date) AS day FROM counted) AS days
        ) AS spaced
        GROUP BY customer
    ),
    bought AS MATERIALIZED (
        SELECT counted.customer, counted.currency, line.*
        FROM counted CROSS JOIN LATERAL jsonb_to_recordset(counted.lines)
            AS line (quantity int, gross bigint, undiscounted bigint, product text, category text, collections jsonb)
    ),
    saved AS MATERIALIZED (
        SELECT customer, 1000 * sum(greatest(undiscounted - gross, 0)) / nullif(sum(undiscounted), 0) AS permille
        FROM bought JOIN main USING (customer, currency) WHERE undiscounted IS NOT NULL GROUP BY customer
    ),
    named AS (
        SELECT customer, 'channel' AS kind, channel AS name, count(*) AS times FROM counted GROUP BY 1, 3
        UNION ALL SELECT customer, 'category', category, sum(quantity) FROM bought GROUP BY 1, 3
        UNION ALL SELECT customer, 'product', product, sum(quantity) FROM bought GROUP BY 1, 3
        UNION ALL SELECT customer, 'collection', one, sum(quantity)
                  FROM bought CROSS JOIN LATERAL jsonb_array_elements_text(collections) AS one GROUP BY 1, 3
    ),
    tops AS MATERIALIZED (
        SELECT customer, jsonb_object_agg(name, times) FILTER (WHERE kind = 'channel') AS channels,
               jsonb_object_agg(name, times) FILTER (WHERE kind = 'category') AS categories,
               jsonb_object_agg(name, times) FILTER (WHERE kind = 'product') AS products,
               jsonb_object_agg(name, times) FILTER (WHERE kind = 'collection') AS collections
        FROM (SELECT named.*, row_number() OVER (PARTITION BY customer, kind ORDER BY times DESC, name) AS place
              FROM named WHERE name IS NOT NULL) AS ranked
        WHERE place <= {MOST_NAMES} GROUP BY customer
    )
    UPDATE customer_rollup AS kept SET
        is_confirmed = coalesce(known.is_confirmed, false), is_staff = coalesce(known.is_staff, false),
        language = coalesce(known.language, ''), country = coalesce(known.country, ''),
        joined_at = known.joined_at, birth_month = birthday.month,
        currency = totals.currency, orders = coalesce(totals.orders, 0),
        orders_365 = coalesce(totals.orders_365, 0), revenue = coalesce(totals.revenue, 0),
        revenue_365 = coalesce(totals.revenue_365, 0), first_order_at = totals.first_at,
        last_order_at = totals.last_at, second_day = rhythm.second_day, discount_permille = saved.permille,
        returned_permille = totals.returned, gaps = coalesce(rhythm.gaps, 0), gap_days = rhythm.gap_days,
        channels = coalesce(tops.channels, '{{}}'), categories = coalesce(tops.categories, '{{}}'),
        collections = coalesce(tops.collections, '{{}}'), products = coalesce(tops.products, '{{}}'),
        rolled_at = :at, look_at = totals.look_at
    FROM touched
    LEFT JOIN totals USING (customer) LEFT JOIN rhythm USING (customer) LEFT JOIN saved USING (customer)
    LEFT JOIN tops USING (customer)
    LEFT JOIN customer AS known ON known.installation_id = :installation AND known.shard_key = touched.shard
                               AND known.id = touched.customer
    LEFT JOIN birthday ON birthday.installation_id = :installation AND birthday.shard_key = touched.shard
                      AND birthday.customer_id = touched.customer
    WHERE kept.installation_id = :installation AND kept.shard_key = touched.shard
      AND kept.customer_id = touched.customer
    """  # noqa: S608 # constants of this file
).bindparams(_SHARDS, _AT)


async def roll_up(
    session: AsyncSession, installation: InstallationId, customers: Collection[CustomerId], *, at: datetime
) -> None:
    """Make the rollups of these customers what their orders say now; two statements, none for nobody.

    Who was deleted gets none.
    """
    if not customers:
        return
    wanted = _keys(installation, customers) | {"at": at}
    await session.execute(_LOCK, wanted)
    await session.execute(_ROLL, wanted)


_TABLES: Final = ("customer_rollup", "customer_score", "phase_change", "member_fact", "fact")
_FORGET = [
    sa.text(
        f"DELETE FROM {table} USING {_TOUCHED} WHERE {table}.installation_id = :installation"  # noqa: S608 # likewise
        f" AND {table}.shard_key = touched.shard AND {table}.customer_id = touched.customer"
    ).bindparams(_SHARDS)
    for table in _TABLES
]


_FORGET_DELETED = [sweep_of(table) for table in _TABLES]


async def forget_deleted(session: AsyncSession, installation: InstallationId) -> None:
    """The same for all who were deleted: a night may have told something of them meanwhile."""
    for statement in _FORGET_DELETED:
        await session.execute(statement, {"installation": installation})


async def forget(session: AsyncSession, installation: InstallationId, customers: Collection[CustomerId]) -> None:
    """Delete every fact about customers who were deleted."""
    if not customers:
        return
    for statement in _FORGET:
        await session.execute(statement, _keys(installation, customers))


def _keys(installation: InstallationId, customers: Collection[CustomerId]) -> dict[str, object]:
    ordered = sorted((shard_key(installation, one), one) for one in set(customers))
    return {
        "installation": installation,
        "shards": [shard for shard, _ in ordered],
        "customers": [customer for _, customer in ordered],
    }
