"""Claims: points, stock and code in one transaction, or nothing; a code of the pool, so that it is there at once."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from saleor_crm_app.jobs import outbox
from saleor_crm_app.kernel.clock import days_later
from saleor_crm_app.kernel.ids import CouponId, CustomerId, InstallationId, RedemptionId, RewardId, new_id
from saleor_crm_app.kernel.money import Points
from saleor_crm_app.kernel.one_at_a_time import one_at_a_time
from saleor_crm_app.loyalty import coupons, points
from saleor_crm_app.loyalty.coupons import Coupon, CouponMedium, CouponOrigin, CouponState
from saleor_crm_app.loyalty.program import Program
from saleor_crm_app.loyalty.rewards.catalog import Reward, rewards_by_id
from saleor_crm_app.loyalty.rewards.errors import LimitReached, NotClaimable, NotOnShow, RewardNotFound, TierTooLow
from saleor_crm_app.loyalty.rewards.jobs import DeliverCard, StockCodes
from saleor_crm_app.loyalty.rewards.judging import full_limit
from saleor_crm_app.loyalty.rewards.plans import medium_of
from saleor_crm_app.loyalty.rewards.supply import take_one
from saleor_crm_app.loyalty.rewards.vouchers import RewardVoucher, current_voucher, voucher_by_key
from saleor_crm_app.loyalty.tiers import statuses

NONE: Final = Points(0)
FEW: Final = 25
"""With so few codes left, more are made."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Grant:
    """What a coupon is given for: `coupon` is its key, the same again for the same grant.

    One that takes another's place is of the same `voucher` as long as there is that one. `cost` None: by the terms.
    """

    coupon: CouponId
    customer: CustomerId
    origin: CouponOrigin
    replaces: CouponId | None = None
    worth: int | None = None
    points: Points = NONE
    redemption: RedemptionId | None = None
    expires_at: datetime | None = None
    voucher: UUID | None = None
    cost: int | None = None


async def claim(
    session: AsyncSession,
    installation: InstallationId,
    customer: CustomerId,
    *,
    program: Program,
    reward: RewardId,
    channel: str,
    at: datetime,
) -> Coupon:
    """Let a customer have a reward for points: ISSUED with its code, or HELD until the shop has one.

    Raises RewardNotFound, NotClaimable, NotOnShow, TierTooLow, LimitReached, OutOfStock, BudgetUsedUp,
    RewardChangedMeanwhile and what `points.redeem` raises; nothing changed then.
    """
    wanted = (await rewards_by_id(session, [reward])).get(reward)
    if wanted is None or wanted.program != program.id:
        raise RewardNotFound
    _demand_on_show(wanted, channel, at)
    if program.paused_at is not None:
        raise points.errors.ProgramPaused
    owner = (customer, program.id)
    if wanted.terms.tiers:
        status = (await statuses(session, installation, [owner], at=at)).get(owner)
        if status is None or status.tier is None or status.tier.code not in wanted.terms.tiers:
            raise TierTooLow(wanted.terms.tiers)
    await one_at_a_time(session, f"claim:{installation}:{customer}")  # limits count what was claimed before
    await _demand_within_limits(session, installation, customer, wanted, at=at)
    coupon = CouponId(new_id())
    cost = Points(wanted.terms.points)
    redemption = RedemptionId(coupon) if cost else None
    if redemption is not None:
        await points.redeem(session, installation, owner, program=program, points=cost, redemption=redemption, at=at)
    grant = Grant(coupon=coupon, customer=customer, origin=CouponOrigin.CLAIM, points=cost, redemption=redemption)
    return await give(session, installation, wanted, grant, program=program, at=at)


async def give(
    session: AsyncSession, installation: InstallationId, reward: Reward, grant: Grant, *, program: Program, at: datetime
) -> Coupon:
    """Take one out of stock and issue the coupon, with a code of the pool where one is left.

    Raises OutOfStock, BudgetUsedUp, RewardRetired and RewardChangedMeanwhile.
    """
    await take_one(session, installation, reward, currency=program.currency, at=at)
    return await issue(session, installation, reward, grant, program=program, at=at)


async def issue(
    session: AsyncSession, installation: InstallationId, reward: Reward, grant: Grant, *, program: Program, at: datetime
) -> Coupon:
    """Issue a coupon that stock and budget are taken for already."""
    terms = reward.terms
    medium = medium_of(terms)
    voucher = await _voucher(session, reward, grant) if medium is CouponMedium.VOUCHER else None
    code = None
    if voucher is not None and voucher.saleor_id is not None:
        code = await coupons.codes.take_code(session, voucher.saleor_id, taker=grant.coupon)
    is_there = code is not None or medium is CouponMedium.NONE
    coupon = Coupon(
        id=grant.coupon,
        shard=coupons.place_of(installation, grant.coupon, grant.customer),
        program=program.id,
        reward=reward.id,
        customer=grant.customer,
        origin=grant.origin,
        medium=medium,
        state=CouponState.ISSUED if is_there else CouponState.HELD,
        currency=program.currency,
        issued_at=at,
        expires_at=grant.expires_at or days_later(at, terms.coupon_days, program.zone),
        points=grant.points,
        redemption=grant.redemption,
        cost=terms.unit_cost if grant.cost is None else grant.cost,
        worth=(grant.worth or terms.effect.amount) if medium is CouponMedium.GIFT_CARD else None,
        voucher_key=None if voucher is None else voucher.key,
        saleor_id=None if code is None else code.saleor_id,
        mac=None if code is None else code.mac,
        sealed=None if code is None else code.sealed,
        deliver_by=None if is_there else at + timedelta(hours=terms.deliver_within_hours),
        replaces=grant.replaces,
    )
    await coupons.insert_coupons(session, installation, [coupon])
    if medium is CouponMedium.GIFT_CARD:
        await outbox.enqueue(session, DeliverCard(installation=installation, shard=coupon.shard, coupon=coupon.id))
    elif voucher is not None and (code is None or await coupons.codes.is_low(session, code.voucher, few=FEW)):
        await outbox.enqueue(session, StockCodes(installation=installation, voucher=voucher.key))
    return coupon


async def _voucher(session: AsyncSession, reward: Reward, grant: Grant) -> RewardVoucher | None:
    """Nobody ends a former one while a coupon of it is being made."""
    if grant.voucher is not None:
        own = await voucher_by_key(session, grant.voucher, for_update=True)
        if own is not None and own.ended_at is None:
            return own
    return await current_voucher(session, reward.id)


def _demand_on_show(reward: Reward, channel: str, at: datetime) -> None:
    terms = reward.terms
    if terms.channels and channel not in terms.channels:
        raise RewardNotFound
    if not terms.is_claimable or terms.given_on:
        raise NotClaimable
    if terms.starts_at is not None and terms.starts_at > at:
        raise NotOnShow(starts_at=terms.starts_at)
    if not reward.is_on_show(channel, at):
        raise NotOnShow(starts_at=None)


async def _demand_within_limits(
    session: AsyncSession, installation: InstallationId, customer: CustomerId, reward: Reward, *, at: datetime
) -> None:
    if not reward.terms.limits:
        return
    had = await coupons.had_before(session, installation, customer, reward.program, [reward.id])
    full = full_limit(reward.terms.limits, had.get(reward.id, ()), at=at)
    if full is not None:
        raise LimitReached(times=full[0].times, again_at=full[1])
