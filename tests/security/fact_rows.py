"""A shop's facts about its customers, for the tests of shops side by side."""

from typing import Any

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncSession

from saleor_crm_app.crm import facts
from saleor_crm_app.kernel.clock import now
from saleor_crm_app.kernel.ids import CustomerId, InstallationId
from tests.shop import NOON

_SCORE = sa.text(
    "INSERT INTO customer_score (installation_id, shard_key, customer_id, phase, phase_since)"
    " SELECT installation_id, shard_key, customer_id, 'LAUNCH', :at FROM customer_rollup"
)


async def write_facts(session: AsyncSession, shop: InstallationId) -> None:
    """Staff have written something down about the shop's customer, and there are scores."""
    size = facts.Fact(customer=CustomerId("6"), name="size", value=42, source=facts.Source.STAFF, observed_at=NOON)
    await facts.tell_facts(session, shop, [size], at=NOON)
    await session.execute(_SCORE, {"at": now()})


def fact_values() -> dict[str, dict[str, Any]]:
    """What statements with questions of their own are asked, by the end of their names."""
    return {
        "refill._UNROLLED": {"shard": -(2**63), "customer": "", "everybody": True},
        "refill._DUE": {"at": NOON.replace(year=NOON.year + 9)},
    }
