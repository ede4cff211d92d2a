"""P6: what one member is offered, of 200 live offers, in a small shop and in a large one of the same shape."""

import asyncio
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
from functools import partial
from typing import Final

import sqlalchemy as sa

from benchmarks.books import CHANNEL, Books
from benchmarks.growth import spread
from benchmarks.postgres import Server
from benchmarks.processes import cpu_seconds
from benchmarks.rounds import Go, Measured, Ratio, against, interleaved, per_second
from benchmarks.scale import Scale
from benchmarks.stall import crowd
from saleor_crm_app.issuing import OfferDesk
from saleor_crm_app.kernel.db import Database
from saleor_crm_app.kernel.ids import CustomerId
from saleor_crm_app.loyalty import points
from saleor_crm_app.loyalty.offers import Decision, Question

GOAL_CPU_MS: Final = 5.0
GOAL_STATEMENTS: Final = 4
GOAL_GROWTH: Final = 1.15

DATABASE_CPU = "database CPU ms"
CPU, STATEMENTS, SHOWN = "app CPU ms a decision", "most statements a decision", "offers shown"


def measure(scale: Scale, server: Server) -> Measured:
    """The two shops stand side by side; in each round as many members of either are decided about."""
    sizes = [crowd(server, members=members) for members in scale.offer_members]
    goes = interleaved(
        {named(made.customers): partial(_go, made, server=server, number=scale.offer_decisions) for made in sizes},
        rounds=scale.rounds,
    )
    for made in sizes:
        server.drop(made.place)
    small, large = (made.customers for made in sizes)
    last = goes[named(large)]
    ratios = [
        Ratio(
            what=f"{CPU}, {large:,} members",
            figure=sorted(go.notes[CPU] for go in last)[len(last) // 2],
            goal=GOAL_CPU_MS,
            is_ceiling=True,
        ),
        Ratio(
            what=STATEMENTS,
            figure=max(go.notes[STATEMENTS] for go in last),
            goal=GOAL_STATEMENTS,
            is_ceiling=True,
        ),
        Ratio(
            what=f"time of one decision, {large:,} / {small:,} members",
            figure=against(goes[named(small)], last, per_second),
            goal=GOAL_GROWTH,
            is_ceiling=True,
        ),
        Ratio(
            what=f"CPU time of one decision, app and database, {large:,} / {small:,} members",
            figure=against(goes[named(small)], last, _per_cpu_ms),
        ),
    ]
    return Measured(name="P6", title="personal offers, 200 live", per="decisions", goes=goes, ratios=ratios)


def _per_cpu_ms(go: Go) -> float:
    return 1 / (go.notes[CPU] + go.notes[DATABASE_CPU])


def named(members: int) -> str:
    """How a contestant is called."""
    return f"{members:,} members"


def _go(made: Books, *, server: Server, number: int) -> Go:
    return asyncio.run(_timed(made, server, number))


async def _timed(made: Books, server: Server, number: int) -> Go:
    """Once for nothing, so that pages, plans and what is published are there; then once by the clock."""
    database = Database(made.place.app, pool_size=1)
    desk = OfferDesk(database)
    customers = [member.customer for member in spread(made, number)]
    try:
        await _decide(database, desk, made, customers)
        began, cpu_began, theirs = time.perf_counter(), time.process_time(), cpu_seconds(server.pid)
        shown = await _decide(database, desk, made, customers)
        seconds, cpu = time.perf_counter() - began, time.process_time() - cpu_began
        theirs = cpu_seconds(server.pid) - theirs
        most = await _most_statements(database, desk, made, customers)
    finally:
        await database.close()
    notes = {CPU: cpu / number * 1000, DATABASE_CPU: theirs / number * 1000, SHOWN: shown / number}
    return Go(done=number, seconds=seconds, cpu_seconds=cpu, notes=notes | {STATEMENTS: most})


async def _most_statements(database: Database, desk: OfferDesk, made: Books, customers: Sequence[CustomerId]) -> int:
    """How many the decision about any of them takes; counted by itself, for counting takes time."""
    numbers = []
    for customer in customers:
        with _counted(database) as sent:
            await _decide(database, desk, made, [customer])
        numbers.append(len(sent))
    return max(numbers)


async def _decide(database: Database, desk: OfferDesk, made: Books, customers: Sequence[CustomerId]) -> int:
    """One transaction each; says how many offers were shown to all of them."""
    at = datetime.now(UTC)
    return sum([len((await _decided(database, desk, made, one, at)).offers) for one in customers])


async def _decided(database: Database, desk: OfferDesk, made: Books, customer: CustomerId, at: datetime) -> Decision:
    """As the storefront does it below GraphQL."""
    async with database.shop(made.shop, read_only=True) as session:
        program, member = (await points.accounts_in_channels(session, made.shop, customer, [CHANNEL]))[CHANNEL]
        await points.memberships.programs_joined(session, made.shop, customer, [program])
        asked = Question(program=program, customer=customer, channel=CHANNEL, placement=None, at=at)
        return await desk.decide(session, made.shop, asked, member=member)


@contextmanager
def _counted(database: Database) -> Iterator[list[str]]:
    """Every statement sent meanwhile but those that open a transaction."""
    sent: list[str] = []

    def note(_connection: object, _cursor: object, statement: str, *_: object) -> None:
        if "set_config" not in statement:
            sent.append(statement)

    engine = database.engine.sync_engine
    sa.event.listen(engine, "before_cursor_execute", note)
    try:
        yield sent
    finally:
        sa.event.remove(engine, "before_cursor_execute", note)
