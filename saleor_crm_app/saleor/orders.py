"""Gateway for orders: reads them from the shop."""

from typing import Any

from saleor_crm_app.kernel.ids import OrderId, global_id
from saleor_crm_app.saleor.callers import Caller


async def read_order(caller: Caller, order: OrderId) -> dict[str, Any] | None:
    """The order as the shop reads it now, raw, as `snapshot_of_order` wants it; None when there is none.

    Raises what `Caller.execute` raises.
    """
    data = await caller.execute("Order", {"id": global_id("Order", order)})
    found: dict[str, Any] | None = data["order"]
    return found
