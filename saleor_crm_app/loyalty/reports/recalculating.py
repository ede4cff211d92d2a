"""Recalculation: orders count by another version of the rules, on purpose and after a what-if run showed what comes."""

from datetime import datetime
from typing import Final
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from saleor_crm_app.crm import orders
from saleor_crm_app.crm.orders import OrderFact
from saleor_crm_app.jobs import outbox
from saleor_crm_app.kernel.ids import CustomerId, InstallationId, ShardKey
from saleor_crm_app.loyalty import rules
from saleor_crm_app.loyalty.program import Program, programs
from saleor_crm_app.loyalty.reports.errors import SimulationOfOtherRules, SimulationUnfinished
from saleor_crm_app.loyalty.reports.jobs import Recalculate
from saleor_crm_app.loyalty.reports.models import SimulationState
from saleor_crm_app.loyalty.reports.simulating import simulation_of

CUSTOMERS_AT_ONCE: Final = 200


async def begin_recalculation(
    session: AsyncSession, installation: InstallationId, program: Program, *, simulation: UUID, version: int
) -> Recalculate:
    """Owe the recalculation that a run has shown: its orders by this version, whose rules must be those it tried.

    Raises SimulationNotFound, SimulationUnfinished and SimulationOfOtherRules.
    """
    run = await simulation_of(session, simulation)
    if run.state is not SimulationState.DONE:
        raise SimulationUnfinished
    sets = (await rules.rule_sets_of(session, installation, [program]))[program.id]
    meant = next((one for one in sets if one.version == version), None)
    if run.program != program.id or meant is None or meant.document != run.rules:
        raise SimulationOfOtherRules
    job = Recalculate(installation=installation, program=program.id, version=version, since=run.since, until=run.until)
    await outbox.enqueue(session, job)
    return job


async def orders_to_recalculate(session: AsyncSession, job: Recalculate) -> tuple[list[OrderFact], Recalculate | None]:
    """The orders of the job's next customers, and the job that comes after it, None behind the last customer."""
    shop = job.installation
    channels = next((each.channels for each in await programs(session) if each.program.id == job.program), ())
    after: orders.Buyer | None = None
    if job.shard_after is not None and job.customer_after is not None:
        after = (ShardKey(job.shard_after), CustomerId(job.customer_after))
    buyers = await orders.buyers(session, shop, channels, after=after, first=CUSTOMERS_AT_ONCE)
    facts = await orders.orders_of_customers(session, shop, [customer for _, customer in buyers])
    meant = [fact for fact in facts if fact.snapshot.channel in channels and _is_meant(job, fact.snapshot.created_at)]
    if len(buyers) < CUSTOMERS_AT_ONCE:
        return meant, None
    shard, customer = buyers[-1]
    following = Recalculate(
        installation=shop,
        program=job.program,
        version=job.version,
        since=job.since,
        until=job.until,
        shard_after=shard,
        customer_after=customer,
    )
    return meant, following


def _is_meant(job: Recalculate, created_at: datetime) -> bool:
    return (job.since is None or job.since <= created_at) and created_at < job.until
