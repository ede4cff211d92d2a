"""What a voucher is to be, whole or in part, and what Saleor refuses of it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any, Final, TypedDict

from saleor_crm_app.demo.catalog import Category, Channel, Collection, Product, Variant
from saleor_crm_app.demo.errors import ShopRefusal
from saleor_crm_app.demo.prices import rounded
from saleor_crm_app.demo.voucher import DiscountValueType, Voucher, VoucherType

_LONGEST_NAME = 255
_HIGHEST_PERCENTAGE = 100


@dataclass(frozen=True, slots=True, kw_only=True)
class VoucherTerms:
    """What a voucher is to be; its value is set per channel, afterwards."""

    name: str = ""
    type: VoucherType = VoucherType.ENTIRE_ORDER
    value_type: DiscountValueType = DiscountValueType.FIXED
    single_use: bool = False
    usage_limit: int | None = None
    once_per_order: bool = False
    once_per_customer: bool = False
    only_for_staff: bool = False
    min_items: int | None = None
    start_date: datetime | None = None
    end_date: datetime | None = None
    countries: tuple[str, ...] = ()
    products: tuple[Product, ...] = ()
    variants: tuple[Variant, ...] = ()
    collections: tuple[Collection, ...] = ()
    categories: tuple[Category, ...] = ()


class VoucherChanges(TypedDict, total=False):
    """Some of these terms, to take the place of what there is; lists as a whole."""

    name: str
    type: VoucherType
    value_type: DiscountValueType
    single_use: bool
    usage_limit: int | None
    once_per_order: bool
    once_per_customer: bool
    only_for_staff: bool
    min_items: int | None
    start_date: datetime
    end_date: datetime | None
    countries: tuple[str, ...]
    products: tuple[Product, ...]
    variants: tuple[Variant, ...]
    collections: tuple[Collection, ...]
    categories: tuple[Category, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class ListingTerms:
    """What a voucher is to be worth in a channel."""

    channel: Channel
    value: Decimal
    min_spent: Decimal | None = None


ATTRIBUTES: Final[Mapping[str, str]] = {
    **{name: name for name in VoucherChanges.__optional_keys__},
    "value_type": "discount_value_type",
    "once_per_order": "apply_once_per_order",
    "once_per_customer": "apply_once_per_customer",
    "min_items": "min_checkout_items_quantity",
}
"""What a voucher keeps each term as."""


def check_terms(terms: Mapping[str, Any], *, starts: datetime, ends: datetime | None) -> None:
    """Raises ShopRefusal, as for a form that is filled in wrongly."""
    if len(terms.get("name", "")) > _LONGEST_NAME:
        raise ShopRefusal(f"Ensure this value has at most {_LONGEST_NAME} characters.", field="name")
    for term, field in (("usage_limit", "usageLimit"), ("min_items", "minCheckoutItemsQuantity")):
        if (terms.get(term) or 0) < 0:
            raise ShopRefusal("Ensure this value is greater than or equal to 0.", field=field)
    if not all(len(code) == 2 and code.isupper() for code in terms.get("countries", ())):
        raise ShopRefusal("Value is not a valid choice.", field="countries")
    if ends is not None and ends < starts:
        raise ShopRefusal("End date cannot be before the start date.", field="endDate")


def check_listings(voucher: Voucher, added: Sequence[ListingTerms], removed: Sequence[Channel]) -> None:
    """Raises ShopRefusal, before any of them is written."""
    channels = [one.channel for one in added]
    if set(channels) & set(removed):
        message = "The same object cannot be in both lists for adding and removing items."
        raise ShopRefusal(message, code="DUPLICATED_INPUT_ITEM", field="input")
    for field, named in (("addChannels", channels), ("removeChannels", removed)):
        if len(set(named)) < len(named):
            raise ShopRefusal("Duplicated channel ID.", code="DUPLICATED_INPUT_ITEM", field=field)
    for one in added:
        if voucher.discount_value_type is DiscountValueType.FIXED:
            _check_precision(one.value, one.channel, field="discountValue")
        elif one.value > _HIGHEST_PERCENTAGE:
            raise ShopRefusal("Invalid percentage value.", field="discountValue")
        _check_precision(one.min_spent, one.channel, field="minAmountSpent")


def _check_precision(amount: Decimal | None, channel: Channel, *, field: str) -> None:
    if amount is not None and rounded(amount, channel.currency_code) != amount:
        raise ShopRefusal("Invalid amount precision.", field=field)
