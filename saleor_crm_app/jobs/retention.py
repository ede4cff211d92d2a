"""How long deliveries are kept: they hold personal data, and once applied only serve to look back."""

from datetime import timedelta
from typing import Final

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncSession

from saleor_crm_app.kernel.ids import InstallationId

APPLIED_FOR: Final = timedelta(days=30)
BURIED_FOR: Final = timedelta(days=90)
_MOST: Final = 5_000
"""Rows per transaction, so that nobody waits long for their locks."""

_FORGET = sa.text(
    """
    DELETE FROM inbox WHERE installation_id = :installation AND id IN (
        SELECT id FROM inbox WHERE installation_id = :installation AND state <> 'NEW'
          AND applied_at < now() - CASE state WHEN 'APPLIED' THEN :applied ELSE :buried END
        LIMIT :most FOR UPDATE SKIP LOCKED)
    RETURNING id
    """
).bindparams(sa.bindparam("applied", type_=sa.Interval), sa.bindparam("buried", type_=sa.Interval))


async def forget_deliveries(session: AsyncSession, installation: InstallationId) -> bool:
    """Delete some of the deliveries of a shop whose time is over; says whether there may be more."""
    gone = await session.execute(
        _FORGET, {"installation": installation, "applied": APPLIED_FOR, "buried": BURIED_FOR, "most": _MOST}
    )
    return len(gone.all()) == _MOST
