"""What variants cost in which channel, and which of them the API shows to whom."""

from decimal import Decimal
from typing import Any

import pytest

from saleor_crm_app.demo.apps import App
from saleor_crm_app.demo.errors import ShopRefusal
from saleor_crm_app.demo.orders import DEFAULT_CHANNEL, Item
from saleor_crm_app.demo.permissions import Permission
from saleor_crm_app.demo.shop import SimulatedShop
from tests.demo.conftest import Goods
from tests.demo.test_api import ask

VARIANTS = """
query V($ids: [ID!], $channel: String) {
  productVariants(first: 100, ids: $ids, channel: $channel) {
    edges { node { id pricing { price { gross { amount } } } } }
  }
}
"""
PRODUCTS = """
query P($channel: String, $filter: ProductFilterInput) {
  products(first: 100, channel: $channel, filter: $filter) { edges { node { name } } }
}
"""


async def seen(shop: SimulatedShop, query: str, token: str | None, **variables: Any) -> list[Any]:  # noqa: ANN401 - of a document
    [page] = (await ask(shop, query, token, **variables))["data"].values()
    return [edge["node"] for edge in page["edges"]]


def test_a_promotion_of_the_catalogue_is_in_the_price_and_not_in_the_full_one(
    unserved: SimulatedShop, goods: Goods
) -> None:
    goods.lamp.sale_prices[DEFAULT_CHANNEL] = Decimal(45)
    checkout = unserved.checkouts.create([Item(variant=goods.lamp, quantity=2)], "a@example.com")
    [line] = checkout.lines
    assert (line.total_price.gross.amount, line.undiscounted_total_price.amount) == (Decimal(90), Decimal(120))
    [line_of_order] = unserved.checkouts.complete(checkout).lines
    gross = line_of_order.undiscounted_total_price.gross.amount
    assert (line_of_order.total_price.gross.amount, gross) == (Decimal(90), Decimal(120))


def test_each_channel_has_its_price(unserved: SimulatedShop, goods: Goods) -> None:
    unserved.shelves.open_channel("euro", "EUR")
    goods.lamp.prices["euro"] = Decimal(55)
    placed = unserved.orders.place(
        [Item(variant=goods.lamp), Item(variant=goods.vase)], "a@example.com", channel="euro"
    )
    assert [line.unit_price for line in placed.lines] == [55, 40]


@pytest.mark.parametrize(
    ("where", "code"),
    [
        ("hidden_in", "PRODUCT_NOT_PUBLISHED"),
        ("not_for_sale_in", "PRODUCT_UNAVAILABLE_FOR_PURCHASE"),
        ("absent_from", "PRODUCT_UNAVAILABLE_FOR_PURCHASE"),
        ("prices", "UNAVAILABLE_VARIANT_IN_CHANNEL"),
    ],
)
def test_what_is_not_sold_in_a_channel_cannot_be_put_into_a_cart_there(
    unserved: SimulatedShop, goods: Goods, where: str, code: str
) -> None:
    if where == "prices":
        goods.lamp.prices[DEFAULT_CHANNEL] = None
    else:
        getattr(goods.lamp.product, where).add(DEFAULT_CHANNEL)
    with pytest.raises(ShopRefusal) as refusal:
        unserved.checkouts.create([Item(variant=goods.vase), Item(variant=goods.lamp)], "a@example.com")
    assert (refusal.value.code, refusal.value.field, unserved.state.checkouts) == (code, "lines", {})


async def test_who_manages_sees_hidden_variants_and_others_what_they_can_buy(
    shop: SimulatedShop, installed: App
) -> None:
    # given
    lamp, vase, mug, gone = (shop.shelves.sell(name, 10) for name in ("Lamp", "Vase", "Mug", "Gone"))
    vase.product.hidden_in.add(DEFAULT_CHANNEL)
    mug.prices[DEFAULT_CHANNEL] = None
    gone.product.absent_from.add(DEFAULT_CHANNEL)
    asked = {"ids": [one.id for one in (lamp, vase, mug, gone)], "channel": DEFAULT_CHANNEL}
    # then
    ten = {"price": {"gross": {"amount": 10.0}}}
    assert await seen(shop, VARIANTS, installed.token, **asked) == [
        {"id": lamp.id, "pricing": ten},
        {"id": vase.id, "pricing": ten},
        {"id": mug.id, "pricing": None},
    ]
    assert await seen(shop, VARIANTS, None, **asked) == [{"id": lamp.id, "pricing": ten}]
    shop.apps.allow(installed, {Permission.MANAGE_USERS})
    assert [one["id"] for one in await seen(shop, VARIANTS, installed.token, **asked)] == [lamp.id]


async def test_no_ids_mean_all_and_ids_of_others_are_passed_over(shop: SimulatedShop, installed: App) -> None:
    lamp, vase = shop.shelves.sell("Lamp", 10), shop.shelves.sell("Vase", 10)
    for ids, expected in (([], [lamp.id, vase.id]), ([lamp.product.id], []), ([vase.id], [vase.id])):
        found = await seen(shop, VARIANTS, installed.token, ids=ids, channel=DEFAULT_CHANNEL)
        assert [one["id"] for one in found] == expected
    assert await seen(shop, VARIANTS, installed.token, ids=[lamp.id], channel="nowhere") == []
    answer = await ask(shop, VARIANTS, installed.token, ids=["nonsense"], channel=DEFAULT_CHANNEL)
    assert answer["errors"][0]["message"].startswith("Invalid ID")


@pytest.mark.parametrize(
    ("wanted", "names"),
    [
        ({}, ["Lamp", "Mug", "Vase"]),
        ({"isPublished": True}, ["Lamp", "Mug"]),
        ({"isPublished": False}, ["Vase"]),
        ({"isAvailable": True}, ["Lamp", "Vase"]),
        ({"isPublished": True, "isAvailable": True}, ["Lamp"]),
    ],
)
async def test_products_are_found_by_whether_they_are_sold(
    shop: SimulatedShop, installed: App, wanted: dict[str, object], names: list[str]
) -> None:
    lamp, vase, mug = (shop.shelves.sell(name, 10) for name in ("Lamp", "Vase", "Mug"))
    vase.product.hidden_in.add(DEFAULT_CHANNEL)
    mug.product.not_for_sale_in.add(DEFAULT_CHANNEL)
    wanted["ids"] = [one.product.id for one in (lamp, vase, mug)]
    found = await seen(shop, PRODUCTS, installed.token, channel=DEFAULT_CHANNEL, filter=wanted)
    assert [one["name"] for one in found] == names


FORMS = """
query F($ids: [ID!], $channel: String) {
  products(first: 100, channel: $channel, filter: {ids: $ids}) {
    edges {
      node { productVariants(first: 2) { edges { node { id quantityAvailable pricing { price { currency } } } } } }
    }
  }
}
"""


async def test_a_products_forms_are_told_with_their_stock_up_to_what_one_may_have(
    shop: SimulatedShop, installed: App
) -> None:
    # given
    lamp = shop.shelves.sell("Lamp", 10)
    few, priceless = shop.shelves.add_variant(lamp.product, 10), shop.shelves.add_variant(lamp.product, 10)
    lamp.stock, few.stock = 1000, 3
    priceless.prices[DEFAULT_CHANNEL] = None
    asked = {"ids": [lamp.product.id], "channel": DEFAULT_CHANNEL}

    async def forms(token: str | None) -> list[tuple[str, int, bool]]:
        [product] = await seen(shop, FORMS, token, **asked)
        nodes = [edge["node"] for edge in product["productVariants"]["edges"]]
        return [(one["id"], one["quantityAvailable"], one["pricing"] is not None) for one in nodes]

    # then
    assert await forms(installed.token) == [(lamp.id, 50, True), (few.id, 3, True)]
    few.stock = None
    lamp.prices[DEFAULT_CHANNEL] = None
    assert await forms(installed.token) == [(lamp.id, 50, False), (few.id, 50, True)]
    assert await forms(None) == [(few.id, 50, True)]


def test_no_cart_holds_more_than_there_is(unserved: SimulatedShop, goods: Goods) -> None:
    goods.lamp.stock = 2
    checkout = unserved.checkouts.create([Item(variant=goods.lamp, quantity=2)], "a@example.com")
    for act in (
        lambda: unserved.checkouts.change_quantity(checkout, checkout.lines[0], 3),
        lambda: unserved.checkouts.create([Item(variant=goods.lamp, quantity=3)], "b@example.com"),
    ):
        with pytest.raises(ShopRefusal) as refusal:
            act()
        assert (refusal.value.code, refusal.value.field) == ("INSUFFICIENT_STOCK", "quantity")
    assert [line.quantity for line in checkout.lines] == [2]
    assert [*unserved.state.checkouts.values()] == [checkout]
