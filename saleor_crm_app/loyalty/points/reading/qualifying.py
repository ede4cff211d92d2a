"""What counts towards a member's tier: orders and points, each from the instant at which its points are available."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Final
from uuid import UUID

import msgspec
import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.ext.asyncio import AsyncSession

from saleor_crm_app.crm.orders import OrderSnapshot
from saleor_crm_app.kernel.ids import AccountId, CustomerId, InstallationId, ProgramId, shard_key
from saleor_crm_app.kernel.money import MinorUnits, Points
from saleor_crm_app.loyalty.program import Amounts, Rate
from saleor_crm_app.loyalty.rules import target_of

Owner = tuple[CustomerId, ProgramId]


@dataclass(frozen=True, slots=True, kw_only=True)
class Qualifying:
    """One order, or one gift of points, that counts from `counted_at` on.

    `spend` is what the shop keeps of the order's merchandise, in whole minor units: after all discounts, without
    shipping and gift cards, by the share that is paid and not given back. That is what the base rate gives points for;
    what rules exclude from earning was bought all the same, and counts. It is read off the order as it stands now and
    not off the ledger's entries, since a refund of a few cents may move no point and so leave no entry. `orders` is 1
    for an order that still has points, and `points` are those it has now; what a member spends of them changes nothing
    here.
    """

    counted_at: datetime
    spend: MinorUnits
    orders: int
    points: Points


@dataclass(slots=True, kw_only=True)
class Qualified:
    """A member's account and all that counts, in no order."""

    joined_at: datetime
    amounts: list[Qualifying] = field(default_factory=list)


# OFFSET 0 keeps each look a look by the customer's own key: joined plainly, the planner of a table that was never
# analyzed reads all lots of the shop for each member
_QUALIFYING = sa.text(
    """
    SELECT account.customer_id, account.program_id, account.opened_at, counted.*,
           coalesce(program.settings ->> 'amounts', 'AS_SHOWN') AS amounts
    FROM unnest(CAST(:shards AS bigint[]), CAST(:customers AS text[]), CAST(:programs AS uuid[]),
                CAST(:sinces AS timestamptz[])) AS wanted (shard, customer, program, since)
    JOIN account
      ON account.installation_id = :installation AND account.shard_key = wanted.shard
     AND account.customer_id = wanted.customer AND account.program_id = wanted.program
    JOIN program ON program.installation_id = :installation AND program.id = wanted.program
    LEFT JOIN LATERAL (
        WITH RECURSIVE whole (shard, id) AS (
            SELECT wanted.shard, account.id
            UNION ALL
            SELECT merged.shard_key, merged.id FROM whole
            JOIN account AS merged
              ON merged.installation_id = :installation AND merged.merged_into = whole.id AND merged.status = 'MERGED'
        )
        SELECT dated.activates_at, 1 AS orders, done.points, fact.display_gross, fact.snapshot
        FROM whole
        CROSS JOIN LATERAL (
            SELECT order_id, lot_id, posted - forgiven AS points FROM order_points
            WHERE installation_id = :installation AND shard_key = whole.shard AND account_id = whole.id
              AND posted > forgiven
            OFFSET 0
        ) AS done
        CROSS JOIN LATERAL (
            SELECT activates_at FROM lot
            WHERE installation_id = :installation AND shard_key = whole.shard AND lot.id = done.lot_id
              AND activates_at > wanted.since
            OFFSET 0
        ) AS dated
        CROSS JOIN LATERAL (
            SELECT display_gross, CAST(snapshot AS text) AS snapshot FROM order_fact
            WHERE installation_id = :installation AND shard_key = whole.shard AND order_fact.id = done.order_id
            OFFSET 0
        ) AS fact
        UNION ALL
        SELECT gift.activates_at, 0, gift.granted, NULL, NULL FROM whole
        CROSS JOIN LATERAL (
            SELECT activates_at, granted FROM lot
            WHERE installation_id = :installation AND shard_key = whole.shard AND account_id = whole.id
              AND source IN ('SIGN_UP', 'BIRTHDAY', 'EVENT') AND origin_lot IS NULL AND granted > 0
              AND activates_at > wanted.since
            OFFSET 0
        ) AS gift
    ) AS counted ON true
    """
).bindparams(
    sa.bindparam("shards", type_=ARRAY(sa.BigInteger)),
    sa.bindparam("sinces", type_=ARRAY(sa.DateTime(timezone=True))),
)

_MINOR_UNIT: Final = Rate(1, 1)
"""So many points as minor units: what is left of the order itself."""
_SNAPSHOT: Final = msgspec.json.Decoder(OrderSnapshot)


async def qualifying_of(
    session: AsyncSession, installation: InstallationId, since: Mapping[Owner, datetime]
) -> dict[Owner, Qualified]:
    """What counts for these members later than the instant given for each; one statement.

    Who has no account is left out. What has no date yet, since its order is not fulfilled, is left out too. What was
    bought with accounts that were merged into the member's counts as theirs, as long as they are merged.
    """
    if not since:
        return {}
    wanted = {
        "installation": installation,
        "shards": [shard_key(installation, customer) for customer, _ in since],
        "customers": [customer for customer, _ in since],
        "programs": [program for _, program in since],
        "sinces": list(since.values()),
    }
    found: dict[Owner, Qualified] = {}
    for row in await session.execute(_QUALIFYING, wanted):
        owner = (CustomerId(row.customer_id), ProgramId(row.program_id))
        qualified = found.setdefault(owner, Qualified(joined_at=row.opened_at))
        if row.activates_at is not None:
            qualified.amounts.append(_qualifying(row))
    return found


def _qualifying(row: sa.Row[tuple[object, ...]]) -> Qualifying:
    return Qualifying(
        counted_at=row.activates_at,
        spend=MinorUnits(0 if row.snapshot is None else _spend(row)),
        orders=row.orders,
        points=Points(row.points),
    )


def _spend(row: sa.Row[tuple[object, ...]]) -> int:
    amounts = Amounts(row.amounts)
    gross = row.display_gross if amounts is Amounts.AS_SHOWN else amounts is Amounts.GROSS
    return target_of(_SNAPSHOT.decode(row.snapshot), display_gross=gross, rate=_MINOR_UNIT).points


_OWNERS = sa.text(
    """
    SELECT id, customer_id FROM account
    WHERE installation_id = :installation AND program_id = :program AND id < :before
      AND status IN ('ACTIVE', 'HELD')
    ORDER BY id DESC LIMIT :most
    """
)
_LAST_KEY: Final = UUID(int=2**128 - 1)


async def owners_of_program(
    session: AsyncSession,
    installation: InstallationId,
    program: ProgramId,
    *,
    most: int,
    before: AccountId | None = None,
) -> list[tuple[AccountId, CustomerId]]:
    """Accounts in use in a program with their customers, newest first, a page at a time; one statement."""
    wanted = {"installation": installation, "program": program, "before": before or _LAST_KEY, "most": most}
    return [(row.id, CustomerId(row.customer_id)) for row in await session.execute(_OWNERS, wanted)]
