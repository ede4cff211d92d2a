"""P7: what is bought together, from all order lines of two years. Beside a plain statement that counts pairs."""

import asyncio
import time
from collections.abc import Awaitable, Callable, Sequence
from datetime import UTC, datetime

import psycopg
from sqlalchemy.ext.asyncio import AsyncSession

from benchmarks.bought import Bought, bought
from benchmarks.postgres import Place, Server
from benchmarks.processes import cpu_seconds
from benchmarks.rounds import Go, Measured, Ratio, against, interleaved, middle, per_second
from benchmarks.scale import Scale
from saleor_crm_app.crm import goods
from saleor_crm_app.crm.goods.learning import make_room
from saleor_crm_app.crm.goods.pairing import pair_products
from saleor_crm_app.kernel.db import Database
from saleor_crm_app.kernel.ids import InstallationId

FIRST = "the first night, every order read"
PAIRS = "companions, from the baskets as they are kept"
NIGHT = "a night, with popularity and gaps"
PLAIN = "one SELECT that counts pairs in the orders"

_PLAIN = """
    SELECT count(*) FROM (
        SELECT FROM order_fact
        CROSS JOIN LATERAL jsonb_path_query_array(snapshot, '$.lines[*].product') AS products
        CROSS JOIN LATERAL jsonb_array_elements_text(products) AS one
        CROSS JOIN LATERAL jsonb_array_elements_text(products) AS other
        WHERE one < other GROUP BY one, other HAVING count(*) >= 5
    ) AS pairs
"""
_PAIRED = "SELECT count(*) FROM product_pair"

Act = Callable[[AsyncSession, InstallationId], Awaitable[None]]


def measure(scale: Scale, server: Server) -> Measured:
    """Every round works on copies: of the orders alone, and of orders with their baskets."""
    orders = bought(server, lines=scale.bought_lines)
    kept = Bought(place=server.clone(orders.place), shop=orders.shop, lines=orders.lines)
    asyncio.run(_do(kept.place, kept.shop, _learn))
    with psycopg.connect(kept.place.owner, autocommit=True) as owner:
        owner.execute("VACUUM (ANALYZE)")
    goes = interleaved(
        {
            FIRST: lambda: _go(server, orders, lambda place: asyncio.run(_do(place, orders.shop, _learn))),
            PAIRS: lambda: _go(server, kept, lambda place: asyncio.run(_do(place, kept.shop, _pair))),
            NIGHT: lambda: _go(server, kept, lambda place: asyncio.run(_do(place, kept.shop, _learn))),
            PLAIN: lambda: _go(server, orders, _plain),
        },
        rounds=scale.rounds,
    )
    server.drop(orders.place)
    server.drop(kept.place)
    return Measured(
        name="P7 co-purchase", title="what is bought together", per="lines", goes=goes, ratios=_ratios(goes)
    )


def _ratios(goes: dict[str, list[Go]]) -> Sequence[Ratio]:
    goal = 10_000_000 / 30
    return [
        Ratio(what="lines per second, companions", figure=middle(goes[PAIRS], per_second), goal=goal),
        Ratio(what="lines per second, a whole night", figure=middle(goes[NIGHT], per_second)),
        Ratio(what="lines per second, the first night", figure=middle(goes[FIRST], per_second)),
        Ratio(
            what="companions / plainly counted pairs, per second", figure=against(goes[PAIRS], goes[PLAIN], per_second)
        ),
    ]


def _go(server: Server, made: Bought, work: Callable[[Place], None]) -> Go:
    place = server.clone(made.place)
    server.checkpoint()
    database_before = cpu_seconds(server.pid)
    began, cpu_began = time.perf_counter(), time.process_time()
    work(place)
    seconds, cpu = time.perf_counter() - began, time.process_time() - cpu_began
    database_cpu = cpu_seconds(server.pid) - database_before
    server.drop(place)
    return Go(done=made.lines, seconds=seconds, cpu_seconds=cpu, notes={"database cpu-s": database_cpu})


async def _do(place: Place, shop: InstallationId, act: Act) -> None:
    database = Database(place.app, pool_size=1)
    try:
        async with database.shop(shop) as session:
            await act(session, shop)
    finally:
        await database.close()


async def _learn(session: AsyncSession, shop: InstallationId) -> None:
    await goods.learn(session, shop, at=datetime.now(UTC))


async def _pair(session: AsyncSession, shop: InstallationId) -> None:
    await make_room(session)
    await pair_products(session, shop)


def _plain(place: Place) -> None:
    with psycopg.connect(place.owner, autocommit=True) as owner:
        owner.execute(_PLAIN.encode())
