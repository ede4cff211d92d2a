"""Deliveries by the thousand, repeated, shuffled and lost, through web process and workers: equal to the oracle."""

from collections import Counter
from datetime import UTC, datetime, timedelta
from random import Random
from typing import Any

from saleor_crm_app.kernel.db import Database
from tests.conftest import Addresses
from tests.reliability import traffic
from tests.reliability.books import expected, findings, held, states, until_settled
from tests.reliability.busy_shop import install, reconcile
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


def lose(sent: traffic.Traffic, *, share: float, seed: int) -> list[traffic.Delivery]:
    """What still arrives when so many deliveries are lost, each with all that told of the same change."""
    change_of = {delivery.raw: _change(delivery.body) for delivery in sent.deliveries}
    changes = sorted(set(change_of.values()))
    Random(seed).shuffle(changes)  # noqa: S311 # it must repeat by its seed and guards nothing
    told, lost = Counter(change_of.values()), set[tuple[str, str]]()
    while sum(told[change] for change in lost) < share * len(change_of):
        lost.add(changes.pop())
    return [delivery for delivery in sent.deliveries if change_of[delivery.raw] not in lost]


def _change(body: dict[str, Any]) -> tuple[str, str]:
    subject = body.get("user") or body.get("order") or body["orders"][0]
    return subject["id"], subject["updatedAt"]


async def test_what_was_lost_is_repaired_by_one_reconcile(database: Database, addresses: Addresses) -> None:
    # given: of 10,000 events for 500 customers 3 in 100 are lost
    plan = traffic.Plan(seed=20261123, events=10_000, customers=500, start=ten_days_ago())
    sent = traffic.make(plan)
    arriving = lose(sent, share=0.03, seed=plan.seed)
    shop = await install(database)
    with web_processes(addresses, number=1) as [web], workers(addresses, number=2):
        await web.until_up()
        outcome = await Senders([web.url]).send(arriving)
        await until_settled(database, shop)
        # when
        found = await reconcile(database, shop, sent)
        await until_settled(database, shop)
    # then
    again = await reconcile(database, shop, sent)
    assert outcome.statuses == {200: len(arriving)}
    assert await held(database, shop) == expected(sent.truth.values()), plan
    assert await findings(database, shop) == ()
    assert (await states(database, shop)).keys() == {"APPLIED"}
    assert found.differences > 70, plan
    assert (again.differences, again.untold, again.unusable) == (0, 0, 0)
