"""Reckons which products are bought together more often than chance has it, set-wise; the writer of `product_pair`."""

from typing import Final

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncSession

from saleor_crm_app.kernel.ids import InstallationId

LEAST_SUPPORT: Final = 5
"""So many orders must hold both."""

LEAST_EVIDENCE: Final = 3.84
"""What the log-likelihood ratio of two unrelated products passes in one case of twenty."""

MOST_COMPANIONS: Final = 20
MOST_IN_BASKET: Final = 50
"""Who buys more products at once stocks up; what lies in such a basket has little to do with each other."""

# a pair of a product with itself counts the orders that hold it, so that the baskets are gone through once
_PAIR = sa.text(
    f"""
    WITH tally AS MATERIALIZED (
        SELECT one, other, CAST(count(*) AS float8) AS baskets
        FROM basket CROSS JOIN LATERAL unnest(goods) AS one CROSS JOIN LATERAL unnest(goods) AS other
        WHERE installation_id = :installation AND cardinality(goods) <= {MOST_IN_BASKET}
          AND one COLLATE "C" <= other COLLATE "C"
        GROUP BY one, other HAVING count(*) >= {LEAST_SUPPORT}
    ),
    everything AS MATERIALIZED (
        SELECT CAST(count(*) AS float8) AS n FROM basket
        WHERE installation_id = :installation AND cardinality(goods) BETWEEN 1 AND {MOST_IN_BASKET}
    ),
    alone AS MATERIALIZED (SELECT one AS product, baskets FROM tally WHERE one = other),
    compared AS MATERIALIZED (
        SELECT tally.one, tally.other, tally.baskets AS support, n * tally.baskets / (a.baskets * b.baskets) AS lift
        FROM tally
        JOIN alone AS a ON a.product = tally.one
        JOIN alone AS b ON b.product = tally.other
        CROSS JOIN everything
        CROSS JOIN LATERAL (
            SELECT 2 * sum(cell * ln(cell * n / (of_one * of_other))) AS evidence
            FROM (VALUES (tally.baskets, a.baskets, b.baskets),
                         (a.baskets - tally.baskets, a.baskets, n - b.baskets),
                         (b.baskets - tally.baskets, n - a.baskets, b.baskets),
                         (n - a.baskets - b.baskets + tally.baskets, n - a.baskets, n - b.baskets))
                AS cells (cell, of_one, of_other)
            WHERE cell > 0
        ) AS test
        WHERE tally.one <> tally.other AND n * tally.baskets > a.baskets * b.baskets
          AND evidence >= {LEAST_EVIDENCE}
    ),
    best AS MATERIALIZED (
        SELECT product, companion, CAST(support AS int) AS support,
               CAST(round(CAST(lift AS numeric), 2) AS float8) AS lift
        FROM (SELECT both_ways.*, row_number() OVER (
                  PARTITION BY product ORDER BY lift DESC, support DESC, companion COLLATE "C") AS place
              FROM (SELECT one AS product, other AS companion, support, lift FROM compared
                    UNION ALL SELECT other, one, support, lift FROM compared) AS both_ways) AS ranked
        WHERE place <= {MOST_COMPANIONS}
    ),
    parted AS (
        DELETE FROM product_pair AS kept
        WHERE installation_id = :installation AND NOT EXISTS (
            SELECT FROM best WHERE best.product = kept.product AND best.companion = kept.companion)
    )
    INSERT INTO product_pair AS kept (installation_id, product, companion, support, lift)
    SELECT :installation, product, companion, support, lift FROM best
    ON CONFLICT (installation_id, product, companion) DO UPDATE SET support = excluded.support, lift = excluded.lift
    WHERE (kept.support, kept.lift) IS DISTINCT FROM (excluded.support, excluded.lift)
    """  # noqa: S608 # constants of this file
)


async def pair_products(session: AsyncSession, installation: InstallationId) -> None:
    """Find the best companions of every product; writes only what changed.

    Lift is n·n_AB / (n_A·n_B), counted in orders and rounded to hundredths.
    """
    await session.execute(_PAIR, {"installation": installation})
