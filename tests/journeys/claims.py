"""What a customer does with rewards at the storefront, what staff put into the catalog, and how all of it stands."""

from collections.abc import Mapping, Sequence
from typing import Any
from uuid import UUID

import sqlalchemy as sa

from saleor_crm_app.kernel.ids import CouponId, RewardId, global_id, key_of
from saleor_crm_app.loyalty import coupons, rewards
from saleor_crm_app.saleor.business_time import business_time
from tests.journeys.members import Member, the_program
from tests.journeys.town import Town

FIVE_OFF: Mapping[str, Any] = {
    "effect": {"kind": "FIXED_AMOUNT", "amount": 500},
    "words": {"name": "5 off"},
    "points": 500,
}
CLAIM = """
mutation ($channel: String!, $reward: ID!, $key: String!) {
  rewardClaim(input: {channel: $channel, rewardId: $reward, idempotencyKey: $key}) {
    coupon { id code state pointsSpent reward { name } } errors { field code message }
  }
}
"""
COUPONS = """
query ($channel: String!) {
  loyaltyMe(channel: $channel) { coupons { edges { node { id code state pointsSpent expiresAt } } } }
}
"""


async def offer(town: Town, **changes: object) -> RewardId:
    """Put a reward into the catalog, and let the shop have its voucher and codes."""
    shop = await town.app.installation()
    async with town.app.database.shop(shop) as session:
        program = await the_program(session, shop, town)
        at = await business_time(session, shop)
        terms = rewards.read_terms({**FIVE_OFF, **changes})
        made = await rewards.create_reward(session, shop, program, terms, at=at)
    await town.app.worker.runner.run_until_idle()
    return made.id


async def claim(who: Member, reward: RewardId, *, key: str | None = None) -> dict[str, Any]:
    wanted = {"reward": global_id("LoyaltyReward", reward), "key": key or f"claim {next(who.keys)}"}
    answer: dict[str, Any] = (await who.ask(CLAIM, **wanted))["rewardClaim"]
    return answer


async def coupon_of(who: Member, reward: RewardId) -> dict[str, Any]:
    """Claim it and give the coupon."""
    answer = await claim(who, reward)
    assert answer["errors"] == []
    coupon: dict[str, Any] = answer["coupon"]
    return coupon


async def claimed(who: Member, **changes: object) -> str:
    """The code of a reward that was put into the catalog just now."""
    code: str = (await coupon_of(who, await offer(who.town, **changes)))["code"]
    return code


async def refusals(who: Member, reward: RewardId) -> list[str]:
    """Why a claim is refused."""
    answer = await claim(who, reward)
    assert answer["coupon"] is None
    return [error["code"] for error in answer["errors"]]


async def states(who: Member) -> list[str]:
    """How their coupons stand, oldest first."""
    found = (await who.ask(COUPONS))["loyaltyMe"]["coupons"]["edges"]
    return [edge["node"]["state"] for edge in reversed(found)]


async def codes(who: Member) -> list[str]:
    """The codes they can use, oldest first."""
    found = (await who.ask(COUPONS))["loyaltyMe"]["coupons"]["edges"]
    return [edge["node"]["code"] for edge in reversed(found) if edge["node"]["code"] is not None]


async def revoke(town: Town, coupon: Mapping[str, Any]) -> None:
    """Staff take a coupon back, and the shop its code."""
    shop = await town.app.installation()
    async with town.app.database.shop(shop) as session:
        at = await business_time(session, shop)
        found = await coupons.coupon_by_id(session, CouponId(UUID(key_of(coupon["id"], kind="LoyaltyCoupon"))))
        assert found is not None
        await rewards.revoke_coupon(session, shop, found.key, at=at)
    await town.app.worker.runner.run_until_idle()


async def end_what_is_due(town: Town) -> None:
    """What the app does every minute about coupons whose time is over, before it hears anything else."""
    await town.app.worker.time.end_coupons()
    await town.app.worker.runner.run_until_idle()


async def incidents(town: Town) -> Sequence[tuple[str, int, bool]]:
    """Kind, money lost, and whether each is open, by age."""
    shop = await town.app.installation()
    async with town.app.database.shop(shop, read_only=True) as session:
        rows = await session.execute(
            sa.text("SELECT kind, lost, closed_at IS NULL FROM incident ORDER BY opened_at, kind, closed_at")
        )
        return [(kind, lost, is_open) for kind, lost, is_open in rows]


async def troubles(town: Town) -> Sequence[tuple[str, int]]:
    """Kind and money lost of what staff still have to see to, by kind."""
    return sorted((kind, lost) for kind, lost, is_open in await incidents(town) if is_open)


async def vouchers(town: Town) -> list[str]:
    """Ids that the shop gave to our vouchers."""
    shop = await town.app.installation()
    async with town.app.database.shop(shop, read_only=True) as session:
        return [one.saleor_id for one in await rewards.vouchers.live_vouchers(session) if one.saleor_id is not None]
