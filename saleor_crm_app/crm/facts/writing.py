"""Facts that somebody writes down of one customer, or takes back."""

from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncSession

from saleor_crm_app.crm.facts.errors import CustomerUnknown, FactIsCounted, FactIsOlder, FactUnknown
from saleor_crm_app.crm.facts.models import CustomerRollupRow, FactRow
from saleor_crm_app.crm.facts.told import Fact, Source, facts_of, tell_facts
from saleor_crm_app.kernel.ids import CustomerId, InstallationId, shard_key


async def write_fact(session: AsyncSession, installation: InstallationId, fact: Fact, *, at: datetime) -> None:
    """Keep a value in place of an older one.

    Raises CustomerUnknown, FactIsCounted, FactIsOlder.
    """
    await _hold(session, installation, fact.customer)
    known = (await facts_of(session, installation, fact.customer)).get(fact.name)
    if known is not None and known.source is Source.EVENT:
        raise FactIsCounted
    if known is not None and known.observed_at > fact.observed_at:
        raise FactIsOlder(known.observed_at)
    await tell_facts(session, installation, [fact], at=at)


async def erase_fact(session: AsyncSession, installation: InstallationId, customer: CustomerId, name: str) -> None:
    """Forget a value that somebody told.

    Raises CustomerUnknown, FactIsCounted, FactUnknown.
    """
    await _hold(session, installation, customer)
    known = (await facts_of(session, installation, customer)).get(name)
    if known is None:
        raise FactUnknown
    if known.source is Source.EVENT:
        raise FactIsCounted
    key = (installation, shard_key(installation, customer), customer, name)
    await session.execute(
        sa.delete(FactRow).where(
            sa.tuple_(FactRow.installation_id, FactRow.shard_key, FactRow.customer_id, FactRow.name) == sa.tuple_(*key)
        )
    )


async def _hold(session: AsyncSession, installation: InstallationId, customer: CustomerId) -> None:
    """Keep others from writing of this customer meanwhile, and a deletion from passing by.

    Raises CustomerUnknown.
    """
    wanted = sa.select(CustomerRollupRow.customer_id).where(
        CustomerRollupRow.installation_id == installation,
        CustomerRollupRow.shard_key == shard_key(installation, customer),
        CustomerRollupRow.customer_id == customer,
    )
    if await session.scalar(wanted.with_for_update()) is None:
        raise CustomerUnknown
