"""Processes killed in the middle of their work: what was acknowledged is kept and applied, once."""

import asyncio
from collections.abc import Iterator, Sequence
from contextlib import ExitStack
from datetime import UTC, datetime, timedelta
from hashlib import sha256

import sqlalchemy as sa

from saleor_crm_app.kernel.db import Database
from saleor_crm_app.kernel.ids import InstallationId
from tests.conftest import Addresses
from tests.reliability import traffic
from tests.reliability.books import expected, findings, held, states, until_settled
from tests.reliability.busy_shop import install, poll
from tests.reliability.chaos import Killer, web_processes, workers
from tests.reliability.senders import Outcome, Senders

KILLS = 40


async def kept(database: Database, shop: InstallationId) -> dict[bytes, str]:
    """The state of every delivery by the digest of its body, as PostgreSQL reckons it."""
    async with database.shop(shop, read_only=True) as session:
        rows = await session.execute(sa.text("SELECT sha256(body) AS digest, state FROM inbox"))
        return {bytes(row.digest): row.state for row in rows}


def once_and_again(deliveries: Sequence[traffic.Delivery]) -> Iterator[traffic.Delivery]:
    """Without an end, so that the load lasts as long as the killing."""
    while True:
        yield from deliveries


async def send_while_killed(senders: Senders, killer: Killer, deliveries: Sequence[traffic.Delivery]) -> Outcome:
    stop = asyncio.Event()
    sending = asyncio.create_task(senders.send(once_and_again(deliveries), stop=stop))
    try:
        await killer.kill(KILLS)
    finally:
        stop.set()
        outcome = await sending
    return outcome


async def test_what_was_acknowledged_survives_forty_deaths_and_counts_once(
    database: Database, addresses: Addresses
) -> None:
    plan = traffic.Plan(seed=20261124, events=6_000, customers=300, start=datetime.now(UTC) - timedelta(days=10))
    sent = traffic.make(plan)
    shop = await install(database)
    with ExitStack() as stack:
        webs = stack.enter_context(web_processes(addresses, number=2))
        processes = [*webs, *stack.enter_context(workers(addresses, number=2))]
        await asyncio.gather(*(process.until_up() for process in processes))
        # when
        killer = Killer(processes, seed=plan.seed)
        outcome = await send_while_killed(Senders([web.url for web in webs]), killer, sent.deliveries)
        # then nothing acknowledged is lost, and all of it was applied
        await until_settled(database, shop)
        stored = await kept(database, shop)
        acknowledged = {sha256(raw).digest() for raw in outcome.acknowledged}
        figures = (plan.seed, killer.killed, outcome.statuses)
        assert len(killer.killed) == KILLS, figures
        assert acknowledged <= stored.keys(), figures
        assert set(stored.values()) == {"APPLIED"}, figures
        assert await findings(database, shop) == (), figures
        # and the rest, which was not sent yet or given up, is repaired by reading the shop
        await poll(database, shop, sent.truth.values())
        await until_settled(database, shop)
    assert await held(database, shop) == expected(sent.truth.values()), figures
    assert await findings(database, shop) == (), figures
    assert (await states(database, shop)).keys() == {"APPLIED"}
