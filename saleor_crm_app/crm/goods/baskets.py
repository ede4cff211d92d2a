"""Keeps of each order what was bought and kept: what came back, gift cards and free gifts are not in its basket."""

from datetime import datetime, timedelta
from typing import Final

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncSession

from saleor_crm_app.kernel.ids import InstallationId

WINDOW: Final = timedelta(days=730)
"""Older orders say nothing of what is bought now."""

NOT_COUNTED: Final = "('DRAFT', 'UNCONFIRMED', 'CANCELED', 'EXPIRED')"

# a return and the refund granted for it name the same units, so the larger count holds, not the sum
KEPT_LINES: Final = """
    jsonb_to_recordset(held.snapshot -> 'lines')
        AS line (id text, quantity int, product text, category text, kind text, gift boolean)
    CROSS JOIN LATERAL (
        SELECT greatest(0, line.quantity - greatest(
            (SELECT coalesce(sum(CAST(unit ->> 'quantity' AS int)), 0) FROM jsonb_path_query(held.snapshot,
                '$.fulfillments[*] ? (@.status == "RETURNED" || @.status == "REFUNDED"
                    || @.status == "REFUNDED_AND_RETURNED" || @.status == "REPLACED").lines[*]') AS unit
             WHERE unit ->> 'line' = line.id),
            (SELECT coalesce(sum(CAST(unit ->> 'quantity' AS int)), 0) FROM jsonb_path_query(held.snapshot,
                '$.refunds[*] ? (@.status == "SUCCESS" || @.status == "PENDING").lines[*]') AS unit
             WHERE unit ->> 'line' = line.id)
        )) AS units
    ) AS kept
"""
"""The lines of an order `held`, each with the `kept.units` that did not come back."""

_FILL = sa.text(
    f"""
    INSERT INTO basket AS known (installation_id, order_id, customer_id, channel, made_at, goods, units, content)
    SELECT :installation, held.id, held.customer_id, held.channel, held.created_at,
           coalesce(what.goods, '{{}}'), coalesce(what.units, '{{}}'), held.content
    FROM order_fact AS held
    LEFT JOIN basket AS old ON old.installation_id = :installation AND old.order_id = held.id
    CROSS JOIN LATERAL (
        SELECT array_agg(product ORDER BY product COLLATE "C") AS goods,
               array_agg(units ORDER BY product COLLATE "C") AS units
        FROM (SELECT line.product, CAST(sum(kept.units) AS int) AS units FROM {KEPT_LINES}
              WHERE line.product IS NOT NULL AND line.kind IS DISTINCT FROM 'GIFT_CARD' AND line.gift IS NOT TRUE
                AND held.status NOT IN {NOT_COUNTED} AND NOT CAST(held.snapshot ->> 'is_staff' AS boolean)
              GROUP BY line.product HAVING sum(kept.units) > 0) AS each
    ) AS what
    WHERE held.installation_id = :installation AND held.created_at > :since
      AND old.content IS DISTINCT FROM held.content
    ORDER BY held.id
    ON CONFLICT (installation_id, order_id) DO UPDATE SET
        customer_id = excluded.customer_id, channel = excluded.channel, made_at = excluded.made_at,
        goods = excluded.goods, units = excluded.units, content = excluded.content
    """  # noqa: S608 # constants of this file
).bindparams(sa.bindparam("since", type_=sa.DateTime(timezone=True)))
_FORGET = sa.text("DELETE FROM basket WHERE installation_id = :installation AND made_at <= :since").bindparams(
    sa.bindparam("since", type_=sa.DateTime(timezone=True))
)


async def fill_baskets(session: AsyncSession, installation: InstallationId, *, at: datetime) -> None:
    """Bring the baskets up to date with the orders of the window; two statements, and only what changed is read."""
    wanted = {"installation": installation, "since": at - WINDOW}
    await session.execute(_FORGET, wanted)
    await session.execute(_FILL, wanted)
