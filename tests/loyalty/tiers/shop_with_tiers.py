"""A shop whose EUR program has tiers, for tests against the database."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from functools import partial

import msgspec
import sqlalchemy as sa

from saleor_crm_app.crm import orders
from saleor_crm_app.crm.orders import FulfillmentFact, OrderSnapshot
from saleor_crm_app.kernel.db import Database
from saleor_crm_app.kernel.ids import CustomerId, InstallationId, OrderId, ProgramId, new_id
from saleor_crm_app.loyalty import points, tiers
from saleor_crm_app.loyalty.program import Program, programs_for
from saleor_crm_app.loyalty.tiers import Ladder, Plan, Standing, TierStatus
from saleor_crm_app.reactions.tiers import follow_orders
from tests.loyalty.tiers.ladders import PLAN
from tests.shop import ANNA, NOON, line, observed, order

CHANNEL = "default-channel"
AVAILABLE = datetime.fromisoformat("2026-03-16T00:00:00+00:00")
"""From when on counts what was fulfilled at NOON."""


async def program_of(database: Database, shop: InstallationId) -> Program:
    async with database.shop(shop) as session:
        return (await programs_for(session, shop, {CHANNEL: "EUR"}))[CHANNEL]


async def save(
    database: Database, shop: InstallationId, plan: Plan = PLAN, *, expected: int = 0, at: datetime = NOON
) -> Ladder:
    program = await program_of(database, shop)
    async with database.shop(shop) as session:
        return await tiers.save_ladder(session, shop, program.id, plan=plan, expected=expected, author="1", at=at)


def bought(minor: int, *, customer: CustomerId = ANNA, days: int = 0) -> OrderSnapshot:
    """An order paid and fulfilled so many days after noon."""
    then = NOON + timedelta(days=days)
    return order(
        line("thing", minor),
        charged=minor,
        customer=customer,
        status="FULFILLED",
        created_at=then,
        updated_at=then,
        fulfillments=(FulfillmentFact(status="FULFILLED", created_at=then),),
        id=OrderId(new_id()),
    )


def refunded(sold: OrderSnapshot, minor: int, *, days: int) -> OrderSnapshot:
    """The same order after so much was given back."""
    return msgspec.structs.replace(sold, charged=sold.charged - minor, updated_at=NOON + timedelta(days=days))


async def happen(database: Database, shop: InstallationId, *snapshots: OrderSnapshot, at: datetime) -> None:
    """Let the shop say this, in one batch."""
    async with database.shop(shop) as session:
        learnt = await orders.record(session, shop, observed(*snapshots), at=at)
        then = partial(tiers.tiers_of_orders, session, shop, at=at)
        await points.accrue(session, shop, learnt.changed, at=at, tiers_then=then)
        await follow_orders(session, shop, learnt.changed, at=at)


async def due(database: Database, shop: InstallationId, *, at: datetime) -> set[CustomerId]:
    """Let time do what it does; says whose tier changed."""
    async with database.shop(shop) as session:
        changed, more = await tiers.requalify_due(session, shop, at=at, most=100)
    assert not more
    return changed


async def steps(database: Database, shop: InstallationId, customer: CustomerId = ANNA) -> list[Standing]:
    program = await program_of(database, shop)
    async with database.shop(shop, read_only=True) as session:
        return await tiers.steps_of(session, shop, (customer, program.id))


async def told(
    database: Database, shop: InstallationId, customer: CustomerId = ANNA
) -> list[tuple[str, str | None, datetime]]:
    """Every step: why, to which tier, from when."""
    return [(one.reason.value, one.tier, one.holds_from) for one in await steps(database, shop, customer)]


async def status(
    database: Database, shop: InstallationId, *, at: datetime, customer: CustomerId = ANNA
) -> TierStatus | None:
    program = await program_of(database, shop)
    async with database.shop(shop, read_only=True) as session:
        return (await tiers.statuses(session, shop, [(customer, program.id)], at=at)).get((customer, program.id))


async def tier_then(
    database: Database, shop: InstallationId, instants: Sequence[datetime], customer: CustomerId = ANNA
) -> list[tuple[str, int] | None]:
    program = await program_of(database, shop)
    async with database.shop(shop, read_only=True) as session:
        found = await tiers.tier_at(session, shop, [(customer, program.id, instant) for instant in instants])
    then = [found.get((customer, program.id, instant)) for instant in instants]
    return [None if one is None else (one.code, one.multiplier_percent) for one in then]


async def owed(database: Database, shop: InstallationId) -> list[tuple[str, str]]:
    """What is owed outside: the job and whom or what it is about, in order."""
    async with database.queue() as session:
        rows = await session.execute(
            sa.text(
                "SELECT task_name, coalesce(args ->> 'customer', args ->> 'program') AS about FROM procrastinate_jobs"
                " WHERE args ->> 'installation' = :shop ORDER BY id"
            ),
            {"shop": str(shop)},
        )
        return [(row.task_name, row.about) for row in rows]


async def earned(database: Database, shop: InstallationId, sold: OrderSnapshot) -> int:
    """Points that an order has now."""
    async with database.shop(shop, read_only=True) as session:
        return (await points.orders_points(session, shop, [sold.id], at=NOON))[sold.id].target


def owner(program: Program, customer: CustomerId = ANNA) -> tuple[CustomerId, ProgramId]:
    return customer, program.id
