"""A voucher as Saleor keeps it: what it takes off, where it is listed, and its codes with what was used of them."""

from bisect import bisect_left
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from enum import StrEnum
from uuid import UUID

from saleor_crm_app.demo.catalog import Category, Channel, Collection, Product, Variant
from saleor_crm_app.demo.nodes import Node
from saleor_crm_app.demo.prices import Money


class VoucherType(StrEnum):
    ENTIRE_ORDER = "ENTIRE_ORDER"
    SPECIFIC_PRODUCT = "SPECIFIC_PRODUCT"
    SHIPPING = "SHIPPING"


class DiscountValueType(StrEnum):
    FIXED = "FIXED"
    PERCENTAGE = "PERCENTAGE"


@dataclass(slots=True, eq=False, kw_only=True)
class VoucherCode(Node):
    """One code; `used` counts only where the voucher has a usage limit, `customers` are the e-mails of once each."""

    kind = "VoucherCode"
    pk: UUID
    code: str
    created_at: datetime
    used: int = 0
    is_active: bool = True
    customers: set[str] = field(default_factory=set)


@dataclass(slots=True, eq=False, kw_only=True)
class VoucherListing(Node):
    """What a voucher is worth in one channel; without one its codes are invalid there."""

    kind = "VoucherChannelListing"
    channel: Channel
    discount_value: Decimal
    min_spent_amount: Decimal | None = None

    @property
    def currency(self) -> str:
        return self.channel.currency_code

    @property
    def min_spent(self) -> Money | None:
        return None if self.min_spent_amount is None else Money(self.min_spent_amount, self.currency)


@dataclass(slots=True, eq=False, kw_only=True)
class Voucher(Node):
    """A discount; `usage_limit` and `apply_once_per_customer` span all its codes, `single_use` holds for each.

    `voucher_codes` are in the order of their making; `touched_codes` are those that an order took.
    """

    kind = "Voucher"
    pk: int
    name: str
    start_date: datetime
    end_date: datetime | None = None
    type: VoucherType = VoucherType.ENTIRE_ORDER
    discount_value_type: DiscountValueType = DiscountValueType.FIXED
    single_use: bool = False
    usage_limit: int | None = None
    apply_once_per_order: bool = False
    apply_once_per_customer: bool = False
    only_for_staff: bool = False
    min_checkout_items_quantity: int | None = None
    countries: tuple[str, ...] = ()
    products: tuple[Product, ...] = ()
    variants: tuple[Variant, ...] = ()
    collections: tuple[Collection, ...] = ()
    categories: tuple[Category, ...] = ()
    voucher_codes: list[VoucherCode] = field(default_factory=list)
    touched_codes: set[VoucherCode] = field(default_factory=set)
    channel_listings: list[VoucherListing] = field(default_factory=list)

    @property
    def is_on_lines(self) -> bool:
        """Whether it takes off single lines, and is noted there and not on the order."""
        return self.type is VoucherType.SPECIFIC_PRODUCT or self.apply_once_per_order

    @property
    def has_catalogue(self) -> bool:
        return bool(self.products or self.variants or self.collections or self.categories)

    def listing_in(self, channel: Channel) -> VoucherListing | None:
        return next((one for one in self.channel_listings if one.channel is channel), None)

    def drop(self, code: VoucherCode) -> None:
        """Forget one of its codes, found by its age."""
        del self.voucher_codes[bisect_left(self.voucher_codes, code.created_at, key=lambda one: one.created_at)]
        self.touched_codes.discard(code)

    def is_open(self, channel: Channel, at: datetime) -> bool:
        """Whether it may be used there and then: dates, listing, and the limit over all its codes together."""
        is_time = self.start_date <= at and (self.end_date is None or at <= self.end_date)
        is_left = self.usage_limit is None or sum(one.used for one in self.touched_codes) < self.usage_limit
        return is_time and is_left and channel.is_active and self.listing_in(channel) is not None

    def was_used_by(self, email: str) -> bool:
        return any(email in one.customers for one in self.touched_codes)

    def covers(self, variant: Variant) -> bool:
        """Whether the catalogue names it; a voucher without any covers everything, as in Saleor.

        So one whose only product was deleted covers everything from then on.
        """
        product = variant.product
        return not self.has_catalogue or (
            variant in self.variants
            or product in self.products
            or product.category in self.categories
            or any(one in self.collections for one in product.collections)
        )
