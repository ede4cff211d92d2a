"""Gateway for orders: reads them from the shop."""

from typing import Any

from saleor_crm_app.kernel.ids import OrderId, global_id
from saleor_crm_app.saleor.client import SaleorClient


async def read_order(client: SaleorClient, order: OrderId) -> dict[str, Any] | None:
    """The order as the shop reads it now, raw, as `snapshot_of_order` wants it; None when there is none.

    Raises what `SaleorClient.execute` raises.
    """
    data = await client.execute("Order", {"id": global_id("Order", order)})
    found: dict[str, Any] | None = data["order"]
    return found
