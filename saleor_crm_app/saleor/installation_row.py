"""What the reading of a shop asks of its own installation's row."""

from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncSession

from saleor_crm_app.kernel.ids import InstallationId
from saleor_crm_app.saleor.installations import InstallationRow, InstallationState


@dataclass(frozen=True, slots=True)
class HeldToken:
    """The sealed token that an installation has now, and whether its shop is called."""

    sealed: bytes
    is_active: bool


async def installed_at(session: AsyncSession, installation: InstallationId) -> datetime:
    """The first day of the installation: before it no webhook of ours was there."""
    wanted = sa.select(InstallationRow.installed_at).where(InstallationRow.id == installation)
    return (await session.execute(wanted)).scalar_one()


async def hold_token(session: AsyncSession, installation: InstallationId) -> HeldToken | None:
    """The token as it is; nobody registers the shop anew before the transaction has ended."""
    columns = sa.select(InstallationRow.token, InstallationRow.state)
    wanted = columns.where(InstallationRow.id == installation).with_for_update()
    row = (await session.execute(wanted)).one_or_none()
    return None if row is None else HeldToken(row.token, row.state == InstallationState.ACTIVE.value)
