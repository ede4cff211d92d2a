"""Who of some customers is there, confirmed and no staff: what has to be known before anything is given to them."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncSession

from saleor_crm_app.crm.customers.models import CustomerRow
from saleor_crm_app.kernel.ids import CustomerId, InstallationId, shard_key


@dataclass(frozen=True, slots=True, kw_only=True)
class CustomerStanding:
    """A customer who was not deleted."""

    is_confirmed: bool
    is_staff: bool
    joined_at: datetime | None


async def standings_of(
    session: AsyncSession, installation: InstallationId, customers: Collection[CustomerId]
) -> Mapping[CustomerId, CustomerStanding]:
    """Those of these customers that are known and not deleted; one statement, none for nobody."""
    keys = {(shard_key(installation, customer), customer) for customer in customers}
    if not keys:
        return {}
    wanted = sa.select(CustomerRow).where(
        CustomerRow.installation_id == installation,
        sa.tuple_(CustomerRow.shard_key, CustomerRow.id).in_(keys),
        CustomerRow.deleted_at.is_(None),
    )
    return {
        CustomerId(row.id): CustomerStanding(
            is_confirmed=row.is_confirmed, is_staff=row.is_staff, joined_at=row.joined_at
        )
        for row in await session.scalars(wanted)
    }


async def was_deleted(session: AsyncSession, installation: InstallationId, customer: CustomerId) -> bool:
    """Whether the shop has deleted this customer, as far as it has told us."""
    place = (shard_key(installation, customer), customer)
    row = await session.get(CustomerRow, (installation, *place))
    return row is not None and row.deleted_at is not None
