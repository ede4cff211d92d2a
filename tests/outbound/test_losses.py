"""What webhooks lost, a reconcile finds; what it found, the next one does not find again."""

import pytest

from saleor_crm_app.demo import SaleorVersion
from saleor_crm_app.demo.deliveries import Chaos
from saleor_crm_app.demo.order import OrderStatus
from saleor_crm_app.loyalty import points
from tests.journeys.conftest import RunningApp
from tests.outbound.conftest import OpenShop, Reading
from tests.outbound.trade import Trade, customers, ledger


@pytest.mark.parametrize(
    ("version", "kept_by_saleor"),
    [
        (SaleorVersion.V3_21, True),
        (SaleorVersion.V3_22, False),
        (SaleorVersion.V3_23, True),
        (SaleorVersion.V3_23, False),
    ],
)
async def test_one_reconcile_makes_good_what_was_lost(
    app: RunningApp,
    open_shop: OpenShop,
    reading: Reading,
    version: SaleorVersion,
    kept_by_saleor: bool,
) -> None:
    # given: the same business in two shops, of which one loses three deliveries of ten
    lossless, lossy = await open_shop(version), await open_shop(version)
    lossy.deliveries.chaos = Chaos(drop=0.3, seed=5)
    for shop in (lossless, lossy):
        trade = Trade(shop, seed=8)
        trade.greet(12)
        trade.sell(60)
        await shop.deliveries.settled()
    await app.settle()
    right, poor = [(await reading.installation(shop)).id for shop in (lossless, lossy)]
    wanted, had = await ledger(app.database, right), await ledger(app.database, poor)
    wrong = {order for order in {*wanted, *had} if wanted.get(order) != had.get(order)}
    assert len(wrong) > 3
    if not kept_by_saleor:
        lossy.deliveries.log.clear()

    # when
    found = await reading.often(lossy)
    again = await reading.often(lossy)

    # then
    assert found.stale + found.missing >= len(wrong)
    assert (again.differences, again.unusable) == (0, 0)
    assert again.equal > 60
    assert await ledger(app.database, poor) == wanted
    assert await customers(app.database, poor) == await customers(app.database, right)
    async with app.database.shop(poor, read_only=True) as session:
        assert (await points.verify(session, poor)).findings == ()


async def test_a_shop_that_lost_nothing_teaches_nothing(app: RunningApp, open_shop: OpenShop, reading: Reading) -> None:
    shop = await open_shop()
    trade = Trade(shop, seed=3)
    trade.greet(5)
    trade.sell(20)
    await shop.deliveries.settled()
    await app.settle()
    found = await reading.fully(shop)
    unpaid = sum(order.charged == 0 and order.status is OrderStatus.UNCONFIRMED for order in trade.orders)
    assert (found.missing, found.stale, found.gone, found.unusable) == (0, 0, 0, 0)
    assert found.untold == unpaid > 0
    assert (await reading.fully(shop)).untold == 0
