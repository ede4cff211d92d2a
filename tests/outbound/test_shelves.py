"""What may be recommended is looked for in the shop, by the app's own jobs, and what is gone there is gone here."""

from collections.abc import Sequence
from decimal import Decimal

import pytest

from saleor_crm_app.crm import goods
from saleor_crm_app.crm.goods import LearnGoods, ReadShelf
from saleor_crm_app.demo import SimulatedShop
from saleor_crm_app.demo.catalog import Variant
from saleor_crm_app.demo.orders import DEFAULT_CHANNEL, Item
from saleor_crm_app.demo.troubles import Trouble
from saleor_crm_app.kernel.ids import InstallationId
from saleor_crm_app.saleor.business_time import business_time
from tests.journeys.conftest import RunningApp
from tests.outbound.conftest import Reading


@pytest.fixture
async def installation(shop: SimulatedShop, reading: Reading) -> InstallationId:
    return (await reading.installation(shop)).id


async def sold(app: RunningApp, shop: SimulatedShop, *together: Sequence[Variant]) -> None:
    """Strangers buy these, and the app hears of it."""
    for number, variants in enumerate(together):
        items = [Item(variant=one) for one in variants]
        value = sum((one.price for one in variants), Decimal(0))
        shop.orders.place(items, f"{number}@example.com", paid=value)
    await shop.deliveries.settled()
    await app.settle()


async def shown(app: RunningApp, shop: InstallationId, *cart: Variant) -> list[str]:
    async with app.database.shop(shop, read_only=True) as session:
        at = await business_time(session, shop)
        found = await goods.recommended(
            session, shop, None, channel=DEFAULT_CHANNEL, at=at, cart=[one.product.id for one in cart]
        )
    return [one.product for one in found]


async def test_goods_are_learnt_looked_for_and_gone_when_the_shop_sells_them_no_more(
    app: RunningApp, shop: SimulatedShop, installation: InstallationId
) -> None:
    # given
    tea, pot, vase, lamp, rug = (shop.shelves.sell(name, 10) for name in ("Tea", "Pot", "Vase", "Lamp", "Rug"))
    await sold(app, shop, *[(tea, pot)] * 5, *[(vase,)] * 30, *[(lamp,)] * 4, (rug,))
    shop.troubles.calls.clear()
    # when: nothing is known yet, so that half an hour is as good as a night
    await app.worker.goods.look_again()
    await app.settle()
    # then
    assert shop.troubles.calls == ["ProductsOnShelf"]
    assert await shown(app, installation, tea) == [one.product.id for one in (pot, vase, lamp, rug)]
    # when
    pot.stock = 0
    vase.product.hidden_in.add(DEFAULT_CHANNEL)
    lamp.prices[DEFAULT_CHANNEL] = None
    await app.worker.goods.look_again()
    await app.settle()
    # then
    assert shop.troubles.calls == ["ProductsOnShelf"] * 2
    assert await shown(app, installation, tea) == [rug.product.id]
    # when
    shop.shelves.delete_product(rug.product)
    pot.stock = 1
    await app.worker.goods.owe_all()
    await app.settle()
    # then
    assert await shown(app, installation, tea) == [pot.product.id]


async def test_a_shop_without_orders_is_asked_nothing(
    app: RunningApp, shop: SimulatedShop, installation: InstallationId
) -> None:
    shop.shelves.sell("Tea", 10)
    for _ in range(2):
        await app.worker.goods.look_again()
        await app.settle()
    assert shop.troubles.calls == []
    assert await shown(app, installation) == []


async def test_a_shop_that_is_away_is_left_alone_till_the_next_look(
    app: RunningApp, shop: SimulatedShop, installation: InstallationId
) -> None:
    # given
    tea = shop.shelves.sell("Tea", 10)
    await sold(app, shop, (tea,))
    shop.troubles.lasting = Trouble.UNAVAILABLE
    shop.troubles.calls.clear()
    # when
    await app.worker.goods.learn(LearnGoods(installation=installation))
    await app.settle()
    # then: what is not known is not shown, and no job is left behind
    assert shop.troubles.calls == ["ProductsOnShelf"]
    assert await shown(app, installation) == []
    shop.troubles.lasting = None
    await app.settle()
    assert shop.troubles.calls == ["ProductsOnShelf"]
    await app.worker.goods.look_again()
    await app.settle()
    assert await shown(app, installation) == [tea.product.id]


def test_a_look_is_a_job_of_one_shop(installation: InstallationId) -> None:
    assert ReadShelf(installation=installation).arguments() == {"installation": str(installation)}
