"""What can be bought in a channel over real HTTP: published, sold, priced and in stock, with the lowest price."""

from decimal import Decimal

import pytest

from saleor_crm_app.demo.catalog import ProductTypeKind
from saleor_crm_app.demo.orders import DEFAULT_CHANNEL
from saleor_crm_app.kernel.ids import global_id
from saleor_crm_app.kernel.money import MinorUnits, Money
from saleor_crm_app.saleor.client import ShopUnavailable
from saleor_crm_app.saleor.shelves import ProductOnShelf, products_on_shelf
from tests.saleor.loopback import Answer, loopback
from tests.saleor.redemption import Till
from tests.saleor.test_client import client_of

PRODUCT = global_id("Product", 1)


async def test_a_product_is_told_with_its_category_and_its_lowest_price(till_of_any: Till) -> None:
    # given
    till, shelves = till_of_any, till_of_any.shop.shelves
    shelves.open_channel("zloty", "PLN", tax_rate=Decimal("0.23"))
    lamps = shelves.add_category("Lamps")
    big = shelves.sell("Lamp", 200, category=lamps)
    small = shelves.add_variant(big.product, 100)
    small.sale_prices["zloty"] = Decimal("61.50")
    # then
    lamp = big.product.id
    assert await products_on_shelf(till.client, [lamp], "zloty") == {
        lamp: ProductOnShelf(
            id=lamp, name="Lamp", kind="NORMAL", category=lamps.id, price=Money(MinorUnits(6150), "PLN")
        )
    }
    small.stock = 0
    [found] = (await products_on_shelf(till.client, [lamp], "zloty")).values()
    assert found.price == Money(MinorUnits(20000), "PLN")


async def test_what_cannot_be_bought_in_the_channel_is_absent(till_of_any: Till) -> None:
    # given
    till = till_of_any
    sell = till.shop.shelves.sell
    hidden, unsold, priceless, elsewhere, empty, deleted = (sell(name, 10) for name in "ABCDEF")
    hidden.product.hidden_in.add(DEFAULT_CHANNEL)
    unsold.product.not_for_sale_in.add(DEFAULT_CHANNEL)
    priceless.prices[DEFAULT_CHANNEL] = None
    elsewhere.product.absent_from.add(DEFAULT_CHANNEL)
    empty.stock = 0
    till.shop.shelves.delete_product(deleted.product)
    wanted = [one.product.id for one in (hidden, unsold, priceless, elsewhere, empty, deleted, till.lamp)]
    # then
    assert [*await products_on_shelf(till.client, wanted, DEFAULT_CHANNEL)] == [till.lamp.product.id]
    till.shop.shelves.open_channel("other", "USD")
    found = await products_on_shelf(till.client, wanted, "other")
    assert {*found} == {one.product.id for one in (till.lamp, hidden, unsold, priceless, elsewhere)}
    assert await products_on_shelf(till.client, wanted, "nowhere") == {}


async def test_one_form_that_is_there_and_priced_is_enough_and_has_to_be_both(till: Till) -> None:
    lamp = till.lamp
    lamp.stock = 0
    without_price = till.shop.shelves.add_variant(lamp.product, 10)
    without_price.prices[DEFAULT_CHANNEL] = None
    assert await products_on_shelf(till.client, [lamp.product.id], DEFAULT_CHANNEL) == {}
    lamp.stock = 1
    [found] = (await products_on_shelf(till.client, [lamp.product.id], DEFAULT_CHANNEL)).values()
    assert found.price == Money(MinorUnits(6000), "USD")


async def test_a_gift_card_is_told(till: Till) -> None:
    card = till.shop.shelves.sell("Card", 50, kind=ProductTypeKind.GIFT_CARD)
    [found] = (await products_on_shelf(till.client, [card.product.id], DEFAULT_CHANNEL)).values()
    assert (found.kind, found.category) == ("GIFT_CARD", None)


async def test_nothing_and_things_of_other_kinds_are_not_asked_for(till: Till) -> None:
    for ids in ([], ["nonsense", till.lamp.id, ""]):
        assert await products_on_shelf(till.client, ids, DEFAULT_CHANNEL) == {}
    assert till.shop.troubles.calls == []


async def test_more_than_a_hundred_are_asked_for_in_parts(till: Till) -> None:
    many = [till.shop.shelves.sell(f"Good {number}", 1).product.id for number in range(101)]
    assert {*await products_on_shelf(till.client, [*many, *many], DEFAULT_CHANNEL)} == {*many}
    assert till.shop.troubles.calls == ["ProductsOnShelf"] * 2


def shelf(amount: object, quantity: object) -> Answer:
    price = {"currency": "USD", "gross": {"amount": amount}}
    node = {
        "id": PRODUCT,
        "name": "Lamp",
        "productType": {"id": global_id("ProductType", 1), "kind": "NORMAL"},
        "category": None,
        "productVariants": {"edges": [{"node": {"quantityAvailable": quantity, "pricing": {"price": price}}}]},
    }
    return Answer.of({"data": {"products": {"edges": [{"node": node}]}}})


async def test_without_a_limit_what_is_not_tracked_has_no_quantity(till: Till) -> None:
    async with loopback(lambda _: shelf(5, None)) as shop, client_of(shop) as client:
        assert {*await products_on_shelf(client, [PRODUCT], DEFAULT_CHANNEL)} == {PRODUCT}


@pytest.mark.parametrize(
    ("answer", "reason"),
    [
        (Answer.of({"data": {"products": None}}), "no shelf"),
        (shelf(5, "many"), "no shelf"),
        (shelf(1.005, 1), "a price that is none"),
    ],
)
async def test_what_reads_like_no_shelf_may_be_asked_for_again(answer: Answer, reason: str) -> None:
    async with loopback(lambda _: answer) as shop, client_of(shop) as client:
        with pytest.raises(ShopUnavailable, match=reason):
            await products_on_shelf(client, [PRODUCT], DEFAULT_CHANNEL)
