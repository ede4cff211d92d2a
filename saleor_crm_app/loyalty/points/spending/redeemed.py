"""Reads what was spent on orders, and by whom."""

from collections import defaultdict
from collections.abc import Collection, Sequence
from dataclasses import dataclass

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.ext.asyncio import AsyncSession

from saleor_crm_app.kernel.ids import InstallationId, OrderId, RedemptionId, ShardKey
from saleor_crm_app.loyalty.points.journal import OpenAccount, Redemption
from saleor_crm_app.loyalty.points.ledger import Owner
from saleor_crm_app.loyalty.points.models import RedemptionRow


@dataclass(frozen=True, slots=True)
class Spent:
    """A redemption and the owner of the account it was taken from."""

    redemption: Redemption
    owner: Owner


_REDEMPTIONS = sa.text(
    """
    SELECT spent.id, spent.account_id, spent.order_id, spent.points, spent.returned, spent.postings,
           spent.redeemed_at, account.customer_id, account.program_id
    FROM redemption AS spent
    JOIN account ON account.installation_id = spent.installation_id AND account.shard_key = spent.shard_key
                AND account.id = spent.account_id
    WHERE spent.installation_id = :installation AND spent.order_id = ANY(CAST(:orders AS uuid[]))
    ORDER BY spent.id
    """
)


async def redemptions_of(
    session: AsyncSession, installation: InstallationId, orders: Collection[OrderId]
) -> dict[OrderId, Sequence[Spent]]:
    """What was spent on these orders. Whoever changes it holds the order's lock, as the caller does."""
    found: dict[OrderId, list[Spent]] = defaultdict(list)
    for row in await session.execute(_REDEMPTIONS, {"installation": installation, "orders": list(orders)}):
        spent = Redemption(
            id=row.id,
            account=row.account_id,
            order=row.order_id,
            points=row.points,
            redeemed_at=row.redeemed_at,
            returned=row.returned,
            postings=row.postings,
        )
        found[row.order_id].append(Spent(spent, (row.customer_id, row.program_id)))
    return dict(found)


async def redemption_of(
    session: AsyncSession, installation: InstallationId, account: OpenAccount, redemption: RedemptionId
) -> Redemption | None:
    """One redemption of an account that the caller has locked."""
    row = await session.get(RedemptionRow, (installation, account.shard, redemption), populate_existing=True)
    if row is None or row.account_id != account.id:
        return None
    return Redemption(
        id=RedemptionId(row.id),
        account=account.id,
        order=None if row.order_id is None else OrderId(row.order_id),
        points=row.points,
        redeemed_at=row.redeemed_at,
        returned=row.returned,
        postings=row.postings,
    )


_DONE = sa.text(
    """
    SELECT redemption.id FROM unnest(CAST(:shards AS bigint[]), CAST(:ids AS uuid[])) AS wanted (shard, id)
    JOIN redemption ON redemption.installation_id = :installation AND redemption.shard_key = wanted.shard
                   AND redemption.id = wanted.id
    """
).bindparams(sa.bindparam("shards", type_=ARRAY(sa.BigInteger)))


async def redeemed_already(
    session: AsyncSession, installation: InstallationId, keys: Collection[tuple[ShardKey, RedemptionId]]
) -> set[RedemptionId]:
    """Which of these redemptions were made before."""
    wanted = {
        "installation": installation,
        "shards": [shard for shard, _ in keys],
        "ids": [redemption for _, redemption in keys],
    }
    return {RedemptionId(row.id) for row in await session.execute(_DONE, wanted)}
