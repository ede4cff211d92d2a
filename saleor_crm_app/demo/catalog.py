"""What the shop sells, and where: channels, products and how they are grouped."""

from dataclasses import dataclass, field
from datetime import timedelta
from decimal import Decimal
from enum import StrEnum

from saleor_crm_app.demo.nodes import Node
from saleor_crm_app.demo.prices import NOTHING


class ProductTypeKind(StrEnum):
    NORMAL = "NORMAL"
    GIFT_CARD = "GIFT_CARD"


@dataclass(slots=True, eq=False, kw_only=True)
class Channel(Node):
    """Where orders are placed; `tax_rate` is contained in the gross prices.

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


@dataclass(slots=True, eq=False, kw_only=True)
class Category(Node):
    kind = "Category"
    name: str


@dataclass(slots=True, eq=False, kw_only=True)
class Collection(Node):
    kind = "Collection"
    name: str


@dataclass(slots=True, eq=False, kw_only=True)
class ProductType(Node):
    """A type of products; Saleor's field `kind` is `type_kind` here, since nodes have a `kind`."""

    kind = "ProductType"
    name: str
    type_kind: ProductTypeKind = ProductTypeKind.NORMAL


@dataclass(slots=True, eq=False, kw_only=True)
class Product(Node):
    kind = "Product"
    name: str
    product_type: ProductType
    category: Category | None = None
    collections: list[Collection] = field(default_factory=list)
    is_published: bool = True


@dataclass(slots=True, eq=False, kw_only=True)
class Variant(Node):
    """What is put into a cart; `price` is gross, in whatever currency the channel has."""

    kind = "ProductVariant"
    product: Product
    price: Decimal
