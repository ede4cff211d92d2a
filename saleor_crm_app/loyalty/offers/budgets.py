"""Takes what a coupon costs from its campaign's budget, and settles at night what it came to."""

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncSession

from saleor_crm_app.kernel.ids import InstallationId
from saleor_crm_app.loyalty.offers.campaigns import Campaign
from saleor_crm_app.loyalty.offers.errors import CampaignBudgetUsedUp

_TAKE = sa.text(
    """
    UPDATE campaign SET committed = committed + :cost
    WHERE installation_id = :installation AND id = :campaign AND state = 'LIVE'
      AND (terms -> 'budget' IS NULL OR committed + greatest(:cost, 1) <= CAST(terms ->> 'budget' AS bigint))
    RETURNING committed
    """
).bindparams(sa.bindparam("cost", type_=sa.BigInteger))


async def take_from_budget(
    session: AsyncSession, installation: InstallationId, campaign: Campaign, *, cost: int
) -> None:
    """Takers wait for each other from here on, so do it last.

    Raises CampaignBudgetUsedUp.
    """
    wanted = {"installation": installation, "campaign": campaign.id, "cost": cost}
    if (await session.execute(_TAKE, wanted)).one_or_none() is None:
        raise CampaignBudgetUsedUp


# one whose order is heard of after its end is charged again; one that waits keeps what was reserved
_SETTLE = sa.text(
    """
    WITH due AS (
        SELECT answered.shard_key, answered.customer_id, answered.offer_id, answered.day, answered.number,
               answered.cost AS before, told.cost AS after
        FROM offer_response AS answered
        JOIN coupon ON coupon.installation_id = :installation AND coupon.shard_key = answered.shard_key
                   AND coupon.id = answered.coupon_id
        CROSS JOIN LATERAL (
            SELECT CASE WHEN coupon.state IN ('EXPIRED', 'FAILED') THEN 0
                        WHEN coupon.state = 'REVOKED' AND coupon.order_id IS NULL THEN 0
                        WHEN coupon.state = 'USED' THEN coupon.cost
                        ELSE answered.cost END AS cost
        ) AS told
        WHERE answered.installation_id = :installation AND answered.response = 'ACCEPTED'
          AND answered.cost <> told.cost
    ),
    settled AS (
        UPDATE offer_response AS answered SET cost = due.after FROM due
        WHERE answered.installation_id = :installation AND answered.shard_key = due.shard_key
          AND answered.customer_id = due.customer_id AND answered.offer_id = due.offer_id
          AND answered.response = 'ACCEPTED' AND answered.day = due.day AND answered.number = due.number
        RETURNING due.offer_id, due.after - due.before AS change
    ),
    changed AS (
        SELECT offer.campaign_id, sum(settled.change) AS cost
        FROM settled JOIN offer ON offer.installation_id = :installation AND offer.id = settled.offer_id
        GROUP BY offer.campaign_id
    )
    UPDATE campaign SET committed = greatest(0, committed + changed.cost) FROM changed
    WHERE campaign.installation_id = :installation AND campaign.id = changed.campaign_id
    """
)


async def settle_budgets(session: AsyncSession, installation: InstallationId) -> None:
    """Let campaigns have spent what their coupons cost as they stand now, which may be more than was reserved.

    What ended without an order is there again for others. Once a night; twice is the same.
    """
    await session.execute(_SETTLE, {"installation": installation})
