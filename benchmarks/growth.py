"""P9: what reading and posting cost in small books and in large ones of the same shape."""

import asyncio
import time
from collections.abc import Awaitable, Callable, Mapping, Sequence
from datetime import UTC, datetime
from random import Random

from sqlalchemy.ext.asyncio import AsyncSession

from benchmarks.books import Books, books
from benchmarks.postgres import Server
from benchmarks.rounds import Go, Goes, Measured, Ratio, against, interleaved, per_second
from benchmarks.scale import Scale
from saleor_crm_app.crm import orders
from saleor_crm_app.kernel.db import Database
from saleor_crm_app.loyalty import points
from tests.shop import observed, order

BALANCE, PAGE, EVENT = "balance read", "page of 20 entries", "earning event"
GOAL = 1.15

EACH = 50
"""Entries of each account; larger books have more accounts."""

BATCH = 50
"""Events of one transaction, as a worker takes them."""

Deed = Callable[[AsyncSession, Books, Random], Awaitable[int]]


def measure(scale: Scale, server: Server) -> Measured:
    """The two books stand side by side; each round does everything once in either, with both caches warm."""
    sizes = {entries: books(server, entries=entries, each=EACH) for entries in scale.growth_entries}
    goes = interleaved(
        {
            named(what, entries): _contestant(deed, made, number=number, begin=not scale.warm)
            for what, (deed, number) in _deeds(scale).items()
            for entries, made in sizes.items()
        },
        rounds=scale.rounds,
    )
    for made in sizes.values():
        server.drop(made.place)
    small, large = scale.growth_entries
    ratios = [
        Ratio(
            what=f"time of a {what}, {large:,} / {small:,} entries",
            figure=against(goes[named(what, small)], goes[named(what, large)], per_second),
            goal=GOAL,
            is_ceiling=True,
        )
        for what in (BALANCE, PAGE, EVENT)
    ]
    return Measured(name="P9", title="cost growth", per="done", goes=goes, ratios=ratios)
