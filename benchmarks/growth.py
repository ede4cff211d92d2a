"""P9: what reading and posting cost in small books and in large ones of the same shape."""

import asyncio
import time
from collections.abc import Awaitable, Callable, Sequence
from datetime import UTC, datetime
from functools import partial

from benchmarks.books import Books, books
from benchmarks.postgres import Server
from benchmarks.processes import cpu_seconds
from benchmarks.rounds import Go, Goes, Measured, Ratio, against, interleaved, per_cpu_second, per_second
from benchmarks.scale import Scale
from saleor_crm_app.crm import orders
from saleor_crm_app.kernel.db import Database
from saleor_crm_app.loyalty import points
from saleor_crm_app.loyalty.points import EntryWindow, Member
from tests.shop import observed, order

BALANCE, PAGE, EVENT = "balance read", "page of 20 entries", "earning event"
GOAL = 1.15

EACH = 50
"""Entries of each account; larger books have more accounts."""

BATCH = 50
"""Events of one transaction, as a worker takes them."""

Deed = Callable[[Database, Books, Sequence[Member]], Awaitable[None]]


def measure(scale: Scale, server: Server) -> Measured:
    """The two books stand side by side; each round does everything in either, with what it touches in memory."""
    sizes = [books(server, entries=entries, each=EACH) for entries in scale.growth_entries]
    deeds: dict[str, Deed] = {BALANCE: _read_balances, PAGE: _read_pages, EVENT: _earn}
    goes = interleaved(
        {
            named(what, made.entries): partial(_go, deed, made, server=server, number=scale.growth_reads)
            for what, deed in deeds.items()
            for made in sizes
        },
        rounds=scale.rounds,
    )
    small, large = (made.entries for made in sizes)
    for made in sizes:
        server.drop(made.place)
    ratios = [
        ratio
        for what in deeds
        for ratio in _ratios(
            f"{what}, {large:,} / {small:,} entries", goes[named(what, small)], goes[named(what, large)]
        )
    ]
    return Measured(name="P9", title="cost growth", per="times", goes=goes, ratios=ratios)


def _ratios(what: str, small: Goes, large: Goes) -> tuple[Ratio, Ratio]:
    """By the clock, which others on the machine slow too, and by the CPU time of the app and the database together."""
    return (
        Ratio(what=f"time of one {what}", figure=against(small, large, per_second), goal=GOAL, is_ceiling=True),
        Ratio(what=f"CPU time of one {what}", figure=against(small, large, per_cpu_second)),
    )


def named(what: str, entries: int) -> str:
    """How a contestant is called."""
    return f"{what}, {entries:,} entries"


def _go(deed: Deed, made: Books, *, server: Server, number: int) -> Go:
    return asyncio.run(_timed(deed, made, server, number))


async def _timed(deed: Deed, made: Books, server: Server, number: int) -> Go:
    """Once for nothing, so that pages and plans are there; then once by the clock."""
    database = Database(made.place.app, pool_size=1)
    members = spread(made, number)
    try:
        await deed(database, made, members)
        began, cpu_began = time.perf_counter(), time.process_time() + cpu_seconds(server.pid)
        await deed(database, made, members)
        seconds, cpu = time.perf_counter() - began, time.process_time() + cpu_seconds(server.pid) - cpu_began
    finally:
        await database.close()
    return Go(done=number, seconds=seconds, cpu_seconds=cpu)


def spread(made: Books, number: int) -> list[Member]:
    """So many members, evenly from all of them; again from the first where there are fewer."""
    return [made.member(each * made.customers // number % made.customers + 1) for each in range(number)]


async def _read_balances(database: Database, made: Books, members: Sequence[Member]) -> None:
    at = datetime.now(UTC)
    async with database.shop(made.shop, read_only=True) as session:
        for member in members:
            await points.balance_of(session, made.shop, member, at=at)


async def _read_pages(database: Database, made: Books, members: Sequence[Member]) -> None:
    async with database.shop(made.shop, read_only=True) as session:
        for member in members:
            await points.entries_of(session, made.shop, member, EntryWindow(most=20))


async def _earn(database: Database, made: Books, members: Sequence[Member]) -> None:
    at = datetime.now(UTC)
    for start in range(0, len(members), BATCH):
        bought = [
            order(customer=member.customer, charged=10_000, created_at=at, updated_at=at)
            for member in members[start : start + BATCH]
        ]
        async with database.shop(made.shop) as session:
            learnt = await orders.record(session, made.shop, observed(*bought), at=at)
            await points.accrue(session, made.shop, learnt.changed, at=at)
