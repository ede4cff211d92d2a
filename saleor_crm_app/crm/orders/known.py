"""What is known of orders, for comparing with the shop: digests, and the orders that may change without a sign."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncSession

from saleor_crm_app.crm.orders.models import OrderRow
from saleor_crm_app.kernel.ids import InstallationId, OrderId


@dataclass(frozen=True, slots=True)
class KnownOrder:
    """The digest of an order's newest snapshot, and when the shop said it was changed last."""

    content: bytes
    updated_at: datetime


async def known_orders(
    session: AsyncSession, installation: InstallationId, ids: Collection[OrderId]
) -> Mapping[OrderId, KnownOrder]:
    """Those of these orders that we know."""
    columns = sa.select(OrderRow.id, OrderRow.content, OrderRow.updated_at)
    rows = await session.execute(columns.where(OrderRow.installation_id == installation, OrderRow.id.in_(ids)))
    return {OrderId(row.id): KnownOrder(row.content, row.updated_at) for row in rows}


_SILENT_STATUSES = ("UNCONFIRMED", "PARTIALLY_FULFILLED", "PARTIALLY_RETURNED")
"""Within these Saleor lets an order expire, or more of it be sent or returned, while its `updatedAt` stays."""


async def silent_orders(
    session: AsyncSession,
    installation: InstallationId,
    *,
    created_before: datetime,
    guests_since: datetime,
    after: OrderId | None,
    first: int,
) -> Sequence[OrderId]:
    """Orders that may change without a new `updatedAt`, by id.

    Among them are those of guests, which Saleor gives to an account in silence; only younger ones count then.
    """
    wanted = (
        sa.select(OrderRow.id)
        .where(
            OrderRow.installation_id == installation,
            OrderRow.created_at < created_before,
            sa.or_(
                OrderRow.status.in_(_SILENT_STATUSES),
                sa.and_(OrderRow.customer_id.is_(None), OrderRow.created_at >= guests_since),
            ),
        )
        .order_by(OrderRow.id)
        .limit(first)
    )
    if after is not None:
        wanted = wanted.where(OrderRow.id > after)
    return [OrderId(one) for one in await session.scalars(wanted)]


async def order_numbers(
    session: AsyncSession, installation: InstallationId, ids: Collection[OrderId]
) -> Mapping[OrderId, str]:
    """How people call those of these orders that we know; asks nothing where nothing is asked."""
    if not ids:
        return {}
    columns = sa.select(OrderRow.id, OrderRow.number)
    rows = await session.execute(columns.where(OrderRow.installation_id == installation, OrderRow.id.in_(ids)))
    return {OrderId(row.id): row.number for row in rows}
