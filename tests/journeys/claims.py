"""What a customer does with rewards at the storefront, and what staff put into the catalog."""

from collections.abc import Mapping, Sequence
from typing import Any

import sqlalchemy as sa

from saleor_crm_app.kernel.ids import RewardId, global_id
from saleor_crm_app.loyalty import rewards
from saleor_crm_app.loyalty.program import programs
from saleor_crm_app.saleor.business_time import business_time
from tests.journeys.shopper import Shopper

FIVE_OFF: Mapping[str, Any] = {
    "effect": {"kind": "FIXED_AMOUNT", "amount": 500},
    "words": {"name": "5 off"},
    "points": 500,
}
CLAIM = """
mutation ($reward: ID!, $key: String!) {
  rewardClaim(input: {channel: "default-channel", rewardId: $reward, idempotencyKey: $key}) {
    coupon { id code state pointsSpent reward { name } } errors { field code message }
  }
}
"""
COUPONS = """
{ loyaltyMe(channel: "default-channel") { coupons { edges { node { id code state pointsSpent expiresAt } } } } }
"""
REWARDS = """
{
  loyaltyMe(channel: "default-channel") {
    rewards { edges { node { id name pointsCost affordable reasons { code } missing { code quantity text } } } }
  }
}
"""


async def offer(anna: Shopper, **changes: object) -> RewardId:
    """Put a reward into the catalog, and let the shop have its voucher and codes."""
    shop = await anna.app.installation()
    async with anna.app.database.shop(shop) as session:
        [held] = await programs(session)
        at = await business_time(session, shop)
        terms = rewards.read_terms({**FIVE_OFF, **changes})
        made = await rewards.create_reward(session, shop, held.program, terms, at=at)
    await anna.settle()
    return made.id


async def claim(anna: Shopper, reward: RewardId, *, key: str | None = None) -> dict[str, Any]:
    variables = {"reward": global_id("LoyaltyReward", reward), "key": key or f"claim {next(anna.keys)}"}
    answer: dict[str, Any] = (await anna.ask(CLAIM, variables))["rewardClaim"]
    return answer


async def coupon_of(anna: Shopper, reward: RewardId) -> dict[str, Any]:
    """Claim it and give the coupon."""
    answer = await claim(anna, reward)
    assert answer["errors"] == []
    coupon: dict[str, Any] = answer["coupon"]
    return coupon


async def states(anna: Shopper) -> list[str]:
    """How her coupons stand, oldest first."""
    found = (await anna.ask(COUPONS, {}))["loyaltyMe"]["coupons"]["edges"]
    return [edge["node"]["state"] for edge in reversed(found)]


async def codes(anna: Shopper) -> list[str]:
    """The codes she can use, oldest first."""
    found = (await anna.ask(COUPONS, {}))["loyaltyMe"]["coupons"]["edges"]
    return [edge["node"]["code"] for edge in reversed(found) if edge["node"]["code"] is not None]


async def incidents(anna: Shopper) -> Sequence[tuple[str, int, bool]]:
    """Kind, money lost, and whether each is open."""
    shop = await anna.app.installation()
    async with anna.app.database.shop(shop, read_only=True) as session:
        rows = await session.execute(
            sa.text("SELECT kind, lost, closed_at IS NULL FROM incident ORDER BY opened_at, kind")
        )
        return [(kind, lost, is_open) for kind, lost, is_open in rows]
