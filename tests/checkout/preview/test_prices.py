"""Prices are remembered for half a minute, each shop's and channel's for itself, and not too many of them."""

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from saleor_crm_app.checkout.preview.prices import SECONDS, PriceShelf
from saleor_crm_app.kernel.ids import InstallationId, global_id
from saleor_crm_app.saleor.variants import priced_variants
from tests.saleor.test_variants import PRODUCT

SHOP, OTHER = InstallationId(UUID(int=1)), InstallationId(UUID(int=2))
A, B, C = (global_id("ProductVariant", number) for number in range(3))


class Stall:
    """A shop that sells everything for a dollar, and notes what it is asked for."""

    def __init__(self) -> None:
        self.asked: list[list[str]] = []

    async def execute(self, name: str, variables: Mapping[str, Any] | None = None) -> dict[str, Any]:
        wanted = dict(variables or {})
        if name == "ProductsSold":
            return {"products": {"edges": [{"node": {"id": PRODUCT["id"], "pricing": None}}]}}
        self.asked.append(wanted["ids"])
        price = {"currency": "USD", "gross": {"amount": 1}, "net": {"amount": 1}}
        nodes = [
            {"id": one, "name": "", "product": PRODUCT, "pricing": {"price": price, "priceUndiscounted": None}}
            for one in wanted["ids"]
        ]
        return {"productVariants": {"edges": [{"node": node} for node in nodes]}}


async def test_what_is_known_is_not_asked_for_and_forgotten_in_time() -> None:
    now, stall = [100.0], Stall()
    shelf = PriceShelf(priced_variants, clock=lambda: now[0])
    assert (await shelf.prices(stall, SHOP, "here", [A, B, A])).keys() == {A, B}
    assert (await shelf.prices(stall, SHOP, "here", [B, C])).keys() == {B, C}
    now[0] += SECONDS
    await shelf.prices(stall, SHOP, "here", [C])
    assert stall.asked == [[A, B], [C], [C]]


async def test_shops_and_channels_have_their_own() -> None:
    stall, shelf = Stall(), PriceShelf(priced_variants)
    for shop, channel in ((SHOP, "here"), (OTHER, "here"), (SHOP, "there"), (SHOP, "here")):
        await shelf.prices(stall, shop, channel, [A])
    assert stall.asked == [[A]] * 3


async def test_the_oldest_go_first() -> None:
    stall, shelf = Stall(), PriceShelf(priced_variants, most=2)
    for variant in (A, B, C, B, A):
        await shelf.prices(stall, SHOP, "here", [variant])
    assert stall.asked == [[A], [B], [C], [A]]
