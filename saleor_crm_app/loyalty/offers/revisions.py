"""Which revision of a program's offers is published; it names every decision that is made by it."""

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncSession

from saleor_crm_app.kernel.ids import InstallationId, ProgramId
from saleor_crm_app.loyalty.offers.models import OfferPolicyRow

_BUMP = sa.text(
    """
    INSERT INTO offer_policy AS held (installation_id, program_id, revision) VALUES (:installation, :program, 1)
    ON CONFLICT (installation_id, program_id) DO UPDATE SET revision = held.revision + 1
    """
)


async def bump(session: AsyncSession, installation: InstallationId, program: ProgramId) -> None:
    """What customers can be shown has changed."""
    await session.execute(_BUMP, {"installation": installation, "program": program})


async def revision_of(session: AsyncSession, installation: InstallationId, program: ProgramId) -> int:
    """The present revision; 0 where nothing was ever published."""
    wanted = sa.select(OfferPolicyRow.revision).where(
        OfferPolicyRow.installation_id == installation, OfferPolicyRow.program_id == program
    )
    return await session.scalar(wanted) or 0
