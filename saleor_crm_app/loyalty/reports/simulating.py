"""What-if: a draft of the rules over the shop's own orders, a page of customers in each transaction."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final
from uuid import UUID

import msgspec
import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncSession

from saleor_crm_app.crm import orders
from saleor_crm_app.crm.orders import OrderFact
from saleor_crm_app.jobs import outbox
from saleor_crm_app.kernel.db import insert_rows
from saleor_crm_app.kernel.ids import CustomerId, InstallationId, ProgramId, ShardKey, new_id
from saleor_crm_app.loyalty import rules, tiers
from saleor_crm_app.loyalty.points import tried_by
from saleor_crm_app.loyalty.program import Program, programs
from saleor_crm_app.loyalty.reports.errors import SimulationNotFound
from saleor_crm_app.loyalty.reports.jobs import Simulate
from saleor_crm_app.loyalty.reports.models import SimulationRow, SimulationState
from saleor_crm_app.loyalty.reports.tally import Tally
from saleor_crm_app.loyalty.rules import RuleSet, RuleSetDocument

CUSTOMERS_AT_ONCE: Final = 1000


@dataclass(frozen=True, slots=True, kw_only=True)
class Simulation:
    """A run as it stands: `expected` customers in all, of which `tally.customers` are counted."""

    id: UUID
    program: ProgramId
    state: SimulationState
    rules: RuleSetDocument
    based_on: int
    since: datetime | None
    until: datetime
    asked_at: datetime
    ended_at: datetime | None
    expected: int
    after: orders.Buyer | None
    tally: Tally


async def begin_simulation(
    session: AsyncSession,
    installation: InstallationId,
    program: Program,
    *,
    document: RuleSetDocument,
    since: datetime | None,
    asked_by: str,
    at: datetime,
) -> Simulation:
    """Note a run and owe it: all rules of `document` over orders made from `since` on, all where that is None."""
    channels = await _channels(session, program.id)
    sets = (await rules.rule_sets_of(session, installation, [program]))[program.id]
    simulation = new_id()
    row = {
        "installation_id": installation,
        "id": simulation,
        "program_id": program.id,
        "state": SimulationState.RUNNING.value,
        "rules": msgspec.json.encode(document).decode(),
        "based_on": rules.rule_set_at(sets, at).version,
        "since": since,
        "until": at,
        "asked_by": asked_by,
        "asked_at": at,
        "expected": await orders.count_buyers(session, installation, channels),
        "tally": msgspec.json.encode(Tally()).decode(),
    }
    await insert_rows(session, SimulationRow.__table__, [row])
    await outbox.enqueue(session, Simulate(installation=installation, simulation=simulation))
    return await simulation_of(session, simulation)


async def simulation_of(session: AsyncSession, simulation: UUID) -> Simulation:
    """One run of the session's installation.

    Raises SimulationNotFound.
    """
    row = await session.scalar(sa.select(SimulationRow).where(SimulationRow.id == simulation))
    if row is None:
        raise SimulationNotFound
    return _simulation(row)


async def simulations_of(session: AsyncSession, program: ProgramId, *, most: int) -> list[Simulation]:
    """A program's runs, the newest first."""
    wanted = sa.select(SimulationRow).where(SimulationRow.program_id == program)
    return [_simulation(row) for row in await session.scalars(wanted.order_by(SimulationRow.id.desc()).limit(most))]


async def stop_simulation(session: AsyncSession, simulation: UUID, *, at: datetime) -> Simulation:
    """Let a run end where it is; one that has ended stays as it is.

    Raises SimulationNotFound.
    """
    await session.execute(
        sa.update(SimulationRow)
        .where(SimulationRow.id == simulation, SimulationRow.state == SimulationState.RUNNING.value)
        .values(state=SimulationState.STOPPED.value, ended_at=at)
    )
    return await simulation_of(session, simulation)


async def count_on(session: AsyncSession, installation: InstallationId, simulation: UUID, *, at: datetime) -> bool:
    """Count one page of customers; says whether there are more. A page is counted once, or not at all."""
    wanted = sa.select(SimulationRow).where(SimulationRow.id == simulation).with_for_update()
    row = await session.scalar(wanted)
    if row is None or row.state != SimulationState.RUNNING.value:
        return False
    run = _simulation(row)
    program = next(each.program for each in await programs(session) if each.program.id == run.program)
    channels = await _channels(session, program.id)
    buyers = await orders.buyers(session, installation, channels, after=run.after, first=CUSTOMERS_AT_ONCE)
    facts = await orders.orders_of_customers(session, installation, [customer for _, customer in buyers])
    theirs = [fact for fact in facts if fact.snapshot.channel in channels and fact.snapshot.created_at < run.until]
    await _count(session, installation, run, program=program, facts=theirs, at=at)
    row.tally = msgspec.to_builtins(run.tally)
    if len(buyers) < CUSTOMERS_AT_ONCE:
        row.state, row.ended_at = SimulationState.DONE.value, at
    else:
        row.shard_after, row.customer_after = buyers[-1]
    await session.flush()
    return len(buyers) == CUSTOMERS_AT_ONCE


async def _count(
    session: AsyncSession,
    installation: InstallationId,
    run: Simulation,
    *,
    program: Program,
    facts: Sequence[OrderFact],
    at: datetime,
) -> None:
    held = (await rules.rule_sets_of(session, installation, [program]))[program.id]
    then = await tiers.tiers_of_orders(session, installation, facts, at=at)
    ways = (held, [_tried(run, program)])
    found = await tried_by(session, installation, facts, ways, program=program, tiers=then)
    for customer, (now, would) in found.items():
        run.tally.add(customer, now, would, since=run.since)


def _tried(run: Simulation, program: Program) -> RuleSet:
    return RuleSet(program=program.id, currency=program.currency, version=run.based_on + 1, document=run.rules)


async def _channels(session: AsyncSession, program: ProgramId) -> tuple[str, ...]:
    return next((each.channels for each in await programs(session) if each.program.id == program), ())


def _simulation(row: SimulationRow) -> Simulation:
    after: orders.Buyer | None = None
    if row.shard_after is not None and row.customer_after is not None:
        after = (ShardKey(row.shard_after), CustomerId(row.customer_after))
    return Simulation(
        id=row.id,
        program=ProgramId(row.program_id),
        state=SimulationState(row.state),
        rules=msgspec.convert(row.rules, RuleSetDocument),
        based_on=row.based_on,
        since=row.since,
        until=row.until,
        asked_at=row.asked_at,
        ended_at=row.ended_at,
        expected=row.expected,
        after=after,
        tally=msgspec.convert(row.tally, Tally),
    )
