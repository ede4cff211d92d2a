"""Gateway for vouchers: what one takes off, and what it is worth in which channel. Its codes: `voucher_codes`."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from enum import StrEnum
from typing import Any

import msgspec

from saleor_crm_app.kernel.ids import key_of
from saleor_crm_app.saleor.callers import Caller
from saleor_crm_app.saleor.client import ShopUnavailable
from saleor_crm_app.saleor.voucher_codes import CodePage, VoucherCode, codes_of
from saleor_crm_app.saleor.voucher_edits import edit_voucher


class VoucherKind(StrEnum):
    """What a voucher takes off; the values are Saleor's."""

    ENTIRE_ORDER = "ENTIRE_ORDER"
    SPECIFIC_PRODUCT = "SPECIFIC_PRODUCT"
    SHIPPING = "SHIPPING"


class ValueKind(StrEnum):
    """How the value of a listing is meant."""

    FIXED = "FIXED"
    PERCENTAGE = "PERCENTAGE"


@dataclass(frozen=True, slots=True, kw_only=True)
class VoucherPlan:
    """What a voucher is to be; `name` is shown to shoppers and is how it is found again, so no two of ours share one.

    `usage_limit` and `once_per_customer` span all codes of the voucher; `usage_limit` and `single_use` cannot be
    changed once a code is in an order or a checkout. Without `starts_at` it starts when it is made. `countries` are
    codes such as "PL", and hold for free shipping only. Products and the like are Saleor's global ids; one that is
    for specific products and names none is for all of them.
    """

    name: str
    kind: VoucherKind = VoucherKind.ENTIRE_ORDER
    value_kind: ValueKind = ValueKind.FIXED
    single_use: bool = True
    once_per_order: bool = False
    once_per_customer: bool = False
    only_for_staff: bool = False
    usage_limit: int | None = None
    min_items: int | None = None
    starts_at: datetime | None = None
    ends_at: datetime | None = None
    countries: tuple[str, ...] = ()
    products: tuple[str, ...] = ()
    variants: tuple[str, ...] = ()
    collections: tuple[str, ...] = ()
    categories: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class VoucherListing:
    """What a voucher is worth in a channel, by its global id: in major units of its currency, or in percent."""

    channel: str
    value: Decimal
    min_spent: Decimal | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Voucher:
    """A voucher as it reads now: the channels it is listed in, by global id, and its newest codes, 100 at most."""

    id: str
    name: str
    channels: frozenset[str]
    codes: tuple[VoucherCode, ...]


async def ensure_voucher(
    caller: Caller, plan: VoucherPlan, listings: Sequence[VoucherListing], *, codes: Sequence[str]
) -> Voucher:
    """The voucher of the plan's name, made with these codes where there is none, and listed as given.

    A voucher that is there already gets none of the codes. Raises CodesTaken, NodesGone, ShopRefused, and what
    `Caller.execute` raises; called again after any of them it goes on where it stopped.
    """
    voucher = await find_voucher(caller, plan.name) or await _create(caller, plan, codes)
    await list_voucher(caller, voucher.id, listings)
    return voucher


async def find_voucher(caller: Caller, name: str) -> Voucher | None:
    """The oldest voucher that is called exactly so. Raises what `Caller.execute` raises."""
    data = await caller.execute("VouchersNamed", {"name": name})
    try:
        edges = msgspec.convert(data, _Vouchers).vouchers.edges
    except msgspec.ValidationError as error:
        raise ShopUnavailable(f"The shop answered with something that is no list of vouchers: {error}") from error
    found = [_voucher(edge.node) for edge in edges if edge.node.get("name") == name]
    return min(found, key=lambda one: int(key_of(one.id, kind="Voucher")), default=None)


async def list_voucher(caller: Caller, voucher: str, listings: Sequence[VoucherListing]) -> None:
    """Say what a voucher is worth in these channels, leaving its other channels as they are.

    Raises VoucherGone, NodesGone, ShopRefused, and what `Caller.execute` raises.
    """
    content = [
        {
            "channelId": listing.channel,
            "discountValue": str(listing.value),
            "minAmountSpent": None if listing.min_spent is None else str(listing.min_spent),
        }
        for listing in listings
    ]
    variables = {"id": voucher, "input": {"addChannels": content}}
    await edit_voucher(caller, "VoucherChannelListingUpdate", variables, mutation="voucherChannelListingUpdate")


def plan_input(plan: VoucherPlan) -> dict[str, Any]:
    """The plan as a `VoucherInput`, without codes."""
    content = {
        "name": plan.name,
        "type": plan.kind.value,
        "discountValueType": plan.value_kind.value,
        "singleUse": plan.single_use,
        "applyOncePerOrder": plan.once_per_order,
        "applyOncePerCustomer": plan.once_per_customer,
        "onlyForStaff": plan.only_for_staff,
        "usageLimit": plan.usage_limit,
        "minCheckoutItemsQuantity": plan.min_items,
        "endDate": None if plan.ends_at is None else plan.ends_at.isoformat(),
        "countries": list(plan.countries),
        "products": list(plan.products),
        "variants": list(plan.variants),
        "collections": list(plan.collections),
        "categories": list(plan.categories),
    }
    if plan.starts_at is not None:  # null would mean now, also for one that started long ago
        content["startDate"] = plan.starts_at.isoformat()
    return content


async def _create(caller: Caller, plan: VoucherPlan, codes: Sequence[str]) -> Voucher:
    variables = {"input": plan_input(plan) | {"addCodes": list(codes)}}
    payload = await edit_voucher(caller, "VoucherCreate", variables, mutation="voucherCreate")
    return _voucher(payload["voucher"])


class _Identified(msgspec.Struct):
    id: str


class _Listing(msgspec.Struct):
    channel: _Identified


class _Voucher(msgspec.Struct, rename="camel"):
    id: str
    name: str | None
    channel_listings: list[_Listing] | None
    codes: CodePage | None


class _Edge(msgspec.Struct):
    node: dict[str, Any]


class _Connection(msgspec.Struct):
    edges: list[_Edge]


class _Vouchers(msgspec.Struct):
    vouchers: _Connection


def _voucher(raw: Any) -> Voucher:  # noqa: ANN401 # JSON
    try:
        body = msgspec.convert(raw, _Voucher)
    except msgspec.ValidationError as error:
        raise ShopUnavailable(f"The shop answered with something that is no voucher: {error}") from error
    return Voucher(
        id=body.id,
        name=body.name or "",
        channels=frozenset(listing.channel.id for listing in body.channel_listings or ()),
        codes=() if body.codes is None else codes_of(body.codes),
    )
