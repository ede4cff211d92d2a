"""Examples of what staff do about batches of codes."""

from typing import Any
from uuid import uuid4

from saleor_crm_app.kernel.ids import global_id
from tests.staff.scene import Input, Scene

FIVE_OFF: dict[str, Any] = {"kind": "FIXED_AMOUNT", "amount": "500", "words": [{"name": "5 off"}]}


async def batch(scene: Scene, **changes: object) -> Input:
    """Ten codes that take 5 off."""
    return {
        "rewardId": await five_off(scene),
        "name": "Spring flyer",
        "quantity": 10,
        "prefix": "SPRING",
        "budget": "10000",
        "text": "As agreed",
        "idempotencyKey": str(uuid4()),
        **changes,
    }


async def five_off(scene: Scene) -> str:
    """The global id of a reward of the catalog."""
    await scene.does("rewardCreate", {"programId": scene.program, "reward": FIVE_OFF})
    [(made,)] = await scene.rows("SELECT id FROM reward")
    return global_id("LoyaltyReward", made)


async def asked_for(scene: Scene, **changes: object) -> str:
    """The global id of a batch whose codes are not made yet."""
    assert (await scene.does("couponBatchCreate", await batch(scene, **changes)))["errors"] == []
    [(made,)] = await scene.rows("SELECT id FROM coupon_batch")
    return global_id("CouponBatch", made)


async def stop(scene: Scene) -> Input:
    return {"batchId": await asked_for(scene)}


async def resumption(scene: Scene) -> Input:
    wanted = await stop(scene)
    await scene.does("couponBatchStop", wanted)
    return wanted


async def end(scene: Scene) -> Input:
    return {"batchId": await asked_for(scene), "text": "The flyer had a fault"}


async def importing(scene: Scene) -> Input:
    made = await asked_for(scene, quantity=0, prefix=None)
    return {"batchId": made, "codes": ["PRINTED-1", "PRINTED-2"], "idempotencyKey": str(uuid4())}
