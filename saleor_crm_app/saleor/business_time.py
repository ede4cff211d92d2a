"""The business time of a shop: real time, moved only where the installation is a sandbox."""

from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncSession

from saleor_crm_app.kernel.clock import business_now
from saleor_crm_app.kernel.ids import InstallationId
from saleor_crm_app.saleor.installations import InstallationRow

_OFFSET = sa.select(InstallationRow.clock_offset).where(InstallationRow.id == sa.bindparam("installation"))


async def business_time(session: AsyncSession, installation: InstallationId) -> datetime:
    """What the time is in this shop, by the row itself, so that a moved clock holds at once."""
    offset = (await session.execute(_OFFSET, {"installation": installation})).scalar_one()
    return business_now(offset)
