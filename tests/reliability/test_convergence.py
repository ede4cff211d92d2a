"""Deliveries by the thousand, repeated, shuffled and lost, through web process and workers: equal to the oracle."""

from datetime import UTC, datetime, timedelta
from random import Random

from saleor_crm_app.kernel.db import Database
from tests.conftest import Addresses
from tests.reliability import traffic
from tests.reliability.books import expected, findings, held, states, until_settled
from tests.reliability.busy_shop import install, poll
from tests.reliability.chaos import web_processes, workers
from tests.reliability.senders import Senders


def ten_days_ago() -> datetime:
    return datetime.now(UTC) - timedelta(days=10)


async def test_the_ledger_equals_the_oracle(database: Database, addresses: Addresses) -> None:
    sent = traffic.make(traffic.Plan(seed=20261122, start=ten_days_ago()))
    shop = await install(database)
    with web_processes(addresses, number=1) as [web], workers(addresses, number=2):
        await web.until_up()
        outcome = await Senders([web.url]).send(sent.deliveries)
        await until_settled(database, shop)
    assert outcome.statuses == {200: 2_600}
    assert await held(database, shop) == expected(sent.truth.values())
    assert await findings(database, shop) == ()
    assert await states(database, shop) == {"APPLIED": 2_000}


async def test_what_was_lost_is_repaired_by_reading_the_shop(database: Database, addresses: Addresses) -> None:
    # given: of 10,000 events for 500 customers every copy of 3 in 100 is lost
    plan = traffic.Plan(seed=20261123, events=10_000, customers=500, start=ten_days_ago())
    sent = traffic.make(plan)
    random = Random(plan.seed)  # noqa: S311 # it must repeat by its seed and guards nothing
    lost = set(random.sample(sorted({delivery.raw for delivery in sent.deliveries}), k=300))
    arriving = [delivery for delivery in sent.deliveries if delivery.raw not in lost]
    shop = await install(database)
    with web_processes(addresses, number=1) as [web], workers(addresses, number=2):
        await web.until_up()
        outcome = await Senders([web.url]).send(arriving)
        # when
        await poll(database, shop, sent.truth.values())
        await until_settled(database, shop)
    # then
    assert outcome.statuses == {200: len(arriving)}
    assert await held(database, shop) == expected(sent.truth.values()), plan
    assert await findings(database, shop) == ()
    assert await states(database, shop) == {"APPLIED": 9_700 + len(sent.truth)}
