"""Examples of what staff do about rewards, coupons and incidents."""

from collections.abc import Mapping
from typing import Any, Final
from uuid import uuid4

from saleor_crm_app.crm.incidents import Incident, open_incidents
from saleor_crm_app.kernel.ids import global_id
from saleor_crm_app.kernel.money import MinorUnits, Money
from tests.shop import ANNA, NOON
from tests.staff.scene import Input, Scene

REWARD: Final[Mapping[str, Any]] = {
    "kind": "CUSTOM",
    "words": [{"name": "A tour of the house"}],
    "points": 50,
}


async def reward(scene: Scene) -> Input:
    return {"programId": scene.program, "reward": REWARD, "text": "As agreed"}


async def given_reward(scene: Scene) -> str:
    """The global id of a reward of the catalog."""
    await scene.does("rewardCreate", await reward(scene))
    [(made,)] = await scene.rows("SELECT id FROM reward")
    return global_id("LoyaltyReward", made)


async def reward_anew(scene: Scene) -> Input:
    return {"id": await given_reward(scene), "expectedVersion": 1, "reward": {**REWARD, "points": 60}}


async def reward_end(scene: Scene) -> Input:
    return {"id": await given_reward(scene), "text": "The house is closed"}


async def coupon(scene: Scene) -> Input:
    return {
        "memberId": scene.member,
        "rewardId": await given_reward(scene),
        "isGoodwill": True,
        "text": "A late parcel",
        "idempotencyKey": str(uuid4()),
    }


async def _given_coupon(scene: Scene) -> str:
    await scene.does("couponIssue", await coupon(scene))
    [(made,)] = await scene.rows("SELECT id FROM coupon")
    return global_id("LoyaltyCoupon", made)


async def fulfillment(scene: Scene) -> Input:
    return {"couponId": await _given_coupon(scene), "text": "On Sunday"}


async def revocation(scene: Scene) -> Input:
    return {"couponId": await _given_coupon(scene), "text": "Given to the wrong Anna"}


async def closing(scene: Scene) -> Input:
    incident = Incident(
        id=uuid4(), kind="COUPON_USED_AGAIN", lost=Money(MinorUnits(500), "EUR"), opened_at=NOON, customer=ANNA
    )
    async with scene.shop.database.shop(scene.shop.id) as session:
        await open_incidents(session, scene.shop.id, [incident])
    return {"incidentId": global_id("Incident", incident.id), "text": "Called her"}
