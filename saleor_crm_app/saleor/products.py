"""Gateway for products: what their cheapest variants cost in a channel."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

import msgspec

from saleor_crm_app.kernel.ids import key_of
from saleor_crm_app.kernel.money import MinorUnits, minor_units
from saleor_crm_app.saleor import bodies
from saleor_crm_app.saleor.callers import Caller
from saleor_crm_app.saleor.client import ShopUnavailable

_AT_ONCE: Final = 100


@dataclass(frozen=True, slots=True, kw_only=True)
class PricedProduct:
    """A product as it is sold in a channel now; prices of one unit of its cheapest variant, in minor units.

    `undiscounted` is gross, and the least that one of its variants costs before promotions of the catalogue: it is
    above `gross` just where the cheapest one is on sale. Without `display_gross` the channel shows prices without tax.
    Ids are Saleor's global ids.
    """

    id: str
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


async def priced_products(caller: Caller, ids: Collection[str], channel: str) -> dict[str, PricedProduct]:
    """Those of some products that one can buy in a channel, by its slug; one call for each hundred.

    Absent is what is unknown, not published or not for sale there, or has no price there. Raises what
    `Caller.execute` raises.
    """
    wanted = [one for one in dict.fromkeys(ids) if is_product(one)]  # asked for nothing, the shop gives everything
    found: dict[str, PricedProduct] = {}
    for start in range(0, len(wanted), _AT_ONCE):
        found |= await _priced(caller, wanted[start : start + _AT_ONCE], channel)
    return found


def is_product(text: str) -> bool:
    """Whether this is a product's global id, be there such a product or not."""
    try:
        key_of(text, kind="Product")
    except ValueError:
        return False
    return True


async def _priced(caller: Caller, ids: Sequence[str], channel: str) -> dict[str, PricedProduct]:
    answer = _read(await caller.execute("ProductPrices", {"ids": ids, "channel": channel}))
    priced = (_product(edge.node) for edge in answer.products.edges)
    return {one.id: one for one in priced if one is not None}


class _Price(bodies.Taxed):
    currency: str


class _PriceRange(bodies.Body):
    start: _Price | None


class _FullPriceRange(bodies.Body):
    start: bodies.Gross | None


class _Pricing(bodies.Body):
    display_gross_prices: bool
    price_range: _PriceRange | None
    price_range_undiscounted: _FullPriceRange | None


class _Product(bodies.Product):
    pricing: _Pricing | None

    @property
    def cheapest(self) -> _Price | None:
        span = None if self.pricing is None else self.pricing.price_range
        return None if span is None else span.start

    @property
    def undiscounted(self) -> bodies.Gross | None:
        span = None if self.pricing is None else self.pricing.price_range_undiscounted
        return None if span is None else span.start


class _Edge(bodies.Body):
    node: _Product


class _Page(bodies.Body):
    edges: list[_Edge]


class _Products(bodies.Body):
    products: _Page


def _read(data: Mapping[str, Any]) -> _Products:
    try:
        return msgspec.convert(data, _Products)
    except msgspec.ValidationError as error:
        raise ShopUnavailable(f"The shop answered with something that is no list of products: {error}") from error


def _product(body: _Product) -> PricedProduct | None:
    price, before = body.cheapest, body.undiscounted or body.cheapest
    if body.pricing is None or price is None or before is None:
        return None
    try:
        return PricedProduct(
            id=body.id,
            product_type=body.product_type.id,
            kind=body.product_type.kind,
            category=None if body.category is None else body.category.id,
            collections=tuple(one.id for one in body.collections or ()),
            gross=minor_units(price.gross.amount, price.currency),
            net=minor_units(price.net.amount, price.currency),
            undiscounted=minor_units(before.gross.amount, price.currency),
            currency=price.currency,
            display_gross=body.pricing.display_gross_prices,
        )
    except ValueError as error:
        raise ShopUnavailable(f"The shop answered with a price that is none: {error}") from error
