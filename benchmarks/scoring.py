"""P7: a night that ranks, phases and segments all customers, their first and a usual one. Beside the bare ranking."""

import asyncio
import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from functools import partial

import psycopg

from benchmarks.postgres import Place, Server
from benchmarks.processes import cpu_seconds
from benchmarks.rounds import Go, Goes, Measured, Ratio, against, interleaved, middle, per_second
from benchmarks.scale import Scale
from benchmarks.shop import install
from saleor_crm_app.crm import segments
from saleor_crm_app.crm.customers import Place as CustomerPlace
from saleor_crm_app.crm.insight import score_all
from saleor_crm_app.kernel.db import Database
from saleor_crm_app.kernel.ids import CustomerId, InstallationId, shard_key
from saleor_crm_app.reactions.segments import PAGE
from tests.reliability.signer import Signer

FIRST = "our scores, the first night"
USUAL = "our scores, a night on which two in a hundred have ordered"
SEGMENTS = "our twelve ready segments of everybody, the first night"
SEGMENTS_USUAL = "our twelve ready segments, a night on which two in a hundred have ordered"
BARE = "three ntile() and no phases, into a table without keys"

GOAL = 1_000_000 / 60
"""A million customers within a minute."""

_NOW = datetime(2026, 11, 1, 2, tzinfo=UTC)
_WHO = "CREATE TEMP TABLE who (n bigint PRIMARY KEY, shard bigint, customer text)"
# four in five have bought, half of them again; numbers are spread by multiplying, so that every run has the same
_FILL = """
    INSERT INTO customer_rollup (installation_id, shard_key, customer_id, joined_at, currency, orders, orders_365,
                                 revenue, revenue_365, first_order_at, last_order_at, second_day, gaps, gap_days,
                                 rolled_at)
    SELECT %(shop)s, shard, customer, %(at)s - interval '900 days', 'EUR', orders, orders, orders * spent,
           orders * spent, CASE WHEN orders > 0 THEN last_at - interval '1 day' * gap * gaps END,
           CASE WHEN orders > 0 THEN last_at END, CASE WHEN gaps > 0 THEN last_at - interval '1 day' * gap END, gaps,
           CASE WHEN gaps > 0 THEN gap END, %(at)s
    FROM (SELECT who.*, greatest(0, n * 7919 %% 10 - 1) AS orders, greatest(0, n * 7919 %% 10 - 5) AS gaps,
                 n * 104729 %% 9000 + 1000 AS spent, n * 1299709 %% 60 + 5 AS gap,
                 %(at)s - interval '1 minute' * (n * 15485863 %% 1000000) AS last_at FROM who) AS made
    ORDER BY shard, customer
"""
_BUY = """
    UPDATE customer_rollup SET orders = orders + 1, revenue = revenue + 5000, gaps = gaps + 1, gap_days = 30,
                               first_order_at = coalesce(first_order_at, %(at)s), last_order_at = %(at)s
    WHERE abs(shard_key) %% 50 = 0
"""
_BARE = """
    CREATE TABLE bare AS SELECT shard_key, customer_id, ntile(5) OVER (ORDER BY last_order_at) AS r,
        ntile(5) OVER (ORDER BY orders) AS f, ntile(5) OVER (ORDER BY revenue) AS m FROM customer_rollup
"""


def measure(scale: Scale, server: Server) -> Measured:
    """Every go works on a copy: of customers never scored, or of those who were, on the night before."""
    customers = scale.scored_customers
    fresh = server.migrated()
    shop = asyncio.run(_open(fresh))
    _fill(fresh, shop, customers)
    scored = server.clone(fresh)
    _score(scored, shop=shop, at=_NOW)
    segmented = server.clone(scored)
    asyncio.run(_with_segments(segmented, shop, at=_NOW))
    unsegmented = server.clone(segmented)
    _segment(segmented, shop=shop, at=_NOW)
    _as_owner(segmented, _BUY, at=_NOW + timedelta(hours=12))
    _as_owner(segmented, "VACUUM (ANALYZE)")
    _as_owner(scored, _BUY, at=_NOW + timedelta(hours=12))
    _as_owner(scored, "VACUUM (ANALYZE)")
    night = partial(_score, shop=shop, at=_NOW + timedelta(days=1))
    sorting = partial(_segment, shop=shop, at=_NOW + timedelta(days=1))
    goes = interleaved(
        {
            FIRST: lambda: _on_copy(server, fresh, customers, night),
            USUAL: lambda: _on_copy(server, scored, customers, night),
            SEGMENTS: lambda: _on_copy(server, unsegmented, customers, sorting),
            SEGMENTS_USUAL: lambda: _on_copy(server, segmented, customers, sorting),
            BARE: lambda: _on_copy(server, fresh, customers, lambda place: _as_owner(place, _BARE)),
        },
        rounds=scale.rounds,
    )
    for place in (fresh, scored, segmented, unsegmented):
        server.drop(place)
    ratios = [
        Ratio(what="customers per second, a usual night", figure=middle(goes[USUAL], per_second), goal=GOAL),
        Ratio(what="customers per second, the first night", figure=middle(goes[FIRST], per_second), goal=GOAL),
        Ratio(what="customers segmented per second, a usual night", figure=_rate(goes[SEGMENTS_USUAL]), goal=GOAL),
        Ratio(what="customers segmented per second, the first night", figure=_rate(goes[SEGMENTS]), goal=GOAL),
        Ratio(what="a usual night / the bare ranking", figure=against(goes[USUAL], goes[BARE], per_second)),
    ]
    return Measured(name="P7 scores", title="ranks and phases", per="customers", goes=goes, ratios=ratios)


def _rate(goes: Goes) -> float:
    return middle(goes, per_second)


def _on_copy(server: Server, filled: Place, customers: int, work: Callable[[Place], None]) -> Go:
    place = server.clone(filled)
    server.checkpoint()
    database_before = cpu_seconds(server.pid)
    began, cpu_began = time.perf_counter(), time.process_time()
    work(place)
    seconds, cpu = time.perf_counter() - began, time.process_time() - cpu_began
    database_cpu = cpu_seconds(server.pid) - database_before
    server.drop(place)
    return Go(done=customers, seconds=seconds, cpu_seconds=cpu, notes={"database cpu-s": database_cpu})


def _score(place: Place, *, shop: InstallationId, at: datetime) -> None:
    asyncio.run(_night(place, shop, at))


async def _night(place: Place, shop: InstallationId, at: datetime) -> None:
    database = Database(place.app, pool_size=1)
    try:
        async with database.shop(shop) as session:
            await score_all(session, shop, at=at)
    finally:
        await database.close()


async def _with_segments(place: Place, shop: InstallationId, *, at: datetime) -> None:
    database = Database(place.app, pool_size=1)
    try:
        async with database.shop(shop) as session:
            await segments.create_ready(session, shop, at=at)
    finally:
        await database.close()


def _segment(place: Place, *, shop: InstallationId, at: datetime) -> None:
    asyncio.run(_all_segments(place, shop, at))


async def _all_segments(place: Place, shop: InstallationId, at: datetime) -> None:
    """As the nightly job does, page by page, each in a transaction of its own."""
    database = Database(place.app, pool_size=1)
    after: CustomerPlace | None = None
    try:
        while True:
            async with database.shop(shop) as session:
                until = await segments.end_of_page(session, shop, after=after, size=PAGE)
                await segments.follow_all(session, shop, (after, until), at=at)
                if until is None:
                    await segments.measure(session, shop, at=at)
                    return
            after = until
    finally:
        await database.close()


async def _open(place: Place) -> InstallationId:
    database = Database(place.app)
    try:
        return await install(database, Signer.with_new_key())
    finally:
        await database.close()


def _fill(place: Place, shop: InstallationId, customers: int) -> None:
    with psycopg.connect(place.owner, autocommit=True) as owner:
        owner.execute(_WHO.encode())
        with owner.cursor().copy("COPY who FROM STDIN") as rows:
            for number in range(1, customers + 1):
                customer = CustomerId(str(number))
                rows.write_row((number, shard_key(shop, customer), customer))
        owner.execute(_FILL.encode(), {"shop": shop, "at": _NOW})
        owner.execute("VACUUM (ANALYZE)")


def _as_owner(place: Place, statement: str, **values: object) -> None:
    with psycopg.connect(place.owner, autocommit=True) as owner:
        owner.execute(statement.encode(), values or None)
