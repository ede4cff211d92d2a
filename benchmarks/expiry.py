"""P7: points that lapse, posted by the job that does so. Beside one plain statement that empties as many lots."""

import asyncio
import time
from collections.abc import Callable

import psycopg

from benchmarks.books import Books, books
from benchmarks.postgres import Place, Server
from benchmarks.processes import cpu_seconds
from benchmarks.rounds import Go, Measured, Ratio, against, interleaved, middle, per_second
from benchmarks.scale import Scale
from saleor_crm_app.kernel.db import Database
from saleor_crm_app.reactions.time import Timekeeper

OURS = "our expiry job, an entry for each lot"
PLAIN = "one UPDATE that empties the lots"

EACH = 5
"""Lots of each account."""

_PLAIN = "UPDATE lot SET remaining = 0 WHERE remaining > held AND expires_at <= now()"
_LAPSED = "SELECT count(*) FROM entry WHERE kind = 'EXPIRE'"


def measure(scale: Scale, server: Server) -> Measured:
    """Every round works on a copy of the same books, all of whose lots have lapsed."""
    filled = books(server, entries=scale.lapsed_lots, each=EACH, lapsed=True)
    goes = interleaved(
        {
            OURS: lambda: _on_copy(server, filled, _ours),
            PLAIN: lambda: _on_copy(server, filled, _plain),
        },
        rounds=scale.rounds,
    )
    server.drop(filled.place)
    ratios = [
        Ratio(what="lots per second and worker", figure=middle(goes[OURS], per_second), goal=50_000),
        Ratio(
            what="lots posted / lots plainly emptied, per second", figure=against(goes[OURS], goes[PLAIN], per_second)
        ),
    ]
    return Measured(name="P7", title="expiry", per="lots", goes=goes, ratios=ratios)


def _on_copy(server: Server, filled: Books, work: Callable[[Place], int]) -> Go:
    place = server.clone(filled.place)
    server.checkpoint()
    database_before = cpu_seconds(server.pid)
    began, cpu_began = time.perf_counter(), time.process_time()
    done = work(place)
    seconds, cpu = time.perf_counter() - began, time.process_time() - cpu_began
    database_cpu = cpu_seconds(server.pid) - database_before
    server.drop(place)
    if done != filled.entries:
        raise ValueError(f"{filled.entries - done} lots did not lapse")
    return Go(done=done, seconds=seconds, cpu_seconds=cpu, notes={"database cpu-s": database_cpu})


def _ours(place: Place) -> int:
    asyncio.run(_expire(place))
    with psycopg.connect(place.owner) as owner:
        row = owner.execute(_LAPSED.encode()).fetchone()
    return int(row[0]) if row else 0


async def _expire(place: Place) -> None:
    database = Database(place.app, pool_size=1)
    try:
        await Timekeeper(database).expire_points()
    finally:
        await database.close()


def _plain(place: Place) -> int:
    with psycopg.connect(place.owner, autocommit=True) as owner:
        return owner.execute(_PLAIN.encode()).rowcount
