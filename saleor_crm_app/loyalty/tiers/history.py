"""Which tier a member was in at an instant, by the ladder of that instant."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.ext.asyncio import AsyncSession

from saleor_crm_app.kernel.ids import CustomerId, InstallationId, ProgramId, shard_key
from saleor_crm_app.loyalty.tiers.ladder import TierCode

Moment = tuple[CustomerId, ProgramId, datetime]


@dataclass(frozen=True, slots=True)
class TierThen:
    """What rules have to know of a tier as it was: its code, and its multiplier in percent."""

    code: TierCode
    multiplier_percent: int


# whoever has taken no step is where nothing is needed; a tier that was off the ladder by then has a successor
_TIER_AT = sa.text(
    """
    SELECT wanted.number, tier.code, tier.multiplier_percent
    FROM unnest(CAST(:shards AS bigint[]), CAST(:customers AS text[]), CAST(:programs AS uuid[]),
                CAST(:instants AS timestamptz[])) WITH ORDINALITY AS wanted (shard, customer, program, instant, number)
    CROSS JOIN LATERAL (
        SELECT version, successors FROM tier_ladder
        WHERE installation_id = :installation AND program_id = wanted.program AND live_from <= wanted.instant
        ORDER BY version DESC LIMIT 1
    ) AS ladder
    LEFT JOIN LATERAL (
        SELECT CASE WHEN ladder.successors ->> tier IS NOT NULL THEN ladder.successors ->> tier
                    WHEN NOT jsonb_exists(ladder.successors, tier) THEN tier END AS code
        FROM tier_membership
        WHERE installation_id = :installation AND shard_key = wanted.shard AND customer_id = wanted.customer
          AND program_id = wanted.program AND holds_from <= wanted.instant
        ORDER BY n DESC LIMIT 1
    ) AS held ON true
    JOIN tier
      ON tier.installation_id = :installation AND tier.program_id = wanted.program AND tier.version = ladder.version
     AND (tier.code = held.code OR (held.code IS NULL AND tier.threshold = 0))
    """
).bindparams(
    sa.bindparam("shards", type_=ARRAY(sa.BigInteger)),
    sa.bindparam("instants", type_=ARRAY(sa.DateTime(timezone=True))),
)


async def tier_at(
    session: AsyncSession, installation: InstallationId, moments: Collection[Moment]
) -> dict[Moment, TierThen]:
    """The tiers that these customers were in at these instants; one statement.

    Left out is who was below the first tier, or when the program had none. What time alone has changed since members
    were looked at last is not seen here but by `tiers_then`.
    """
    if not moments:
        return {}
    wanted = list(moments)
    rows = await session.execute(
        _TIER_AT,
        {
            "installation": installation,
            "shards": [shard_key(installation, customer) for customer, _, _ in wanted],
            "customers": [customer for customer, _, _ in wanted],
            "programs": [program for _, program, _ in wanted],
            "instants": [instant for _, _, instant in wanted],
        },
    )
    return {wanted[row.number - 1]: TierThen(TierCode(row.code), row.multiplier_percent) for row in rows}
