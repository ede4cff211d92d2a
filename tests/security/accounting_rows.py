"""A closed month of a shop."""

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncSession

from saleor_crm_app.kernel.ids import InstallationId

_MONTH = sa.text(
    """
    INSERT INTO accounting_month (installation_id, program_id, month, closed_at, closed_by, entries, opening, issued,
                                  redeemed, returned, clawed_back, expired, adjusted, transferred, closing,
                                  burn_points, burn_minor)
    SELECT installation_id, id, date '2020-01-01', now(), '3', 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, burn_points, burn_minor
    FROM program WHERE installation_id = :shop LIMIT 1
    """
)


async def write_months(session: AsyncSession, shop: InstallationId) -> None:
    """Close one long before the shop's first order, without points."""
    await session.execute(_MONTH, {"shop": shop})
