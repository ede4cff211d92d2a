"""What the shop sells, and where: channels, products and how they are grouped."""

from dataclasses import dataclass, field
from datetime import timedelta
from decimal import Decimal
from enum import StrEnum
from typing import Final

from saleor_crm_app.demo.nodes import Node
from saleor_crm_app.demo.prices import NOTHING

MOST_IN_CHECKOUT: Final = 50
"""Saleor's default for what one checkout may have of a variant."""


class ProductTypeKind(StrEnum):
    NORMAL = "NORMAL"
    GIFT_CARD = "GIFT_CARD"


@dataclass(slots=True, eq=False, kw_only=True)
class Channel(Node):
    """Where orders are placed; `tax_rate` is contained in the gross prices.

    `prices_entered_with_tax` is only told: here they always are.
    Without `allow_legacy_gift_card_use` (a setting from 3.23 on) no gift card can be put on a checkout as a promo code.
    """

    kind = "Channel"
    slug: str
    currency_code: str
    auto_confirm: bool = True
    expire_orders_after: timedelta | None = None
    display_gross_prices: bool = True
    tax_rate: Decimal = NOTHING
    is_active: bool = True
    allow_unpaid_orders: bool = True
    allow_legacy_gift_card_use: bool = True
    prices_entered_with_tax: bool = True

    @property
    def tax_configuration(self) -> "Channel":
        """A node of its own in Saleor."""
        return self


@dataclass(slots=True, eq=False, kw_only=True)
class Category(Node):
    kind = "Category"
    pk: int
    name: str


@dataclass(slots=True, eq=False, kw_only=True)
class Collection(Node):
    kind = "Collection"
    pk: int
    name: str


@dataclass(slots=True, eq=False, kw_only=True)
class ProductType(Node):
    """A type of products; Saleor's field `kind` is `type_kind` here, since nodes have a `kind`."""

    kind = "ProductType"
    name: str
    type_kind: ProductTypeKind = ProductTypeKind.NORMAL


@dataclass(slots=True, eq=False, kw_only=True)
class Product(Node):
    """Sold in every channel, except where one of the three sets of slugs names it."""

    kind = "Product"
    pk: int
    name: str
    product_type: ProductType
    category: Category | None = None
    collections: list[Collection] = field(default_factory=list)
    is_published: bool = True
    absent_from: set[str] = field(default_factory=set)
    hidden_in: set[str] = field(default_factory=set)
    not_for_sale_in: set[str] = field(default_factory=set)

    def is_listed(self, channel: Channel) -> bool:
        return channel.slug not in self.absent_from

    def is_published_in(self, channel: Channel) -> bool:
        return self.is_published and self.is_listed(channel) and channel.slug not in self.hidden_in

    def is_for_sale_in(self, channel: Channel) -> bool:
        return self.is_listed(channel) and channel.slug not in self.not_for_sale_in


@dataclass(slots=True, eq=False, kw_only=True)
class Variant(Node):
    """What is put into a cart; prices are gross. `prices` are those of single channels, None: it has none there.

    `stock` is the same for all channels, None: it is not tracked.
    """

    kind = "ProductVariant"
    pk: int
    product: Product
    price: Decimal
    name: str = ""
    prices: dict[str, Decimal | None] = field(default_factory=dict)
    sale_prices: dict[str, Decimal] = field(default_factory=dict)
    stock: int | None = None

    @property
    def quantity_available(self) -> int:
        """How many one checkout may have of it; never more than the shop lets anybody have at once."""
        return MOST_IN_CHECKOUT if self.stock is None else min(self.stock, MOST_IN_CHECKOUT)

    def full_price_in(self, channel: Channel) -> Decimal | None:
        """Before any promotion of the catalogue."""
        return self.prices.get(channel.slug, self.price) if self.product.is_listed(channel) else None

    def price_in(self, channel: Channel) -> Decimal | None:
        """What one pays for it there, without a voucher."""
        full = self.full_price_in(channel)
        return None if full is None else min(full, self.sale_prices.get(channel.slug, full))
