"""The history of a shop, read, gives the very ledger that its webhooks would have given."""

import json
from datetime import UTC, date, datetime, timedelta

from saleor_crm_app.demo import SimulatedShop
from saleor_crm_app.demo.clock import ShopClock
from saleor_crm_app.demo.deliveries import Chaos
from saleor_crm_app.jobs.inbox import NewItem, append
from saleor_crm_app.kernel.ids import InstallationId
from saleor_crm_app.loyalty import points
from tests.conftest import MakeInstallation
from tests.journeys.conftest import RunningApp
from tests.outbound.conftest import Reading
from tests.outbound.trade import Trade, customers, ledger, mute, orders_paid


async def told(app: RunningApp, shop: SimulatedShop, installation: InstallationId) -> None:
    """Hand every webhook that the shop made to an installation, as if they had all arrived there."""
    bodies = [delivery.body for delivery in shop.deliveries.log]
    items = [
        NewItem.of(installation, kind=json.loads(body)["__typename"], source="webhook", body=body) for body in bodies
    ]
    for start in range(0, len(items), 100):
        await append(app.database, items[start : start + 100])
    await app.settle()


def long_ago(shop: SimulatedShop, *, days: int) -> None:
    """Set the shop's clock back; it goes on from there."""
    start = datetime.now(UTC) - timedelta(days=days)
    shop.clock = shop.state.clock = ShopClock(lambda: start)
    shop.events._now = shop.clock.now


async def test_a_backfill_of_300_orders_equals_what_webhooks_would_have_made(
    app: RunningApp, shop: SimulatedShop, reading: Reading, make_installation: MakeInstallation
) -> None:
    # given: a year of business of which one installation hears everything and the other nothing
    heard = await make_installation()
    shop.deliveries.chaos = Chaos(drop=1.0)
    long_ago(shop, days=360)
    trade = Trade(shop, seed=11)
    trade.greet(25)
    for _ in range(30):
        trade.sell(10)
        shop.clock.advance(timedelta(days=12))
    await shop.deliveries.settled()
    await told(app, shop, heard)
    unheard = (await reading.installation(shop)).id
    assert await ledger(app.database, unheard) == {}

    # when
    found = await reading.history(shop)
    again = await reading.history(shop)

    # then: dates and expiries are the orders' own
    assert (found.seen, found.missing + found.untold) == (325, 325)
    assert (again.equal, again.differences, again.untold) == (325, 0, 0)
    assert await ledger(app.database, unheard) == await ledger(app.database, heard)
    assert await customers(app.database, unheard) == await customers(app.database, heard)
    expiries = {held.expires_at.date() for held in (await ledger(app.database, unheard)).values() if held.expires_at}
    assert len(expiries) > 20
    async with app.database.shop(unheard, read_only=True) as session:
        assert (await points.verify(session, unheard)).findings == ()


async def test_a_backfill_from_a_day_on_reads_nothing_older(
    app: RunningApp, shop: SimulatedShop, reading: Reading
) -> None:
    mute(shop)
    long_ago(shop, days=10)
    orders_paid(shop, 4)
    shop.clock.advance(timedelta(days=5))
    orders_paid(shop, 3)
    installation = await reading.installation(shop)
    day: date = shop.clock.now().date()
    orders = (await reading.reconciler.backfill(installation, since=day))[1]
    assert (orders.counts.seen, orders.since) == (3, datetime(day.year, day.month, day.day, tzinfo=UTC))
    await app.settle()
    earlier = (await reading.reconciler.backfill(installation, since=day - timedelta(days=6)))[1]
    assert (earlier.counts.seen, earlier.counts.missing, earlier.counts.equal) == (7, 4, 3)
