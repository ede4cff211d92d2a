"""How a voucher is edited in a shop, and what the shop means when it refuses."""

from collections.abc import Mapping
from typing import Any, Final

from saleor_crm_app.saleor.callers import Caller
from saleor_crm_app.saleor.client import ShopGraphQLError
from saleor_crm_app.saleor.shop_refusals import (
    CodesTaken,
    NodesGone,
    ShopError,
    ShopRefused,
    VoucherGone,
    first_error,
)

_SOME_MISSING: Final = "There is no node of type"
"""What Saleor says, outside of the payload, when it knows some of the things that are named but not all."""
_ALL_MISSING: Final = "Could not resolve to a node"


async def edit_voucher(caller: Caller, document: str, variables: Mapping[str, Any], *, mutation: str) -> dict[str, Any]:
    """Run a document that edits a voucher and give the payload of its mutation.

    Raises VoucherGone, CodesTaken, NodesGone, ShopRefused, and what `Caller.execute` raises.
    """
    try:
        data = await caller.execute(document, variables)
    except ShopGraphQLError as error:
        for message in error.messages:
            if message.startswith(_SOME_MISSING):
                raise NodesGone(ShopError(code="NOT_FOUND", message=message)) from error
        raise
    if refused := first_error(data, mutation):
        raise _refusal(refused)
    payload: dict[str, Any] = data[mutation]
    return payload


def _refusal(error: ShopError) -> ShopRefused:
    if error.code == "ALREADY_EXISTS":
        return CodesTaken(error)
    if error.code == "NOT_FOUND":
        return VoucherGone(error) if error.field == "id" else NodesGone(error)
    if error.code == "GRAPHQL_ERROR" and (error.message or "").startswith(_ALL_MISSING):
        return NodesGone(error)
    return ShopRefused(error)
