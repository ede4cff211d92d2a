"""How variants are read with their prices in a channel, and which products are sold there."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from decimal import Decimal

from graphql import GraphQLError

from saleor_crm_app.demo.access import Access, Resolver
from saleor_crm_app.demo.catalog import Category, Channel, Collection, Product, ProductType, Variant
from saleor_crm_app.demo.edits import Input
from saleor_crm_app.demo.lists import Connection, page_of
from saleor_crm_app.demo.permissions import Permission
from saleor_crm_app.demo.prices import TaxedMoney, taxed
from saleor_crm_app.kernel.ids import decode_global_id

SEES_ANY_PRODUCT = (Permission.MANAGE_ORDERS, Permission.MANAGE_DISCOUNTS, Permission.MANAGE_PRODUCTS)


@dataclass(frozen=True, slots=True)
class Pricing:
    """What a variant costs in a channel, promotions of the catalogue taken off or not."""

    price: TaxedMoney
    price_undiscounted: TaxedMoney


@dataclass(frozen=True, slots=True)
class VariantInChannel:
    """A variant as one channel shows it."""

    variant: Variant
    channel: Channel

    @property
    def id(self) -> str:
        return self.variant.id

    @property
    def name(self) -> str:
        return self.variant.name

    @property
    def product(self) -> Product:
        return self.variant.product

    @property
    def quantity_available(self) -> int:
        return self.variant.quantity_available

    @property
    def pricing(self) -> Pricing | None:
        now, before = self.variant.price_in(self.channel), self.variant.full_price_in(self.channel)
        return None if now is None or before is None else Pricing(self._taxed(now), self._taxed(before))

    def _taxed(self, gross: Decimal) -> TaxedMoney:
        return taxed(gross, self.channel.tax_rate, self.channel.currency_code)


@dataclass(frozen=True, slots=True)
class PriceRange:
    """From the cheapest of a product's variants on."""

    start: TaxedMoney


@dataclass(frozen=True, slots=True)
class ProductPricing:
    """How a channel shows a product's prices, and which they are; no range where no variant has a price."""

    display_gross_prices: bool
    price_range: PriceRange | None
    price_range_undiscounted: PriceRange | None


@dataclass(frozen=True, slots=True)
class ProductInChannel:
    """A product as one channel shows it."""

    product: Product
    channel: Channel

    @property
    def id(self) -> str:
        return self.product.id

    @property
    def name(self) -> str:
        return self.product.name

    @property
    def category(self) -> Category | None:
        return self.product.category

    @property
    def collections(self) -> list[Collection]:
        return self.product.collections

    @property
    def product_type(self) -> ProductType:
        return self.product.product_type


def _product_variants(
    _source: object,
    access: Access,
    *,
    ids: list[str] | None = None,
    channel: str | None = None,
    first: int | None = None,
    after: str | None = None,
    **others: object,
) -> Connection[VariantInChannel]:
    """To those who may see any product also what is hidden or has no price; without ids, all there are."""
    place, is_wanted = _channel(access, channel, others), _wanted(ids, "ProductVariant")
    may = access.has_one_of(*SEES_ANY_PRODUCT)
    found = [
        VariantInChannel(variant, place)
        for variant in (access.state.variants if place else ())
        if place and is_wanted(variant) and _is_seen(variant, place, may=may)
    ]
    return page_of(
        found,
        lambda one: (f"{one.variant.pk:020}",),
        name="productVariants",
        first=first,
        after=after,
        descending=False,
    )


def _products(
    _source: object,
    access: Access,
    *,
    filter: Input | None = None,
    channel: str | None = None,
    first: int | None = None,
    after: str | None = None,
    **others: object,
) -> Connection[ProductInChannel]:
    wanted = dict(filter or {})
    place, is_wanted = _channel(access, channel, others), _wanted(wanted.pop("ids", None), "Product")
    tests = [_PRODUCT_FILTERS[name](value) for name, value in wanted.items() if value is not None]
    may = access.has_one_of(*SEES_ANY_PRODUCT)
    found = {
        variant.product: None
        for variant in (access.state.variants if place else ())
        if place and is_wanted(variant.product) and _is_seen(variant, place, may=may)
    }
    return page_of(
        [
            ProductInChannel(product, place)
            for product in found
            if place and all(test(product, place) for test in tests)
        ],
        lambda one: (one.name, f"{one.product.pk:020}"),
        name="products",
        first=first,
        after=after,
        descending=False,
    )


def _variants_of_product(
    source: object,
    access: Access,
    *,
    first: int | None = None,
    after: str | None = None,
    **others: object,
) -> Connection[VariantInChannel]:
    """Those of the product that the channel lists, to who may see any product also without a price."""
    asked = [name for name, value in others.items() if value is not None]
    if asked or not isinstance(source, ProductInChannel):
        raise GraphQLError(f"This shop is simulated and wants a product of a channel and no {', '.join(asked)}.")
    may = access.has_one_of(*SEES_ANY_PRODUCT)
    found = [
        VariantInChannel(variant, source.channel)
        for variant in access.state.variants
        if variant.product is source.product and _is_seen(variant, source.channel, may=may)
    ]
    return page_of(
        found,
        lambda one: (f"{one.variant.pk:020}",),
        name="productVariants",
        first=first,
        after=after,
        descending=False,
    )


def _quantity_available(source: object, _access: Access, **_others: object) -> int | None:
    """What is reached through an order or a voucher is in no channel."""
    return source.quantity_available if isinstance(source, VariantInChannel) else None


def _is_seen(variant: Variant, channel: Channel, *, may: bool) -> bool:
    if may:
        return variant.product.is_listed(channel)
    return variant.product.is_published_in(channel) and variant.full_price_in(channel) is not None


def _channel(access: Access, slug: str | None, others: Mapping[str, object]) -> Channel | None:
    """None where there is no such channel, which is no error in Saleor."""
    asked = [name for name, value in others.items() if value is not None]
    if asked or slug is None:
        raise GraphQLError(f"This shop is simulated and wants a channel and no {', '.join(asked)}.")
    return access.state.channels.get(slug)


def _wanted(ids: list[str] | None, kind: str) -> Callable[[Variant | Product], bool]:
    """Ids of other kinds are passed over, an empty list means all, as in Saleor."""
    if not ids:
        return lambda _one: True
    for one in ids:
        try:
            decode_global_id(one)
        except ValueError as error:
            raise GraphQLError(f"Invalid ID: {one}. Expected: {kind}.") from error
    return lambda one: one.id in ids


def _is_published(value: bool) -> Callable[[Product, Channel], bool]:  # noqa: FBT001 - as the filter has it
    return lambda product, channel: product.is_listed(channel) and product.is_published_in(channel) is value


def _is_available(value: bool) -> Callable[[Product, Channel], bool]:  # noqa: FBT001 - likewise
    return lambda product, channel: product.is_for_sale_in(channel) is value


def _pricing(source: object, _access: Access, **_others: object) -> Pricing | None:
    """What is reached through an order or a voucher is in no channel."""
    return source.pricing if isinstance(source, VariantInChannel) else None


def _product_pricing(source: object, access: Access, **_others: object) -> ProductPricing | None:
    if not isinstance(source, ProductInChannel):
        return None
    variants = [VariantInChannel(one, source.channel) for one in access.state.variants if one.product is source.product]
    prices = [pricing for one in variants if (pricing := one.pricing) is not None]
    return ProductPricing(
        display_gross_prices=source.channel.display_gross_prices,
        price_range=_range([one.price for one in prices]),
        price_range_undiscounted=_range([one.price_undiscounted for one in prices]),
    )


def _range(prices: list[TaxedMoney]) -> PriceRange | None:
    def gross(price: TaxedMoney) -> Decimal:
        return price.gross.amount

    return PriceRange(min(prices, key=gross)) if prices else None


def _type_kind(product_type: ProductType, _access: Access) -> str:
    return product_type.type_kind


def _no_channel(_source: object, _access: Access) -> None:
    return None


def _product_channel(source: object, _access: Access) -> str | None:
    return source.channel.slug if isinstance(source, ProductInChannel) else None


_PRODUCT_FILTERS: dict[str, Callable[[bool], Callable[[Product, Channel], bool]]] = {
    "isPublished": _is_published,
    "isAvailable": _is_available,
}
PRODUCT_RESOLVERS: dict[tuple[str, str], Resolver] = {
    ("Collection", "channel"): _no_channel,
    ("Product", "channel"): _product_channel,
    ("Product", "pricing"): _product_pricing,
    ("Product", "productVariants"): _variants_of_product,
    ("ProductType", "kind"): _type_kind,
    ("ProductVariant", "channel"): _no_channel,
    ("ProductVariant", "pricing"): _pricing,
    ("ProductVariant", "quantityAvailable"): _quantity_available,
    ("Query", "productVariants"): _product_variants,
    ("Query", "products"): _products,
}
