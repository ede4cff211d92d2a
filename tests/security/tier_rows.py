"""A shop's tiers for the tests of shops side by side: a ladder, one member on it, and what the shop was told."""

from datetime import UTC, datetime

from sqlalchemy.ext.asyncio import AsyncSession

from saleor_crm_app.kernel.clock import now
from saleor_crm_app.kernel.ids import CustomerId, InstallationId
from saleor_crm_app.loyalty import tiers
from saleor_crm_app.loyalty.program import programs
from saleor_crm_app.loyalty.tiers import TierCode
from tests.loyalty.tiers.ladders import PLAN

SINCE = datetime(2020, 1, 1, tzinfo=UTC)
"""Before anything that counts."""


async def write_tiers(session: AsyncSession, shop: InstallationId) -> None:
    """Staff have put the shop's customer on the highest rung."""
    [held] = await programs(session)
    program, customer, at = held.program.id, CustomerId("6"), now()
    await tiers.save_ladder(session, shop, program, plan=PLAN, expected=0, author="1", at=at)
    await tiers.set_tier(session, shop, (customer, program), tier=TierCode("gold"), at=at)
    content = await tiers.mirrored(session, shop, customer)
    assert content is not None
    await tiers.note_mirrored(session, shop, customer, content, at=at)
