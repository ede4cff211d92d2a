"""Gateway for what a voucher reads now: all that staff may have changed by hand."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any

import msgspec

from saleor_crm_app.kernel.ids import key_of
from saleor_crm_app.saleor import bodies
from saleor_crm_app.saleor.callers import Caller
from saleor_crm_app.saleor.client import ShopUnavailable
from saleor_crm_app.saleor.vouchers import ValueKind, VoucherKind


@dataclass(frozen=True, slots=True, kw_only=True)
class ChannelWorth:
    """What a voucher is worth in a channel, by its global id: in major units of `currency`, or in percent."""

    channel: str
    value: Decimal
    min_spent: Decimal | None
    currency: str


@dataclass(frozen=True, slots=True, kw_only=True)
class VoucherDetails:
    """A voucher as it reads now; products and the like by their global ids, countries by their codes.

    Without `is_complete` one of the lists of products, variants, collections or categories is longer than 100, and
    only a hundred of it are here.
    """

    id: str
    name: str
    kind: VoucherKind
    value_kind: ValueKind
    single_use: bool
    usage_limit: int | None
    once_per_order: bool
    once_per_customer: bool
    only_for_staff: bool
    min_items: int | None
    starts_at: datetime
    ends_at: datetime | None
    countries: frozenset[str]
    products: frozenset[str]
    variants: frozenset[str]
    collections: frozenset[str]
    categories: frozenset[str]
    is_complete: bool
    listings: tuple[ChannelWorth, ...]

    def worth_in(self, channel: str) -> ChannelWorth | None:
        """Its worth in a channel, by its global id; None where its codes do not work there."""
        return next((one for one in self.listings if one.channel == channel), None)


async def read_voucher(caller: Caller, voucher: str) -> VoucherDetails | None:
    """The voucher of a global id, None where there is none. Raises what `Caller.execute` raises."""
    try:
        key_of(voucher, kind="Voucher")
    except ValueError:
        return None
    data = await caller.execute("VoucherDetails", {"id": voucher})
    return None if data.get("voucher") is None else _details(data["voucher"])


class _Edge(bodies.Body):
    node: bodies.Identified


class _PageInfo(bodies.Body):
    has_next_page: bool


class _Page(bodies.Body):
    edges: list[_Edge]
    page_info: _PageInfo


class _Country(bodies.Body):
    code: str


class _Listing(bodies.Body):
    channel: bodies.Identified
    currency: str
    discount_value: Decimal
    min_spent: bodies.Amount | None


class _Voucher(bodies.Body):
    id: str
    name: str | None
    type: VoucherKind
    discount_value_type: ValueKind
    single_use: bool
    usage_limit: int | None
    apply_once_per_order: bool
    apply_once_per_customer: bool
    only_for_staff: bool
    start_date: bodies.Instant
    end_date: bodies.Instant | None
    min_checkout_items_quantity: int | None
    countries: list[_Country] | None
    channel_listings: list[_Listing] | None
    products: _Page | None
    variants: _Page | None
    collections: _Page | None
    categories: _Page | None


def _details(raw: Mapping[str, Any]) -> VoucherDetails:
    try:
        body = msgspec.convert(raw, _Voucher)
    except msgspec.ValidationError as error:
        raise ShopUnavailable(f"The shop answered with something that is no voucher: {error}") from error
    catalogue = (body.products, body.variants, body.collections, body.categories)
    return VoucherDetails(
        id=body.id,
        name=body.name or "",
        kind=body.type,
        value_kind=body.discount_value_type,
        single_use=body.single_use,
        usage_limit=body.usage_limit,
        once_per_order=body.apply_once_per_order,
        once_per_customer=body.apply_once_per_customer,
        only_for_staff=body.only_for_staff,
        min_items=body.min_checkout_items_quantity,
        starts_at=body.start_date,
        ends_at=body.end_date,
        countries=frozenset(country.code for country in body.countries or ()),
        products=_ids(body.products),
        variants=_ids(body.variants),
        collections=_ids(body.collections),
        categories=_ids(body.categories),
        is_complete=not any(page is not None and page.page_info.has_next_page for page in catalogue),
        listings=tuple(_worth(one) for one in body.channel_listings or ()),
    )


def _ids(page: _Page | None) -> frozenset[str]:
    return frozenset(edge.node.id for edge in page.edges) if page is not None else frozenset()


def _worth(listing: _Listing) -> ChannelWorth:
    return ChannelWorth(
        channel=listing.channel.id,
        value=listing.discount_value,
        min_spent=None if listing.min_spent is None else listing.min_spent.amount,
        currency=listing.currency,
    )
