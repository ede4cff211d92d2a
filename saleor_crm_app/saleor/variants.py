"""Gateway for product variants: what they are called and what they cost in a channel."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Final, TypeVar

import msgspec

from saleor_crm_app.kernel.ids import key_of
from saleor_crm_app.kernel.money import MinorUnits, minor_units
from saleor_crm_app.saleor import bodies
from saleor_crm_app.saleor.callers import Caller
from saleor_crm_app.saleor.client import ShopUnavailable

_AT_ONCE: Final = 100


@dataclass(frozen=True, slots=True, kw_only=True)
class PricedVariant:
    """A variant as it is sold in a channel now; prices of one unit in minor units of `currency`.

    `undiscounted` is gross and before promotions of the catalogue. Without `display_gross` the channel shows prices
    without tax, without `prices_with_tax` they are entered so. Ids are Saleor's global ids.
    """

    id: str
    name: str
    product: str
    product_name: str
    product_type: str
    kind: str
    """`NORMAL` or `GIFT_CARD`."""
    category: str | None
    collections: tuple[str, ...]
    gross: MinorUnits
    net: MinorUnits
    undiscounted: MinorUnits
    currency: str
    display_gross: bool = True
    prices_with_tax: bool = True


async def priced_variants(caller: Caller, ids: Collection[str], channel: str) -> dict[str, PricedVariant]:
    """Those of some variants that one can buy in a channel, by its slug.

    Absent is what is unknown, not published or not for sale there, or has no price there. Raises what
    `Caller.execute` raises.
    """
    wanted = [one for one in dict.fromkeys(ids) if _is_variant(one)]  # asked for nothing, the shop gives everything
    found: dict[str, PricedVariant] = {}
    for start in range(0, len(wanted), _AT_ONCE):
        found |= await _priced(caller, wanted[start : start + _AT_ONCE], channel)
    return found


async def _priced(caller: Caller, ids: Sequence[str], channel: str) -> dict[str, PricedVariant]:
    data = await caller.execute("PricedVariants", {"ids": ids, "channel": channel})
    priced = [one for one in (_variant(edge.node) for edge in _read(data, _Variants).product_variants.edges) if one]
    products = list(dict.fromkeys(one.product for one in priced))
    if not products:
        return {}
    answer = _read(await caller.execute("ProductsSold", {"ids": products, "channel": channel}), _Products)
    with_tax = answer.channel is None or answer.channel.tax_configuration.prices_entered_with_tax
    sold = {edge.node.id: edge.node.shows_gross for edge in answer.products.edges}
    return {
        one.id: replace(one, display_gross=sold[one.product], prices_with_tax=with_tax)
        for one in priced
        if one.product in sold
    }


class _Product(bodies.Product):
    name: str


class _Price(bodies.Taxed):
    currency: str


class _Pricing(bodies.Body):
    price: _Price | None
    price_undiscounted: bodies.Gross | None


class _Variant(bodies.Body):
    id: str
    name: str
    product: _Product
    pricing: _Pricing | None


class _VariantEdge(bodies.Body):
    node: _Variant


class _VariantPage(bodies.Body):
    edges: list[_VariantEdge]


class _Variants(bodies.Body):
    product_variants: _VariantPage


class _ProductPricing(bodies.Body):
    display_gross_prices: bool


class _Sold(bodies.Body):
    id: str
    pricing: _ProductPricing | None

    @property
    def shows_gross(self) -> bool:
        return self.pricing is None or self.pricing.display_gross_prices


class _ProductEdge(bodies.Body):
    node: _Sold


class _ProductPage(bodies.Body):
    edges: list[_ProductEdge]


class _Taxes(bodies.Body):
    tax_configuration: bodies.TaxConfiguration


class _Products(bodies.Body):
    products: _ProductPage
    channel: _Taxes | None = None


Answer = TypeVar("Answer", _Variants, _Products)


def _read(data: Mapping[str, Any], shape: type[Answer]) -> Answer:
    try:
        return msgspec.convert(data, shape)
    except msgspec.ValidationError as error:
        raise ShopUnavailable(f"The shop answered with something that is no list of goods: {error}") from error


def _variant(body: _Variant) -> PricedVariant | None:
    price = None if body.pricing is None else body.pricing.price
    if body.pricing is None or price is None:
        return None
    product, before = body.product, body.pricing.price_undiscounted or price
    try:
        return PricedVariant(
            id=body.id,
            name=body.name,
            product=product.id,
            product_name=product.name,
            product_type=product.product_type.id,
            kind=product.product_type.kind,
            category=None if product.category is None else product.category.id,
            collections=tuple(one.id for one in product.collections or ()),
            gross=minor_units(price.gross.amount, price.currency),
            net=minor_units(price.net.amount, price.currency),
            undiscounted=minor_units(before.gross.amount, price.currency),
            currency=price.currency,
        )
    except ValueError as error:
        raise ShopUnavailable(f"The shop answered with a price that is none: {error}") from error


def _is_variant(text: str) -> bool:
    try:
        key_of(text, kind="ProductVariant")
    except ValueError:
        return False
    return True
