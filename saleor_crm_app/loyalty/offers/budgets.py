"""Takes what a coupon costs from its campaign's budget, and puts back what was never used."""

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


_PUT_BACK = sa.text(
    """
    WITH unused AS (
        SELECT answered.shard_key, answered.customer_id, answered.offer_id, answered.day, answered.number, answered.cost
        FROM offer_response AS answered
        JOIN coupon ON coupon.installation_id = :installation AND coupon.shard_key = answered.shard_key
                   AND coupon.id = answered.coupon_id
        WHERE answered.installation_id = :installation AND answered.response = 'ACCEPTED' AND answered.cost > 0
          AND (coupon.state IN ('EXPIRED', 'FAILED') OR (coupon.state = 'REVOKED' AND coupon.order_id IS NULL))
    ),
    settled AS (
        UPDATE offer_response AS answered SET cost = 0 FROM unused
        WHERE answered.installation_id = :installation AND answered.shard_key = unused.shard_key
          AND answered.customer_id = unused.customer_id AND answered.offer_id = unused.offer_id
          AND answered.response = 'ACCEPTED' AND answered.day = unused.day AND answered.number = unused.number
        RETURNING unused.offer_id, unused.cost
    ),
    returned AS (
        SELECT offer.campaign_id, sum(settled.cost) AS cost
        FROM settled JOIN offer ON offer.installation_id = :installation AND offer.id = settled.offer_id
        GROUP BY offer.campaign_id
    )
    UPDATE campaign SET committed = greatest(0, committed - returned.cost) FROM returned
    WHERE campaign.installation_id = :installation AND campaign.id = returned.campaign_id
    """
)


async def put_back_unused(session: AsyncSession, installation: InstallationId) -> None:
    """What coupons cost that ended without an order is there again for others; once a night."""
    await session.execute(_PUT_BACK, {"installation": installation})
