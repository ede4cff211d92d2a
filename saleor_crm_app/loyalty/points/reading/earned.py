"""What orders have earned, as it is shown beside them."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncSession

from saleor_crm_app.kernel.ids import CustomerId, InstallationId, OrderId
from saleor_crm_app.kernel.money import Points


@dataclass(frozen=True, slots=True, kw_only=True)
class OrderPoints:
    """What an order deserves now, and what became of it."""

    order: OrderId
    customer: CustomerId
    target: Points
    pending: Points
    available: Points
    taken_back: Points


_ORDER_POINTS = sa.text(
    """
    SELECT done.order_id, account.customer_id, posted, taken_back, remaining, held, activates_at, expires_at
    FROM order_points AS done
    JOIN lot ON lot.installation_id = done.installation_id AND lot.shard_key = done.shard_key
            AND lot.id = done.lot_id
    JOIN account ON account.installation_id = done.installation_id
                AND account.shard_key = done.shard_key AND account.id = done.account_id
    WHERE done.installation_id = :installation AND done.order_id = ANY(CAST(:orders AS uuid[]))
    """
)


async def orders_points(
    session: AsyncSession, installation: InstallationId, orders: Collection[OrderId], *, at: datetime
) -> dict[OrderId, OrderPoints]:
    """What each of these orders has earned, for those that earned anything yet."""
    rows = await session.execute(_ORDER_POINTS, {"installation": installation, "orders": list(orders)})
    return {row.order_id: _order_points(row, at) for row in rows}


def _order_points(row: sa.Row[tuple[object, ...]], at: datetime) -> OrderPoints:
    waits = row.activates_at is None or row.activates_at > at
    lapsed = row.expires_at is not None and row.expires_at <= at
    return OrderPoints(
        order=row.order_id,
        customer=row.customer_id,
        target=row.posted,
        pending=row.remaining if waits else Points(0),
        available=Points(0) if waits or lapsed else Points(row.remaining - row.held),
        taken_back=row.taken_back,
    )
