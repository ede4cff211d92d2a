"""Gateway for private metadata: what the shop's staff and apps read beside a customer, and the customer cannot."""

from saleor_crm_app.kernel.ids import CustomerId, global_id
from saleor_crm_app.saleor.callers import Caller
from saleor_crm_app.saleor.client import ShopGraphQLError


async def write_private_metadata(caller: Caller, customer: CustomerId, *, key: str, value: str) -> None:
    """Set one key and leave the others.

    Raises ShopGraphQLError with the shop's words when it refuses, as it does for a customer who is gone, and what
    `Caller.execute` raises: PermissionDenied for a member of staff, whose metadata no app may write.
    """
    variables = {"id": global_id("User", customer), "input": [{"key": key, "value": value}]}
    data = await caller.execute("UpdatePrivateMetadata", variables)
    errors = (data.get("updatePrivateMetadata") or {}).get("errors") or []
    if errors:
        raise ShopGraphQLError(tuple(f"{error['field']}: {error['message']}" for error in errors))
