"""What one customer has bought: not to be offered again, and on which days, for knowing when it runs out."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncSession

from saleor_crm_app.crm.goods.baskets import KEPT_LINES, NOT_COUNTED
from saleor_crm_app.kernel.ids import CustomerId, InstallationId, shard_key


@dataclass(frozen=True, slots=True, kw_only=True)
class Bought:
    """A product of a customer's orders; `days` and `last_at` are those of what they kept, none where all came back."""

    product: str
    category: str | None
    days: Sequence[date]
    last_at: datetime | None
    came_back: bool
    """Whether they returned any of it."""


# an order that waits for its payment bars what is in it, and counts for nothing else
_BOUGHT = sa.text(
    f"""
    SELECT line.product, max(line.category) AS category,
           array_agg(DISTINCT CAST(held.created_at AT TIME ZONE 'UTC' AS date)) FILTER (WHERE is_kept) AS days,
           max(held.created_at) FILTER (WHERE is_kept) AS last_at, bool_or(kept.units < line.quantity) AS came_back
    FROM order_fact AS held
    CROSS JOIN LATERAL {KEPT_LINES}
    CROSS JOIN LATERAL (SELECT kept.units > 0 AND held.status NOT IN {NOT_COUNTED} AS is_kept) AS told
    WHERE held.installation_id = :installation AND held.shard_key = :shard AND held.customer_id = :customer
      AND held.status NOT IN ('DRAFT', 'CANCELED', 'EXPIRED') AND line.product IS NOT NULL
    GROUP BY line.product ORDER BY line.product COLLATE "C"
    """  # noqa: S608 # constants of the slice
).bindparams(sa.bindparam("shard", type_=sa.BigInteger))


async def bought_by(
    session: AsyncSession, installation: InstallationId, customer: CustomerId | None
) -> Sequence[Bought]:
    """Everything a customer's orders hold; one statement, none for nobody."""
    if customer is None:
        return ()
    wanted = {"installation": installation, "shard": shard_key(installation, customer), "customer": customer}
    return [
        Bought(
            product=row.product,
            category=row.category,
            days=tuple(row.days or ()),
            last_at=row.last_at,
            came_back=row.came_back,
        )
        for row in await session.execute(_BOUGHT, wanted)
    ]
