"""Deliveries that Saleor gave up are read from it and replayed, each once, and only news of orders and customers."""

from collections import deque
from datetime import timedelta

import pytest
import sqlalchemy as sa

from saleor_crm_app.demo import SaleorVersion, SimulatedShop
from saleor_crm_app.demo.deliveries import Chaos
from saleor_crm_app.demo.troubles import Trouble
from saleor_crm_app.jobs.progress import Counts
from saleor_crm_app.outbound.reconcile_routes import Subject
from saleor_crm_app.saleor.client import ShopGraphQLError
from saleor_crm_app.saleor.installation_store import move_clock
from tests.journeys.conftest import RunningApp
from tests.outbound.conftest import OpenShop, Reading
from tests.outbound.trade import customers


async def replayed(app: RunningApp, reading: Reading, shop: SimulatedShop) -> Counts:
    found = await reading.reconciler.reconcile(await reading.installation(shop))
    await app.settle()
    (counts,) = [one.counts for one in found if one.subject == Subject.DELIVERIES_FAILED]
    return counts


async def inbox(app: RunningApp, reading: Reading, shop: SimulatedShop) -> dict[tuple[str, str], int]:
    """How many rows there are, by type and how they came."""
    installation = (await reading.installation(shop)).id
    query = sa.text("SELECT kind, source, count(*) AS rows FROM inbox GROUP BY kind, source")
    async with app.database.shop(installation, read_only=True) as session:
        return {(row.kind, row.source): row.rows for row in await session.execute(query)}


async def test_a_departure_that_was_lost_is_learnt_from_the_shops_own_record(
    app: RunningApp, open_shop: OpenShop, reading: Reading
) -> None:
    # given: on 3.21 only this delivery tells that somebody has left
    shop = await open_shop(SaleorVersion.V3_21)
    anna = shop.customers.register("anna@example.com")
    await shop.deliveries.settled()
    shop.deliveries.chaos = Chaos(drop=1.0)
    shop.customers.delete_self(anna)
    await shop.deliveries.settled()
    # when
    first = await replayed(app, reading, shop)
    second = await replayed(app, reading, shop)
    # then
    assert (first.seen, first.missing) == (1, 1)
    assert (second.seen, second.missing, second.equal) == (1, 0, 1)
    installation = (await reading.installation(shop)).id
    assert (await customers(app.database, installation))[str(anna.pk)][-1] is not None
    assert (await inbox(app, reading, shop))["AccountDeleted", "poll"] == 1


async def test_what_arrived_after_all_is_not_replayed(app: RunningApp, shop: SimulatedShop, reading: Reading) -> None:
    shop.customers.register("anna@example.com")
    await shop.deliveries.settled()
    (delivery,) = shop.deliveries.log
    delivery.status = type(delivery.status).FAILED  # stored by us, but our answer did not get through
    found = await replayed(app, reading, shop)
    assert (found.seen, found.equal, found.missing) == (1, 1, 0)
    assert (await inbox(app, reading, shop))["CustomerCreated", "webhook"] == 1


async def test_news_of_the_app_itself_is_not_replayed(app: RunningApp, shop: SimulatedShop, reading: Reading) -> None:
    # given: the app was switched off and on, and only the first was lost
    (own,) = [one for one in shop.state.apps.values() if one.token]
    shop.deliveries.chaos = Chaos(drop=1.0)
    shop.apps.deactivate(own)
    await shop.deliveries.settled()
    shop.deliveries.chaos = Chaos()
    shop.apps.activate(own)
    await shop.deliveries.settled()
    # when
    found = await replayed(app, reading, shop)
    # then: it would switch us off again
    assert (found.missing, found.unusable) == (0, 1)
    assert (await reading.installation(shop)).state.value == "ACTIVE"


async def test_more_than_a_page_is_read_once(app: RunningApp, shop: SimulatedShop, reading: Reading) -> None:
    # given: 120 failures of one webhook, and hours later three more
    shop.deliveries.chaos = Chaos(drop=1.0)
    for number in range(120):
        shop.customers.register(f"{number}@example.com")
    await shop.deliveries.settled()
    first = await replayed(app, reading, shop)
    first_calls = [name for name in shop.troubles.calls if name.startswith("Failed")]
    hours = timedelta(hours=3)
    shop.clock.advance(hours)
    await move_clock(app.database, (await reading.installation(shop)).id, by=hours)
    await replayed(app, reading, shop)
    for number in range(3):
        shop.customers.register(f"late-{number}@example.com")
    await shop.deliveries.settled()
    await replayed(app, reading, shop)
    shop.troubles.calls.clear()

    # when
    last = await replayed(app, reading, shop)

    # then
    assert (first.seen, first.missing) == (120, 120)
    assert first_calls == ["FailedDeliveries", "FailedDeliveriesMore", "FailedDeliveriesMore"]
    assert (last.seen, last.missing) == (3, 0)
    assert shop.troubles.calls[-1] == "FailedDeliveries"


async def test_a_replay_whose_cursor_means_nothing_any_more_begins_again(
    app: RunningApp, shop: SimulatedShop, reading: Reading
) -> None:
    # given: of 80 failures 50 were read
    shop.deliveries.chaos = Chaos(drop=1.0)
    for number in range(80):
        shop.customers.register(f"{number}@example.com")
    await shop.deliveries.settled()
    shop.troubles.coming = deque([None, None, None, Trouble.ERROR])
    with pytest.raises(ShopGraphQLError):
        await replayed(app, reading, shop)
    installation = (await reading.installation(shop)).id
    webhook = shop.deliveries.log[0].webhook.id
    async with app.database.shop(installation) as session:
        await session.execute(
            sa.text("UPDATE reading SET cursor = :cursor WHERE subject = 'deliveries.failed'"),
            {"cursor": f'[["{webhook}","gibberish"]]'},
        )
    # when
    await replayed(app, reading, shop)
    # then
    assert (await inbox(app, reading, shop))["CustomerCreated", "poll"] == 80
