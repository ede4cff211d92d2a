"""A shop's rewards, coupons, codes and incidents for the tests of shops side by side."""

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncSession

from saleor_crm_app.issuing import BatchDesk
from saleor_crm_app.kernel.clock import now
from saleor_crm_app.kernel.ids import CustomerId, InstallationId, OrderId
from saleor_crm_app.loyalty import coupons, rewards
from saleor_crm_app.loyalty.coupons import CouponOrigin, Use
from saleor_crm_app.loyalty.program import programs
from saleor_crm_app.loyalty.rewards.batches import BatchWish
from saleor_crm_app.saleor.codes import CodeBook
from tests.journeys.running import SECRET

_FIVE_OFF = {"effect": {"kind": "FIXED_AMOUNT", "amount": 500}, "words": {"name": "5 off"}, "points": 1}
_DESK = BatchDesk(CodeBook([SECRET]))


async def write_rewards(session: AsyncSession, shop: InstallationId) -> None:
    """The shop's customer was given a reward; a campaign's code was used as often as it may be, and once more."""
    [held] = await programs(session)
    terms = rewards.read_terms(_FIVE_OFF)
    reward = await rewards.create_reward(session, shop, held.program, terms, at=now())
    await rewards.grant(
        session,
        shop,
        CustomerId("6"),
        program=held.program,
        reward=reward.id,
        origin=CouponOrigin.PERSONAL,
        at=now(),
    )
    wish = BatchWish(reward=reward.id, name="Spring flyer", is_shared=True, most_uses=1, asked_by="21")
    batch = await _DESK.create(session, shop, wish, code="SPRING10", at=now())
    [code] = await coupons.batch_codes.codes_of_batch(session, batch.id, most=1)
    for order in await session.scalars(sa.text("SELECT id FROM order_fact ORDER BY id LIMIT 2")):
        use = Use(order=OrderId(order), customer=CustomerId("6"), ordered_at=now(), amount=500, is_void=False)
        await rewards.batch_uses.settle_code_use(session, shop, code.key, use, at=now())
