"""Gateway for what can be bought: which products of a channel are published, sold, priced and in stock there."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

import msgspec

from saleor_crm_app.kernel.ids import key_of
from saleor_crm_app.kernel.money import Money, minor_units
from saleor_crm_app.saleor import bodies
from saleor_crm_app.saleor.callers import Caller
from saleor_crm_app.saleor.client import ShopUnavailable

AT_ONCE: Final = 100
"""So many products are asked for in one call; of each product fifty forms are looked at."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ProductOnShelf:
    """A product of which at least one form can be bought in a channel now; `price` is the lowest of those, gross.

    Ids are Saleor's global ids.
    """

    id: str
    name: str
    kind: str
    """`NORMAL` or `GIFT_CARD`."""
    category: str | None
    price: Money


async def products_on_shelf(caller: Caller, ids: Collection[str], channel: str) -> dict[str, ProductOnShelf]:
    """Those of some products that one can buy in a channel, by its slug.

    Absent is what is unknown, not published or not for sale there, has no price there, or is out of stock. Raises
    what `Caller.execute` raises.
    """
    wanted = [one for one in dict.fromkeys(ids) if _is_product(one)]  # asked for nothing, the shop gives everything
    found: dict[str, ProductOnShelf] = {}
    for start in range(0, len(wanted), AT_ONCE):
        found |= await _found(caller, wanted[start : start + AT_ONCE], channel)
    return found


async def _found(caller: Caller, ids: Sequence[str], channel: str) -> dict[str, ProductOnShelf]:
    page = _read(await caller.execute("ProductsOnShelf", {"ids": ids, "channel": channel}))
    sold = (_on_shelf(edge.node) for edge in page.edges)
    return {one.id: one for one in sold if one is not None}


class _Price(bodies.Gross):
    currency: str


class _Pricing(bodies.Body):
    price: _Price | None


class _Variant(bodies.Body):
    quantity_available: int | None
    """None: there is no end of it."""
    pricing: _Pricing | None

    @property
    def offer(self) -> _Price | None:
        """What it costs, where it can be bought."""
        is_there = self.quantity_available is None or self.quantity_available > 0
        return self.pricing.price if is_there and self.pricing else None


class _VariantEdge(bodies.Body):
    node: _Variant


class _VariantPage(bodies.Body):
    edges: list[_VariantEdge]


class _Product(bodies.Body):
    id: str
    name: str
    product_type: bodies.ProductType
    category: bodies.Identified | None
    product_variants: _VariantPage


class _ProductEdge(bodies.Body):
    node: _Product


class _Page(bodies.Body):
    edges: list[_ProductEdge]


class _Answer(bodies.Body):
    products: _Page


def _read(data: Mapping[str, Any]) -> _Page:
    try:
        return msgspec.convert(data, _Answer).products
    except msgspec.ValidationError as error:
        raise ShopUnavailable(f"The shop answered with something that is no shelf: {error}") from error


def _on_shelf(body: _Product) -> ProductOnShelf | None:
    offers = [offer for edge in body.product_variants.edges if (offer := edge.node.offer) is not None]
    if not offers:
        return None
    lowest = min(offers, key=lambda offer: offer.gross.amount)
    try:
        price = Money(minor_units(lowest.gross.amount, lowest.currency), lowest.currency)
    except ValueError as error:
        raise ShopUnavailable(f"The shop answered with a price that is none: {error}") from error
    return ProductOnShelf(
        id=body.id,
        name=body.name,
        kind=body.product_type.kind,
        category=None if body.category is None else body.category.id,
        price=price,
    )


def _is_product(text: str) -> bool:
    try:
        key_of(text, kind="Product")
    except ValueError:
        return False
    return True
