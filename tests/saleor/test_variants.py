"""What variants cost in a channel over real HTTP, and which are not to be had there."""

from decimal import Decimal

import pytest

from saleor_crm_app.demo.catalog import ProductTypeKind
from saleor_crm_app.demo.orders import DEFAULT_CHANNEL
from saleor_crm_app.kernel.ids import global_id
from saleor_crm_app.kernel.money import MinorUnits
from saleor_crm_app.saleor.client import ShopUnavailable
from saleor_crm_app.saleor.variants import PricedVariant, priced_variants
from tests.saleor.loopback import Answer, loopback
from tests.saleor.redemption import Till
from tests.saleor.test_client import client_of

PRODUCT = {
    "id": "UHJvZHVjdDox",
    "name": "Lamp",
    "productType": {"id": "UHJvZHVjdFR5cGU6MQ==", "kind": "NORMAL"},
    "category": None,
    "collections": None,
}
VARIANT = global_id("ProductVariant", 1)


async def test_a_variant_reads_with_its_product_and_prices(till_of_any: Till) -> None:
    # given
    till, shelves = till_of_any, till_of_any.shop.shelves
    shelves.open_channel("zloty", "PLN", tax_rate=Decimal("0.23"))
    lamps, home = shelves.add_category("Lamps"), shelves.add_collection("Home")
    small = shelves.sell("Lamp", 100, category=lamps, collections=(home,))
    big = shelves.add_variant(small.product, 200, name="Big")
    big.sale_prices["zloty"] = Decimal("123.00")
    # when
    found = await priced_variants(till.client, [small.id, big.id], "zloty")
    # then
    assert found[big.id] == PricedVariant(
        id=big.id,
        name="Big",
        product=small.product.id,
        product_name="Lamp",
        product_type=small.product.product_type.id,
        kind="NORMAL",
        category=lamps.id,
        collections=(home.id,),
        gross=MinorUnits(12300),
        net=MinorUnits(10000),
        undiscounted=MinorUnits(20000),
        currency="PLN",
    )
    assert (found[small.id].name, found[small.id].gross, found[small.id].undiscounted) == (small.id, 10000, 10000)
    assert [*found] == [small.id, big.id]


async def test_yen_have_no_decimals_and_a_gift_card_is_told(till: Till) -> None:
    till.shop.shelves.open_channel("yen", "JPY")
    card = till.shop.shelves.sell("Card", 500, kind=ProductTypeKind.GIFT_CARD)
    [found] = (await priced_variants(till.client, [card.id], "yen")).values()
    assert (found.gross, found.currency, found.kind, found.category, found.collections) == (
        500,
        "JPY",
        "GIFT_CARD",
        None,
        (),
    )


async def test_what_cannot_be_bought_in_the_channel_is_absent(till: Till) -> None:
    # given
    sell = till.shop.shelves.sell
    hidden, unsold, priceless, elsewhere, deleted = (sell(name, 10) for name in "ABCDE")
    hidden.product.hidden_in.add(DEFAULT_CHANNEL)
    unsold.product.not_for_sale_in.add(DEFAULT_CHANNEL)
    priceless.prices[DEFAULT_CHANNEL] = None
    elsewhere.product.absent_from.add(DEFAULT_CHANNEL)
    till.shop.shelves.withdraw(deleted)
    wanted = [one.id for one in (hidden, unsold, priceless, elsewhere, deleted, till.lamp)]
    # then
    assert [*await priced_variants(till.client, wanted, DEFAULT_CHANNEL)] == [till.lamp.id]
    till.shop.shelves.open_channel("other", "USD")
    found = await priced_variants(till.client, wanted, "other")
    assert [*found] == [one.id for one in (till.lamp, hidden, unsold, priceless, elsewhere)]
    assert await priced_variants(till.client, wanted, "nowhere") == {}


async def test_a_channel_that_shows_prices_without_tax_is_told(till_of_any: Till) -> None:
    till, shelves = till_of_any, till_of_any.shop.shelves
    shelves.open_channel("trade", "USD", tax_rate=Decimal("0.25"), display_gross_prices=False)
    [here] = (await priced_variants(till.client, [till.lamp.id], DEFAULT_CHANNEL)).values()
    [there] = (await priced_variants(till.client, [till.lamp.id], "trade")).values()
    assert (here.display_gross, there.display_gross, there.net) == (True, False, 4800)
    assert (here.prices_with_tax, there.prices_with_tax) == (True, True)
    till.shop.state.channels["trade"].prices_entered_with_tax = False
    [there] = (await priced_variants(till.client, [till.lamp.id], "trade")).values()
    assert not there.prices_with_tax


async def test_nothing_and_things_of_other_kinds_are_not_asked_for(till: Till) -> None:
    for ids in ([], ["nonsense", till.lamp.product.id, ""]):
        assert await priced_variants(till.client, ids, DEFAULT_CHANNEL) == {}
    assert till.shop.troubles.calls == []


async def test_more_than_a_hundred_are_asked_for_in_parts(till: Till) -> None:
    many = [till.shop.shelves.sell(f"Good {number}", 1).id for number in range(101)]
    found = await priced_variants(till.client, [*many, *many], DEFAULT_CHANNEL)
    assert [*found] == many
    assert till.shop.troubles.calls == ["PricedVariants", "ProductsSold"] * 2


@pytest.mark.parametrize(
    "data",
    [
        {"productVariants": None},
        {"productVariants": {"edges": [{"node": {"id": VARIANT}}]}},
    ],
)
async def test_what_reads_like_no_goods_may_be_asked_for_again(data: object) -> None:
    async with loopback(lambda _: Answer.of({"data": data})) as shop, client_of(shop) as client:
        with pytest.raises(ShopUnavailable, match="no list of goods"):
            await priced_variants(client, [VARIANT], DEFAULT_CHANNEL)


async def test_a_price_finer_than_its_currency_is_not_believed() -> None:
    price = {"currency": "USD", "gross": {"amount": 1.005}, "net": {"amount": 1}}
    node = {"id": VARIANT, "name": "", "product": PRODUCT, "pricing": {"price": price, "priceUndiscounted": None}}
    answer = {"data": {"productVariants": {"edges": [{"node": node}]}}}
    async with loopback(lambda _: Answer.of(answer)) as shop, client_of(shop) as client:
        with pytest.raises(ShopUnavailable, match="a price that is none"):
            await priced_variants(client, [VARIANT], DEFAULT_CHANNEL)
