"""Claims at the storefront's door: how often one may ask, once for each key, and the code for its owner's eyes."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final
from uuid import UUID

import msgspec
from sqlalchemy.ext.asyncio import AsyncSession

from saleor_crm_app.kernel.clock import now
from saleor_crm_app.kernel.db import Database, retrying
from saleor_crm_app.kernel.idempotency import once
from saleor_crm_app.kernel.ids import CouponId, CustomerId, InstallationId, RewardId, ShardKey
from saleor_crm_app.kernel.limits import demand_rate
from saleor_crm_app.loyalty import coupons, points, rewards
from saleor_crm_app.loyalty.coupons import Coupon, CouponMedium, CouponState
from saleor_crm_app.loyalty.program import Program, program_of_channel
from saleor_crm_app.loyalty.rewards import RewardNotFound
from saleor_crm_app.saleor.codes import CodeBook

MOST_A_MINUTE: Final = 10
"""So often one customer may ask for a reward."""
_MINUTE: Final = timedelta(minutes=1)


class _Made(msgspec.Struct, frozen=True):
    shard: int
    coupon: UUID


@dataclass(frozen=True, slots=True, kw_only=True)
class Wish:
    """What a customer asks for; `key` is new for each wish."""

    shop: InstallationId
    customer: CustomerId
    channel: str
    reward: RewardId
    key: str
    at: datetime


class Desk:
    """Takes claims, and shows codes to whom they belong."""

    def __init__(self, database: Database, codes: CodeBook) -> None:
        self._database = database
        self._codes = codes

    async def claim(self, wish: Wish) -> Coupon:
        """Give the customer the reward, or the coupon that the same key got before, as it reads now.

        Raises the refusals of `rewards.claim`, RateLimited, BadIdempotencyKey and IdempotencyConflict.
        """
        owner = f"customer:{wish.customer}"
        async with self._database.shop(wish.shop) as session:
            await demand_rate(
                session, wish.shop, owner=owner, act="rewardClaim", most=MOST_A_MINUTE, per=_MINUTE, at=now()
            )
        return await retrying(lambda: self._claim(wish, owner))

    async def _claim(self, wish: Wish, owner: str) -> Coupon:
        async with self._database.shop(wish.shop) as session:

            async def act() -> _Made:
                program = await program_of_channel(session, wish.channel)
                if program is None or not await self._is_member(session, wish, program):
                    raise RewardNotFound
                made = await rewards.claim(
                    session,
                    wish.shop,
                    wish.customer,
                    program=program,
                    reward=wish.reward,
                    channel=wish.channel,
                    at=wish.at,
                )
                return _Made(shard=made.shard, coupon=made.id)

            done = await once(
                session,
                wish.shop,
                owner=owner,
                key=wish.key,
                input=["rewardClaim", wish.channel, str(wish.reward)],
                answer=_Made,
                act=act,
            )
            found = await coupons.coupon_of(session, (ShardKey(done.shard), CouponId(done.coupon)))
        if found is None:
            raise RewardNotFound
        return found

    async def _is_member(self, session: AsyncSession, wish: Wish, program: Program) -> bool:
        joined = await points.memberships.programs_joined(session, wish.shop, wish.customer, [program])
        return program.id in joined

    def code_of(self, shop: InstallationId, coupon: Coupon, *, at: datetime) -> str | None:
        """The code, while it can be used."""
        usable = {CouponState.ISSUED}
        if coupon.medium is CouponMedium.GIFT_CARD:  # what is left on it can be spent on other orders
            usable.add(CouponState.USED)
        if coupon.sealed is None or coupon.revoking or coupon.state_at(at) not in usable:
            return None
        return self._codes.open(coupon.sealed, installation=shop)
