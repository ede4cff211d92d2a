"""Which deliveries the inbox has kept already, asked by the digests of their bytes."""

from collections.abc import Collection

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncSession

from saleor_crm_app.jobs.models import InboxRow
from saleor_crm_app.kernel.ids import InstallationId


async def kept_digests(
    session: AsyncSession, installation: InstallationId, digests: Collection[bytes]
) -> frozenset[bytes]:
    """Those of these digests that are in the installation's inbox."""
    wanted = sa.select(InboxRow.digest).where(InboxRow.installation_id == installation, InboxRow.digest.in_(digests))
    return frozenset(await session.scalars(wanted))
