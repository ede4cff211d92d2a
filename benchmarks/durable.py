"""P2: signature to commit to 200, all of it durable. The real web process beside pgbench, and the SDK for P3."""

import asyncio
import os
import sys
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

import psycopg

from benchmarks.deliveries import bodies_of_orders, signed_requests
from benchmarks.door import loaded
from benchmarks.load import write
from benchmarks.postgres import NAIVE_TABLES, Place, Server, pgbench, pgbench_program
from benchmarks.processes import cpu_seconds, free_port, served
from benchmarks.rounds import (
    Contestants,
    Go,
    Measured,
    NoYardstick,
    Ratio,
    against,
    interleaved,
    per_cpu_second,
    per_second,
)
from benchmarks.scale import Scale
from benchmarks.sdk import sdk_handler
from benchmarks.shop import SECRET, install
from saleor_crm_app.kernel.db import Database
from tests.reliability.signer import Signer

OURS = "our web process, 64 connections"
PGBENCH = "pgbench, naive 4 statements, 16 clients"
SDK = "official SDK on bare Node, verify only"


def measure(scale: Scale, server: Server, home: Path, lacking: list[str]) -> list[Measured]:
    """P2, and P3 from the same rounds; what cannot be had here is told in `lacking`."""
    with _contestants(scale, server, home, lacking) as contestants:
        goes = interleaved(contestants, rounds=scale.rounds)
    durable, verify_only = [], []
    if PGBENCH in goes:
        rate = against(goes[OURS], goes[PGBENCH], per_second)
        durable.append(Ratio(what="our web process / pgbench, per second", figure=rate, goal=1.2))
    if SDK in goes:
        rate, cost = (against(goes[OURS], goes[SDK], figure) for figure in (per_second, per_cpu_second))
        verify_only = [
            Ratio(what="our durable 200 / SDK's mere verification, per second", figure=rate, goal=2),
            Ratio(what="our durable 200 / SDK's mere verification, per CPU-second", figure=cost, goal=3),
        ]
    return [
        Measured(name="P2", title="signature to commit to 200", per="req", goes=goes, ratios=durable),
        Measured(name="P3", title="", per="req", goes={}, ratios=verify_only),
    ]


@contextmanager
def _contestants(scale: Scale, server: Server, home: Path, lacking: list[str]) -> Iterator[Contestants]:
    """Everybody ready."""
    signer = Signer.with_new_key()
    packs = _packs(scale, signer, home)
    place, naive = server.migrated(), server.empty()
    asyncio.run(_install(place, signer))
    with psycopg.connect(naive.owner, autocommit=True) as connection:
        connection.execute(NAIVE_TABLES.encode())
    with ExitStack() as stack:
        pid, port = stack.enter_context(web_process(place, home))
        found: Contestants = {
            OURS: _with_database(server, _each_pack(pid, port, packs, scale)),
        }
        try:
            program = pgbench_program()
            found[PGBENCH] = _with_database(server, lambda: pgbench(program, naive, seconds=scale.pgbench_seconds))
        except NoYardstick as reason:
            lacking.append(f"{PGBENCH}: {reason}")
        try:
            found[SDK] = loaded(*stack.enter_context(sdk_handler(signer, home)), packs[0], scale.durable_requests)
        except NoYardstick as reason:
            lacking.append(f"{SDK}: {reason}")
        if scale.warm:
            for go in found.values():
                go()
        yield found


def _packs(scale: Scale, signer: Signer, home: Path) -> list[Path]:
    """One file of requests for each round and one to warm up: no delivery is sent twice."""
    number = scale.durable_requests
    requests = signed_requests(bodies_of_orders(number * (scale.rounds + 1), seed=2), signer)
    return [
        write(requests[start : start + number], home / f"durable.{start}.requests")
        for start in range(0, len(requests), number)
    ]


def _each_pack(pid: int, port: int, packs: list[Path], scale: Scale) -> Callable[[], Go]:
    goes = (loaded(pid, port, pack, scale.durable_requests) for pack in packs)

    def go() -> Go:
        return next(goes)()

    return go


def _with_database(server: Server, act: Callable[[], Go]) -> Callable[[], Go]:
    """Start from a written-out database, and note the database's own CPU time."""

    def go() -> Go:
        server.checkpoint()
        before = cpu_seconds(server.pid)
        done = act()
        spent = cpu_seconds(server.pid) - before
        notes = {**done.notes, "database cpu-s": spent}
        return Go(done=done.done, seconds=done.seconds, cpu_seconds=done.cpu_seconds, notes=notes)

    return go


async def _install(place: Place, signer: Signer) -> None:
    database = Database(place.app)
    try:
        await install(database, signer)
    finally:
        await database.close()


@contextmanager
def web_process(place: Place, home: Path) -> Iterator[tuple[int, int]]:
    """`serve` as an operator starts it, with one web process."""
    port = free_port()
    environment = os.environ | {"DATABASE_URL": place.app, "SECRET_KEY": SECRET, "SETUP_CODE": "off"}
    command = [sys.executable, "-m", "saleor_crm_app", "serve", "--without-worker", "--port", str(port)]
    url = f"http://127.0.0.1:{port}/health/ready"
    with served(command, url=url, log=home / "web.log", environment=environment) as pid:
        yield pid, port
