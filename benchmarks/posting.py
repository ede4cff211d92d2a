"""P4: from the inbox to posted entries, by one worker process. Beside bare inserts into a ledger of no laws."""

import asyncio
import json
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from random import Random
from uuid import uuid4

import asyncpg
import psycopg

from benchmarks.deliveries import earning, told
from benchmarks.five_rules import publish_five
from benchmarks.postgres import ACCOUNTS, NAIVE_TABLES, Place, Server
from benchmarks.processes import cpu_seconds
from benchmarks.rounds import Contestants, Go, Measured, Ratio, against, interleaved, middle, per_second
from benchmarks.scale import Scale
from benchmarks.shop import install
from saleor_crm_app.jobs.inbox import NewItem, append
from saleor_crm_app.kernel.db import Database
from tests.reliability.shop import Delivery
from tests.reliability.signer import Signer

AS_TOLD = "our worker, as a shop sends"
EARNING = "our worker, each delivery earning"
RULES = "our worker, each earning by five rules"
BARE = "bare inserts by asyncpg, 128 a time"

TOGETHER = 128

_EVENTS = "INSERT INTO naive_event SELECT unnest($1::text[]) ON CONFLICT DO NOTHING"
_ENTRIES = "INSERT INTO naive_entry (account, points) SELECT * FROM unnest($1::bigint[], $2::bigint[])"
_BALANCES = """
    UPDATE naive_balance SET points = naive_balance.points + new.points
    FROM unnest($1::bigint[], $2::bigint[]) AS new (account, points) WHERE naive_balance.account = new.account
"""
_OUTBOX = "INSERT INTO naive_outbox (job) SELECT unnest($1::text[])"


def measure(scale: Scale, server: Server) -> Measured:
    with _contestants(scale, server) as contestants:
        goes = interleaved(contestants, rounds=scale.rounds)
    ratios = [
        Ratio(
            what="events per second and worker, as a shop sends them",
            figure=middle(goes[AS_TOLD], per_second),
            goal=5_000,
        ),
        Ratio(what="events per second and worker, each earning", figure=middle(goes[EARNING], per_second)),
        Ratio(
            what="events per second and worker, each earning by five rules",
            figure=middle(goes[RULES], per_second),
            goal=5_000,
        ),
        Ratio(
            what="by five rules / by the base rate, per second", figure=against(goes[RULES], goes[EARNING], per_second)
        ),
        Ratio(what="each earning / bare inserts, per second", figure=against(goes[EARNING], goes[BARE], per_second)),
    ]
    return Measured(name="P4", title="inbox to posted entries", per="events", goes=goes, ratios=ratios)


@contextmanager
def _contestants(scale: Scale, server: Server) -> Iterator[Contestants]:
    """Inboxes filled beforehand; each go works on a copy of its own."""
    deliveries = told(events=scale.posting_events, customers=scale.posting_customers, seed=3)
    earners = earning(deliveries)
    naive = server.empty()
    with psycopg.connect(naive.owner, autocommit=True) as connection:
        connection.execute(NAIVE_TABLES.encode())
    yield {
        AS_TOLD: _worker(server, _filled(server, deliveries), len(deliveries)),
        EARNING: _worker(server, _filled(server, earners), len(earners)),
        RULES: _worker(server, _filled(server, earners, has_rules=True), len(earners)),
        BARE: lambda: asyncio.run(_bare(naive, len(earners))),
    }


def _filled(server: Server, deliveries: Sequence[Delivery], *, has_rules: bool = False) -> Place:
    place = server.migrated()
    asyncio.run(_fill(place, deliveries, has_rules=has_rules))
    return place


async def _fill(place: Place, deliveries: Sequence[Delivery], *, has_rules: bool) -> None:
    database = Database(place.app)
    try:
        shop = await install(database, Signer.with_new_key())
        if has_rules:
            await publish_five(database, shop)
        items = [
            NewItem.of(shop, kind=delivery.body["__typename"], source="webhook", body=delivery.raw)
            for delivery in deliveries
        ]
        for start in range(0, len(items), TOGETHER):
            await append(database, items[start : start + TOGETHER])
    finally:
        await database.close()


def _worker(server: Server, filled: Place, number: int) -> Callable[[], Go]:
    def go() -> Go:
        place = server.clone(filled)
        server.checkpoint()
        before = cpu_seconds(server.pid)
        worked = _work(place, number)
        spent = cpu_seconds(server.pid) - before
        with psycopg.connect(place.owner) as connection:
            entries = _count(connection, "SELECT count(*) FROM entry")
            points = _count(connection, "SELECT coalesce(sum(points), 0) FROM entry")
            waiting = _count(connection, "SELECT count(*) FROM inbox WHERE state <> 'APPLIED'")
        server.drop(place)
        if waiting:
            raise ValueError(f"{waiting} deliveries were not applied")
        return Go(
            done=number,
            seconds=worked["seconds"],
            cpu_seconds=worked["cpu_seconds"],
            notes={
                "entries per event": entries / number,
                "points per event": points / number,
                "entries/s": entries / worked["seconds"],
                "statements per batch": worked["statements"] / worked["batches"],
                "statements per event": worked["statements"] / number,
                "database cpu-s": spent,
            },
        )

    return go


def _work(place: Place, number: int) -> dict[str, float]:
    command = [sys.executable, "-m", "benchmarks.posting_worker", place.app, str(number)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode:
        raise ChildProcessError(done.stderr[-2000:])
    figures: dict[str, float] = json.loads(done.stdout)
    return figures


def _count(connection: psycopg.Connection[psycopg.rows.TupleRow], query: str) -> int:
    row = connection.execute(query.encode()).fetchone()
    return int(row[0]) if row else 0


async def _bare(naive: Place, number: int) -> Go:
    """One connection, as many rows at once as gain anything, nothing decided and nothing read."""
    random = Random(number)  # noqa: S311 # it must repeat and guards nothing
    connection = await asyncpg.connect(naive.owner)
    began, cpu_began = time.perf_counter(), time.process_time()
    for _ in range(0, number, TOGETHER):
        accounts = random.sample(range(1, ACCOUNTS + 1), TOGETHER)
        points, texts = [10] * TOGETHER, [uuid4().hex for _ in accounts]
        async with connection.transaction():
            await connection.execute(_EVENTS, texts)
            await connection.execute(_ENTRIES, accounts, points)
            await connection.execute(_BALANCES, accounts, points)
            await connection.execute(_OUTBOX, texts)
    seconds, cpu = time.perf_counter() - began, time.process_time() - cpu_began
    await connection.close()
    return Go(done=-(-number // TOGETHER) * TOGETHER, seconds=seconds, cpu_seconds=cpu)
