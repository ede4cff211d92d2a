"""What is shown to whom and why: companions first, then what is popular; never what cannot be bought or was had."""

from collections.abc import Sequence
from datetime import timedelta
from random import Random

import pytest

from saleor_crm_app.crm import goods
from saleor_crm_app.crm.goods import Because, Recommended
from saleor_crm_app.crm.orders import FulfillmentFact, NamedUnits
from saleor_crm_app.kernel.db import Database
from saleor_crm_app.kernel.ids import CustomerId, InstallationId
from tests.crm.goods.buying import CHANNEL, basket, on_shelf, sell, stock, strangers
from tests.door import counted
from tests.shop import ANNA, NOON

DEAR, CHEAP = "category-dear", "category-cheap"


async def shown(
    database: Database,
    shop: InstallationId,
    *cart: str,
    customer: CustomerId | None = ANNA,
    channel: str = CHANNEL,
    first: int = 8,
    days_later: float = 0,
) -> Sequence[Recommended]:
    async with database.shop(shop, read_only=True) as session:
        return await goods.recommended(
            session, shop, customer, channel=channel, cart=cart, first=first, at=NOON + timedelta(days=days_later)
        )


async def beside(database: Database, shop: InstallationId, *cart: str) -> Sequence[Recommended]:
    async with database.shop(shop, read_only=True) as session:
        return await goods.cross_sell(session, shop, ANNA, channel=CHANNEL, cart=cart, at=NOON)


async def instead(database: Database, shop: InstallationId, *cart: str) -> Sequence[Recommended]:
    async with database.shop(shop, read_only=True) as session:
        return await goods.upsell(session, shop, ANNA, channel=CHANNEL, cart=cart, at=NOON)


@pytest.fixture
async def shop(database: Database, installation: InstallationId) -> InstallationId:
    """Tea goes with a pot and a cup, the vase is what most people buy; all of it is on the shelf."""
    await sell(
        database,
        installation,
        [*strangers(6, "tea", "pot"), *strangers(5, "tea", "cup"), *strangers(40, "vase"), *strangers(9, "lamp")],
    )
    await stock(database, installation, "tea", "pot", "cup", "vase", "lamp")
    return installation


def products(found: Sequence[Recommended]) -> list[str]:
    return [one.product for one in found]


async def test_companions_of_what_one_has_come_first_with_lift_and_support(
    database: Database, shop: InstallationId
) -> None:
    await sell(database, shop, [basket("tea")])
    pot, cup, vase, lamp = await shown(database, shop)
    together = Because.BOUGHT_TOGETHER
    # 61 orders, 12 with tea; all that hold a pot or a cup hold it
    assert pot == Recommended(product="pot", because=together, of="tea", lift=5.08, support=6, score=5.08)
    assert cup == Recommended(product="cup", because=together, of="tea", lift=5.08, support=5, score=5.08)
    assert vase == Recommended(product="vase", because=Because.POPULAR, score=0.5)
    assert lamp == Recommended(product="lamp", because=Because.POPULAR, score=9 / 80)


async def test_what_is_in_the_cart_counts_like_what_one_has_and_is_not_shown(
    database: Database, shop: InstallationId
) -> None:
    assert products(await shown(database, shop, "tea", customer=None)) == ["pot", "cup", "vase", "lamp"]
    assert products(await shown(database, shop, "tea", "pot", "vase", customer=None)) == ["cup", "lamp"]


async def test_a_stranger_with_an_empty_cart_is_shown_what_is_popular(database: Database, shop: InstallationId) -> None:
    found = await shown(database, shop, customer=None, first=3)
    assert [(one.product, one.because) for one in found] == [
        ("vase", Because.POPULAR),
        ("tea", Because.POPULAR),
        ("lamp", Because.POPULAR),
    ]


async def test_what_is_popular_where_one_buys_comes_before_what_is_popular(
    database: Database, shop: InstallationId
) -> None:
    await sell(database, shop, [basket("mug")])
    await stock(database, shop, on_shelf("mug", category=CHEAP), on_shelf("lamp", category=CHEAP))
    found = await shown(database, shop, first=2)
    assert [(one.product, one.because, one.of) for one in found] == [
        ("lamp", Because.POPULAR_IN_CATEGORY, CHEAP),
        ("vase", Because.POPULAR, None),
    ]


async def test_what_came_back_is_not_offered_again_nor_what_goes_with_it(
    database: Database, shop: InstallationId
) -> None:
    back = FulfillmentFact(status="RETURNED", created_at=NOON, lines=(NamedUnits(line="line-0", quantity=1),))
    await sell(database, shop, [basket("tea", fulfillments=(back,)), basket("lamp", status="UNCONFIRMED")])
    assert [(one.product, one.because) for one in await shown(database, shop)] == [
        ("vase", Because.POPULAR),
        ("pot", Because.POPULAR),
        ("cup", Because.POPULAR),
    ]


async def test_what_was_called_off_may_be_offered(database: Database, shop: InstallationId) -> None:
    await sell(database, shop, [basket("vase", status="CANCELED")])
    assert products(await shown(database, shop))[0] == "vase"


async def test_a_shelf_is_known_for_a_day_and_only_in_its_channel(database: Database, shop: InstallationId) -> None:
    assert len(await shown(database, shop, days_later=0.99)) == 5
    assert await shown(database, shop, days_later=1) == []
    assert await shown(database, shop, channel="b2b") == []


async def test_what_the_shop_does_not_tell_of_any_more_is_gone_at_once(
    database: Database, shop: InstallationId
) -> None:
    await stock(database, shop, gone=["pot", "vase"])
    assert products(await shown(database, shop, "tea", customer=None)) == ["cup", "lamp"]
    await stock(database, shop, "pot", at=NOON - timedelta(minutes=1))  # an answer that came late
    assert products(await shown(database, shop, "tea", customer=None)) == ["cup", "lamp"]
    await stock(database, shop, "pot")
    assert products(await shown(database, shop, "tea", customer=None)) == ["pot", "cup", "lamp"]


async def test_gift_cards_are_never_on_the_shelf(database: Database, shop: InstallationId) -> None:
    await stock(database, shop, on_shelf("vase", is_gift_card=True))
    assert "vase" not in products(await shown(database, shop))


async def test_cross_sell_knows_only_companions_of_the_cart(database: Database, shop: InstallationId) -> None:
    await sell(database, shop, [basket("cup")])
    found = await beside(database, shop, "tea", "lamp")
    assert [(one.product, one.of, one.because) for one in found] == [("pot", "tea", Because.BOUGHT_TOGETHER)]
    assert await beside(database, shop, "vase") == []
    assert await beside(database, shop) == ()


async def test_a_dearer_one_is_of_the_same_category_half_as_dear_again_at_most_and_as_popular(
    database: Database, shop: InstallationId
) -> None:
    # given: a lamp for 10.00 that nine have bought
    await sell(
        database,
        shop,
        [
            *strangers(9, "fitting"),
            *strangers(9, "pricey"),
            *strangers(8, "unloved"),
            *strangers(12, "equal"),
            *strangers(12, "other"),
            *strangers(12, "sold-out"),
            *strangers(18, "best"),
            *strangers(11, "mine"),
            basket("mine"),
        ],
    )
    await stock(
        database,
        shop,
        on_shelf("lamp", 1000, category=DEAR),
        on_shelf("fitting", 1500, category=DEAR),
        on_shelf("pricey", 1501, category=DEAR),
        on_shelf("unloved", 1200, category=DEAR),
        on_shelf("equal", 1000, category=DEAR),
        on_shelf("other", 1200, category=CHEAP),
        on_shelf("best", 1001, category=DEAR),
        on_shelf("mine", 1200, category=DEAR),
        gone=["sold-out"],
    )
    # then
    assert await instead(database, shop, "lamp", "vase") == [
        Recommended(product="best", because=Because.DEARER, of="lamp", score=2.0),
        Recommended(product="fitting", because=Because.DEARER, of="lamp", score=1.0),
    ]
    assert products(await instead(database, shop, "lamp", "best")) == ["fitting"]
    assert await instead(database, shop) == ()


async def test_two_statements_whatever_the_number(database: Database, shop: InstallationId) -> None:
    lengths = []
    for number in (1, 30):
        await sell(database, shop, [basket(*(f"g{each}" for each in range(number)))])
        for ask in (shown, beside, instead):
            with counted(database) as statements:
                await ask(database, shop, "tea", "lamp")
            lengths.append(len(statements))
    with counted(database) as statements:
        await shown(database, shop, "tea", customer=None)
    assert (lengths, len(statements)) == ([2] * 6, 1)


@pytest.mark.parametrize("seed", range(6))
async def test_nothing_is_shown_that_is_owned_in_the_cart_or_off_the_shelf(
    database: Database, installation: InstallationId, seed: int
) -> None:
    # given
    drawn = Random(seed)  # noqa: S311 # a repeatable draw
    names = [f"p{number}" for number in range(12)]
    everybody = [CustomerId(str(number)) for number in range(8)]
    bought = [
        basket(
            *drawn.sample(names, drawn.randint(1, 4)), customer=drawn.choice(everybody), days_ago=drawn.random() * 99
        )
        for _ in range(80)
    ]
    await sell(database, installation, bought)
    sold = drawn.sample(names, 8)
    priced = [on_shelf(one, drawn.choice((900, 1000, 1200)), category=drawn.choice((DEAR, CHEAP))) for one in sold]
    await stock(database, installation, *priced, gone=[one for one in names if one not in sold])
    # then
    seen = 0
    for customer in everybody:
        had = {line.product for one in bought if one.customer == customer for line in one.lines}
        cart = drawn.sample(names, 2)
        asked = (goods.recommended, goods.cross_sell, goods.upsell)
        async with database.shop(installation, read_only=True) as session:
            for ask in asked:
                found = await ask(session, installation, customer, channel=CHANNEL, cart=cart, at=NOON, first=5)
                assert set(products(found)) <= set(sold) - had - set(cart)
                assert len({*products(found)}) == len(found) <= 5
                assert [one.score for one in found] == sorted((one.score for one in found), reverse=True)
                seen += len(found)
    assert seen > 0
