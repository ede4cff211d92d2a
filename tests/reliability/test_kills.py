"""Processes and the database die in the middle of their work: what was acknowledged is kept and applied, once."""

import asyncio
import os
import signal
import time
from collections.abc import AsyncIterator, Awaitable, Iterator, Mapping, Sequence
from contextlib import ExitStack
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from pathlib import Path

import pytest
import sqlalchemy as sa

from saleor_crm_app.kernel import schema
from saleor_crm_app.kernel.db import Database
from saleor_crm_app.kernel.embedded import EmbeddedPostgres
from saleor_crm_app.kernel.ids import InstallationId
from saleor_crm_app.kernel.postgres_cluster import LOGIN_ROLE
from tests.conftest import Addresses
from tests.reliability import traffic
from tests.reliability.books import expected, findings, held, states, until_settled
from tests.reliability.busy_shop import install, reconcile
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


async def send_while(senders: Senders, deliveries: Sequence[traffic.Delivery], trouble: Awaitable[None]) -> Outcome:
    """Send for as long as the trouble lasts."""
    stop = asyncio.Event()
    sending = asyncio.create_task(senders.send(once_and_again(deliveries), stop=stop))
    try:
        await trouble
    finally:
        stop.set()
        outcome = await sending
    return outcome


def lost(outcome: Outcome, stored: Mapping[bytes, str]) -> set[bytes]:
    """What was acknowledged and is not there."""
    return {sha256(raw).digest() for raw in outcome.acknowledged} - stored.keys()


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
        outcome = await send_while(Senders([web.url for web in webs]), sent.deliveries, killer.kill(KILLS))
        # then nothing acknowledged is lost, and all of it was applied
        await until_settled(database, shop)
        stored = await kept(database, shop)
        figures = (plan.seed, killer.killed, outcome.statuses)
        assert len(killer.killed) == KILLS, figures
        assert lost(outcome, stored) == set(), figures
        assert set(stored.values()) == {"APPLIED"}, figures
        assert await findings(database, shop) == (), figures
        # and the rest, which was not sent yet or given up, is repaired by reading the shop
        await reconcile(database, shop, sent)
        await until_settled(database, shop)
    assert await held(database, shop) == expected(sent.truth.values()), figures
    assert await findings(database, shop) == (), figures
    assert (await states(database, shop)).keys() == {"APPLIED"}


@pytest.fixture
def durable(tmp_path: Path) -> Iterator[tuple[EmbeddedPostgres, Addresses]]:
    """A server of this test's own, as careful with what it has committed as in production."""
    server = EmbeddedPostgres(tmp_path / "durable", fast=False)
    try:
        found = server.start()
        schema.migrate(found.owner_url, login=LOGIN_ROLE)
        yield server, Addresses(found.owner_url, found.app_url)
    finally:
        server.remove()


async def crash(server: EmbeddedPostgres, *, times: int) -> None:
    """Let it die without a last word, stay away for a moment, and recover from its log."""
    for _ in range(times):
        await asyncio.sleep(2)
        await asyncio.to_thread(_die, server._cluster()._process_file)
        await asyncio.sleep(0.5)
        await asyncio.to_thread(server.start)
    await asyncio.sleep(1)


def _die(process_file: Path) -> None:
    os.kill(int(process_file.read_text().split()[0]), signal.SIGQUIT)
    deadline = time.monotonic() + 10
    while process_file.exists() and time.monotonic() < deadline:
        time.sleep(0.05)


@pytest.fixture
async def durable_database(durable: tuple[EmbeddedPostgres, Addresses]) -> AsyncIterator[Database]:
    database = Database(durable[1].app)
    yield database
    await database.close()


async def test_what_was_acknowledged_survives_crashes_of_the_database(
    durable: tuple[EmbeddedPostgres, Addresses], durable_database: Database
) -> None:
    (server, addresses), database = durable, durable_database
    plan = traffic.Plan(seed=20261125, events=4_000, customers=200, start=datetime.now(UTC) - timedelta(days=10))
    sent = traffic.make(plan)
    shop = await install(database)
    with web_processes(addresses, number=1) as [web], workers(addresses, number=1) as [worker]:
        await asyncio.gather(web.until_up(), worker.until_up())
        outcome = await send_while(Senders([web.url]), sent.deliveries, crash(server, times=3))
        await until_settled(database, shop)
        stored = await kept(database, shop)
        await reconcile(database, shop, sent)
        await until_settled(database, shop)
    figures = (plan.seed, outcome.statuses)
    assert outcome.statuses.keys() <= {200, 503}, figures
    assert lost(outcome, stored) == set(), figures
    assert set(stored.values()) == {"APPLIED"}, figures
    assert await held(database, shop) == expected(sent.truth.values()), figures
    assert await findings(database, shop) == (), figures
