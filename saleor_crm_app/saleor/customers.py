"""Gateway for customers: reads them from the shop."""

from typing import Any

from saleor_crm_app.kernel.ids import CustomerId, global_id
from saleor_crm_app.saleor.callers import Caller


async def read_customer(caller: Caller, customer: CustomerId) -> dict[str, Any] | None:
    """The customer as the shop reads them now, raw, as `snapshot_of_customer` wants it; None when gone.

    Raises what `Caller.execute` raises.
    """
    data = await caller.execute("Customer", {"id": global_id("User", customer)})
    found: dict[str, Any] | None = data["user"]
    return found
