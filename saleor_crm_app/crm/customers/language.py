"""Which language customers read."""

from collections.abc import Collection

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.ext.asyncio import AsyncSession

from saleor_crm_app.kernel.ids import CustomerId, InstallationId, shard_key

_LANGUAGES = sa.text(
    """
    SELECT customer.id, customer.language
    FROM unnest(CAST(:shards AS bigint[]), CAST(:customers AS text[])) AS wanted (shard, id)
    JOIN customer ON customer.installation_id = :installation AND customer.shard_key = wanted.shard
                 AND customer.id = wanted.id
    """
).bindparams(sa.bindparam("shards", type_=ARRAY(sa.BigInteger)))


async def languages_of(
    session: AsyncSession, installation: InstallationId, customers: Collection[CustomerId]
) -> dict[CustomerId, str]:
    """The shop's codes of the languages of those who are known, such as `DE` or `PT_BR`; one statement."""
    wanted = {
        "installation": installation,
        "shards": [shard_key(installation, customer) for customer in customers],
        "customers": list(customers),
    }
    return {row.id: row.language for row in await session.execute(_LANGUAGES, wanted)}
