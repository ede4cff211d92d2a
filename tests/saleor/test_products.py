"""What products cost in a channel over real HTTP, each by its cheapest variant, and which are not to be had there."""

from decimal import Decimal

import pytest

from saleor_crm_app.demo.catalog import ProductTypeKind
from saleor_crm_app.demo.orders import DEFAULT_CHANNEL
from saleor_crm_app.kernel.ids import global_id
from saleor_crm_app.kernel.money import MinorUnits
from saleor_crm_app.saleor.client import ShopUnavailable
from saleor_crm_app.saleor.products import PricedProduct, priced_products
from tests.saleor.loopback import Answer, loopback
from tests.saleor.redemption import Till
from tests.saleor.test_client import client_of
from tests.saleor.test_variants import PRODUCT

PRICE = {"currency": "USD", "gross": {"amount": 1}, "net": {"amount": 1}}


async def test_a_product_reads_with_the_prices_of_its_cheapest_variant(till_of_any: Till) -> None:
    # given
    till, shelves = till_of_any, till_of_any.shop.shelves
    shelves.open_channel("zloty", "PLN", tax_rate=Decimal("0.23"), display_gross_prices=False)
    lamps, home = shelves.add_category("Lamps"), shelves.add_collection("Home")
    small = shelves.sell("Lamp", 100, category=lamps, collections=(home,))
    big = shelves.add_variant(small.product, 200, name="Big")
    big.sale_prices["zloty"] = Decimal("61.50")
    # when
    found = await priced_products(till.client, [small.product.id], "zloty")
    # then
    assert found == {
        small.product.id: PricedProduct(
            id=small.product.id,
            product_type=small.product.product_type.id,
            kind="NORMAL",
            category=lamps.id,
            collections=(home.id,),
            gross=MinorUnits(6150),
            net=MinorUnits(5000),
            undiscounted=MinorUnits(10000),
            currency="PLN",
            display_gross=False,
        )
    }


async def test_yen_have_no_decimals_and_a_gift_card_is_told(till: Till) -> None:
    till.shop.shelves.open_channel("yen", "JPY")
    card = till.shop.shelves.sell("Card", 500, kind=ProductTypeKind.GIFT_CARD)
    [found] = (await priced_products(till.client, [card.product.id], "yen")).values()
    assert (found.gross, found.undiscounted, found.kind, found.category) == (500, 500, "GIFT_CARD", None)


async def test_what_cannot_be_bought_in_the_channel_is_absent(till: Till) -> None:
    # given
    sell = till.shop.shelves.sell
    hidden, unsold, priceless, elsewhere = (sell(name, 10) for name in "ABCD")
    hidden.product.hidden_in.add(DEFAULT_CHANNEL)
    unsold.product.not_for_sale_in.add(DEFAULT_CHANNEL)
    priceless.prices[DEFAULT_CHANNEL] = None
    elsewhere.product.absent_from.add(DEFAULT_CHANNEL)
    wanted = [one.product.id for one in (hidden, unsold, priceless, elsewhere, till.lamp)]
    # then
    found = await priced_products(till.client, [*wanted, global_id("Product", 999)], DEFAULT_CHANNEL)
    assert [*found] == [till.lamp.product.id]
    assert await priced_products(till.client, wanted, "nowhere") == {}


async def test_nothing_and_things_of_other_kinds_are_not_asked_for(till: Till) -> None:
    for ids in ([], ["nonsense", till.lamp.id, ""]):
        assert await priced_products(till.client, ids, DEFAULT_CHANNEL) == {}
    assert till.shop.troubles.calls == []


async def test_a_hundred_take_one_call(till: Till) -> None:
    many = [till.shop.shelves.sell(f"Good {number:03}", 1).product.id for number in range(101)]
    found = await priced_products(till.client, [*many[:100], *many[:100]], DEFAULT_CHANNEL)
    assert (sorted(found), till.shop.troubles.calls) == (sorted(many[:100]), ["ProductPrices"])
    assert len(await priced_products(till.client, many, DEFAULT_CHANNEL)) == 101


@pytest.mark.parametrize(
    ("data", "said"),
    [
        ({"products": None}, "no list of products"),
        ({"products": {"edges": [{"node": {"id": "x"}}]}}, "no list of products"),
        (
            {
                "products": {
                    "edges": [
                        {
                            "node": {
                                **PRODUCT,
                                "pricing": {
                                    "displayGrossPrices": True,
                                    "priceRange": {"start": {**PRICE, "gross": {"amount": 1.005}}},
                                    "priceRangeUndiscounted": None,
                                },
                            }
                        }
                    ]
                }
            },
            "a price that is none",
        ),
    ],
)
async def test_what_reads_like_no_goods_may_be_asked_for_again(data: object, said: str) -> None:
    async with loopback(lambda _: Answer.of({"data": data})) as shop, client_of(shop) as client:
        with pytest.raises(ShopUnavailable, match=said):
            await priced_products(client, [global_id("Product", 1)], DEFAULT_CHANNEL)
