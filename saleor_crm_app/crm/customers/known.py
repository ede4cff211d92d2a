"""What is known of customers, for comparing with the shop."""

from collections.abc import Collection, Mapping, Sequence

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncSession

from saleor_crm_app.crm.customers.facts import CustomerSeen
from saleor_crm_app.crm.customers.models import CustomerRow
from saleor_crm_app.kernel.ids import CustomerId, InstallationId, ShardKey, shard_key

Place = tuple[ShardKey, CustomerId]
"""Where a customer stands among all."""


async def would_learn(
    session: AsyncSession, installation: InstallationId, seen: Collection[CustomerSeen]
) -> Mapping[CustomerId, bool]:
    """For those of these customers that we know, whether recording what was seen now would teach anything.

    News of the deleted teach nothing, nor do older ones.
    """
    keys = {(shard_key(installation, one.id), one.id) for one in seen}
    wanted = sa.select(CustomerRow).where(
        CustomerRow.installation_id == installation,
        sa.tuple_(CustomerRow.shard_key, CustomerRow.id).in_(keys),
    )
    known = {row.id: row for row in await session.scalars(wanted)}
    return {one.id: _teaches(known[one.id], one) for one in seen if one.id in known}


def _teaches(known: CustomerRow, seen: CustomerSeen) -> bool:
    if known.deleted_at is not None or seen.updated_at < known.updated_at:
        return False
    return (known.is_active, known.is_confirmed, known.is_staff, known.language, known.joined_at, known.country) != (
        seen.is_active,
        seen.is_confirmed or known.is_confirmed,
        seen.is_staff,
        seen.language,
        seen.joined_at,
        known.country if seen.country is None else seen.country,
    )


async def living_customers(
    session: AsyncSession, installation: InstallationId, *, after: Place | None, first: int
) -> Sequence[Place]:
    """Customers who were not deleted, in the order of their places; staff are left out, the shop hides some of them."""
    columns = (CustomerRow.shard_key, CustomerRow.id)
    wanted = (
        sa.select(*columns)
        .where(
            CustomerRow.installation_id == installation,
            CustomerRow.deleted_at.is_(None),
            CustomerRow.is_staff.is_(False),
        )
        .order_by(*columns)
        .limit(first)
    )
    if after is not None:
        wanted = wanted.where(sa.tuple_(*columns) > sa.tuple_(*(sa.literal(one) for one in after)))
    return [(ShardKey(row.shard_key), CustomerId(row.id)) for row in await session.execute(wanted)]
