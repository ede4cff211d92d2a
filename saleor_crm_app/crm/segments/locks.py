"""The one lock of membership: customers follow their news beside each other, and none while all are asked."""

from sqlalchemy.ext.asyncio import AsyncSession

from saleor_crm_app.kernel.ids import InstallationId
from saleor_crm_app.kernel.one_at_a_time import beside_each_other, one_at_a_time


async def lock_for_some(session: AsyncSession, installation: InstallationId) -> None:
    """Wait while somebody has the lock for all; then, until the transaction ends, nobody gets it."""
    await beside_each_other(session, _named(installation))


async def lock_for_all(session: AsyncSession, installation: InstallationId) -> None:
    """Wait until nobody else writes who is in which segment; held until the transaction ends.

    Who asks many customers at once would else judge one by facts that an order is just changing, and let them come
    back into what they have left.
    """
    await one_at_a_time(session, _named(installation))


def _named(installation: InstallationId) -> str:
    return f"segments of {installation}"
