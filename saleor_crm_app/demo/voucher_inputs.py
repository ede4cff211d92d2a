"""What an app writes about a voucher, read into terms; what it leaves out stays as it is."""

from collections.abc import Iterable, Mapping
from typing import Any, Final, NamedTuple, cast

from saleor_crm_app.demo.catalog import Category, Channel, Collection, Product, Variant
from saleor_crm_app.demo.edits import Input, all_named, decimal_of, instant_of
from saleor_crm_app.demo.errors import ShopRefusal
from saleor_crm_app.demo.nodes import Node
from saleor_crm_app.demo.state import ShopState
from saleor_crm_app.demo.voucher import DiscountValueType, Voucher, VoucherListing, VoucherType
from saleor_crm_app.demo.voucher_terms import ListingTerms, VoucherChanges
from saleor_crm_app.kernel.ids import key_of

_SAME: Final = {"usageLimit": "usage_limit", "minCheckoutItemsQuantity": "min_items"}
_FLAGS: Final = {
    "singleUse": "single_use",
    "applyOncePerOrder": "once_per_order",
    "applyOncePerCustomer": "once_per_customer",
    "onlyForStaff": "only_for_staff",
}


class Listings(NamedTuple):
    """What is said of channels."""

    added: list[ListingTerms]
    removed: list[Channel]


def changes_of(state: ShopState, given: Input) -> VoucherChanges:
    """Null means what a term is when nothing is said of it, for lists of the catalogue that they stay.

    Raises ShopRefusal, and GraphQLError where only some of the things are there.
    """
    found: dict[str, Any] = {name: given[field] for field, name in _SAME.items() if field in given}
    found |= {name: bool(given[field]) for field, name in _FLAGS.items() if field in given}
    if "name" in given:
        found["name"] = given["name"] or ""
    if "type" in given:
        found["type"] = VoucherType(given["type"] or VoucherType.ENTIRE_ORDER)
    if "discountValueType" in given:
        found["value_type"] = DiscountValueType(given["discountValueType"] or DiscountValueType.FIXED)
    if "startDate" in given:
        found["start_date"] = instant_of(given["startDate"]) or state.clock.now()
    if "endDate" in given:
        found["end_date"] = instant_of(given["endDate"])
    if "countries" in given:
        found["countries"] = tuple(given["countries"] or ())
    return cast(VoucherChanges, found | _catalogue(state, given))


def listings_of(state: ShopState, voucher: Voucher, given: Input) -> Listings:
    """A value is wanted always, a minimum that is left out stays; channels to be removed need not be there.

    Raises likewise.
    """
    added, channels = given.get("addChannels") or (), _by_key(state.channels.values())
    places = all_named(channels, [one["channelId"] for one in added], kind=Channel.kind, field="channelId")
    terms = [_listing(place, one, voucher.listing_in(place)) for place, one in zip(places, added, strict=True)]
    removed = [_channel(channels, text) for text in given.get("removeChannels") or ()]
    return Listings(terms, [channel for channel in removed if channel is not None])


def _listing(channel: Channel, given: Input, before: VoucherListing | None) -> ListingTerms:
    if given.get("discountValue") is None:
        raise ShopRefusal("Value is required for voucher.", code="REQUIRED", field="discountValue")
    least = given.get("minAmountSpent")
    min_spent = None if least is None else decimal_of(least)
    if "minAmountSpent" not in given and before is not None:
        min_spent = before.min_spent_amount
    return ListingTerms(channel=channel, value=decimal_of(given["discountValue"]), min_spent=min_spent)


def _channel(channels: Mapping[object, Channel], text: str) -> Channel | None:
    try:
        return channels.get(int(key_of(text, kind=Channel.kind)))
    except ValueError as error:
        raise ShopRefusal(f"Must receive Channel id: {text}.", code="GRAPHQL_ERROR", field="removeChannels") from error


def _catalogue(state: ShopState, given: Input) -> dict[str, tuple[Node, ...]]:
    shelves: tuple[tuple[str, type[Node], Iterable[Node]], ...] = (
        ("products", Product, state.products.values()),
        ("variants", Variant, state.variants),
        ("collections", Collection, state.collections.values()),
        ("categories", Category, state.categories.values()),
    )
    return {
        field: tuple(all_named(_by_key(nodes), given[field], kind=kind.kind, field=field))
        for field, kind, nodes in shelves
        if given.get(field) is not None
    }


def _by_key(nodes: Iterable[Any]) -> dict[object, Any]:
    return {node.pk: node for node in nodes}
