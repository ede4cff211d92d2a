"""Gateway for vouchers that are there: other terms, fewer channels, an end, and their deletion."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any, Final

from saleor_crm_app.kernel.ids import key_of
from saleor_crm_app.saleor.callers import Caller
from saleor_crm_app.saleor.shop_refusals import NodesGone, ShopRefused, VoucherGone
from saleor_crm_app.saleor.voucher_edits import edit_voucher
from saleor_crm_app.saleor.vouchers import VoucherPlan, plan_input

_LIMITS: Final = frozenset({"singleUse", "usageLimit", "applyOncePerCustomer"})


async def change_voucher(caller: Caller, voucher: str, plan: VoucherPlan, *, with_limits: bool = False) -> None:
    """Give a voucher the terms of a plan, its products and the like in place of those it has.

    How often codes work is left as it is, unless `with_limits`: the shop refuses another single use or usage limit
    once a code is in an order or a checkout. The worth in channels is not part of a plan. Raises VoucherGone,
    NodesGone, ShopRefused, and what `Caller.execute` raises; then nothing was changed.
    """
    content = plan_input(plan)
    await _change(caller, voucher, content if with_limits else _without(content, _LIMITS))


async def unlist_voucher(caller: Caller, voucher: str, channels: Sequence[str]) -> None:
    """Take a voucher out of channels, by their global ids: its codes are invalid there at once.

    A checkout with one of them on it cannot be completed until it is taken off. Raises VoucherGone, ShopRefused, and
    what `Caller.execute` raises.
    """
    variables = {"id": voucher, "input": {"removeChannels": list(dict.fromkeys(channels))}}
    await edit_voucher(caller, "VoucherChannelListingUpdate", variables, mutation="voucherChannelListingUpdate")


async def end_voucher(caller: Caller, voucher: str, at: datetime) -> None:
    """Have a voucher end at an instant; one that would only begin later begins and ends there.

    Raises VoucherGone, ShopRefused, and what `Caller.execute` raises.
    """
    end = {"endDate": at.isoformat()}
    try:
        await _change(caller, voucher, end)
    except ShopRefused as refusal:
        if refusal.shop_field != "endDate":
            raise
        await _change(caller, voucher, end | {"startDate": at.isoformat()})


async def delete_voucher(caller: Caller, voucher: str) -> None:
    """Delete a voucher with all its codes; nothing is done where it is gone already.

    Orders keep the text of the code and the discount with its name, and lose the voucher. Raises ShopRefused, and
    what `Caller.execute` raises.
    """
    try:
        key_of(voucher, kind="Voucher")
    except ValueError:
        return
    try:
        await edit_voucher(caller, "VoucherBulkDelete", {"ids": [voucher]}, mutation="voucherBulkDelete")
    except (NodesGone, VoucherGone):
        return


async def _change(caller: Caller, voucher: str, content: dict[str, Any]) -> None:
    variables = {"id": voucher, "input": content}
    await edit_voucher(caller, "VoucherChange", variables, mutation="voucherUpdate")


def _without(content: dict[str, Any], names: frozenset[str]) -> dict[str, Any]:
    return {name: value for name, value in content.items() if name not in names}
