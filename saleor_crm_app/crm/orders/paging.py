"""Orders read a page at a time, locked, for whoever has to post them all again."""

from collections.abc import Collection, Sequence

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncSession

from saleor_crm_app.crm.orders.locks import lock_orders
from saleor_crm_app.crm.orders.models import OrderRow
from saleor_crm_app.crm.orders.record import OrderFact, facts_by_id
from saleor_crm_app.kernel.ids import CustomerId, InstallationId, OrderId, shard_key


async def orders_of_channels(
    session: AsyncSession,
    installation: InstallationId,
    channels: Collection[str],
    *,
    after: OrderId | None,
    first: int,
    customer: CustomerId | None = None,
) -> Sequence[OrderFact]:
    """Customers' orders in these channels by id, as they are now; they are locked until the transaction ends.

    `customer` narrows to one person's. Guests' orders are left out. Whoever pages on goes by the last one's id.
    Three statements.
    """
    wanted = (
        sa.select(OrderRow.id)
        .where(OrderRow.installation_id == installation, OrderRow.channel.in_(channels))
        .order_by(OrderRow.id)
        .limit(first)
    )
    if customer is None:
        wanted = wanted.where(OrderRow.customer_id.is_not(None))
    else:
        shard = shard_key(installation, customer)
        wanted = wanted.where(OrderRow.shard_key == shard, OrderRow.customer_id == customer)
    if after is not None:
        wanted = wanted.where(OrderRow.id > after)
    ids = [OrderId(one) for one in await session.scalars(wanted)]
    if not ids:
        return ()
    await lock_orders(session, installation, ids)
    return sorted(await facts_by_id(session, installation, ids), key=lambda fact: fact.id)
