"""Goods through the staff door: companions with lift and support, popularity, the shelf, and what is too little."""

from typing import Any

import pytest

from saleor_crm_app.kernel.clock import now
from saleor_crm_app.kernel.ids import global_id
from tests.crm.goods.buying import on_shelf, sell, stock, strangers
from tests.door import Door, Shop, refused_code
from tests.shop import NOON
from tests.staff.scene import Scene, open_scene

TEA, POT, VASE = (global_id("Product", number) for number in (1, 2, 3))
INSIGHT = """
query ($product: ID!) {
  productInsight(productId: $product) {
    companions { productId lift support }
    popularity { channel buyers units gaps gapDays }
    shelf { channel isSold isFresh name categoryId price { amount currency } seenAt }
    learnedAt
    insufficientData { what have needed }
  }
}
"""


@pytest.fixture
async def scene(door: Door, shop: Shop) -> Scene:
    return await open_scene(door, shop)


async def insight(scene: Scene, product: str) -> Any:  # noqa: ANN401 # JSON
    token = scene.shop.dashboard_token("MANAGE_DISCOUNTS")
    return (await scene.door.data(INSIGHT, {"product": product}, token=token))["productInsight"]


async def test_a_product_tells_its_companions_its_sales_and_its_shelf(scene: Scene) -> None:
    # given
    database, shop = scene.shop.database, scene.shop.id
    await sell(database, shop, [*strangers(5, TEA, POT), *strangers(40, VASE)])
    seen_at = now()
    await stock(database, shop, on_shelf(TEA, 1250, category=global_id("Category", 1)), at=seen_at)
    await stock(database, shop, gone=[POT], at=NOON)
    # then
    found = await insight(scene, TEA)
    assert found["companions"] == [{"productId": POT, "lift": 9.0, "support": 5}]
    assert found["popularity"] == [
        {"channel": "default-channel", "buyers": 5, "units": "5", "gaps": 0, "gapDays": None}
    ]
    assert found["shelf"] == [
        {
            "channel": "default-channel",
            "isSold": True,
            "isFresh": True,
            "name": TEA.title(),
            "categoryId": global_id("Category", 1),
            "price": {"amount": 12.5, "currency": "EUR"},
            "seenAt": seen_at.isoformat(),
        }
    ]
    assert found["learnedAt"] == NOON.isoformat()
    assert found["insufficientData"] == [{"what": "ORDERS", "have": "45", "needed": "500"}]
    [gone] = (await insight(scene, POT))["shelf"]
    assert (gone["isSold"], gone["isFresh"], gone["price"]) == (False, False, None)


async def test_of_five_hundred_orders_nothing_lacks(scene: Scene) -> None:
    await sell(scene.shop.database, scene.shop.id, strangers(500, VASE))
    assert (await insight(scene, VASE))["insufficientData"] == []


async def test_where_nothing_was_learnt_all_is_empty(scene: Scene) -> None:
    assert await insight(scene, TEA) == {
        "companions": [],
        "popularity": [],
        "shelf": [],
        "learnedAt": None,
        "insufficientData": [{"what": "ORDERS", "have": "0", "needed": "500"}],
    }


async def test_what_is_no_product_is_refused(scene: Scene) -> None:
    token = scene.shop.dashboard_token("MANAGE_DISCOUNTS")
    answer = await scene.door.ask(INSIGHT, {"product": global_id("User", 1)}, token=token)
    assert refused_code(answer) == "INVALID"
