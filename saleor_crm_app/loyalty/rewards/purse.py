"""Coupons at hand, each with what it is good for: those of a customer, and one whose code somebody has typed."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Final
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from saleor_crm_app.kernel.ids import CustomerId, InstallationId, ProgramId
from saleor_crm_app.loyalty import coupons
from saleor_crm_app.loyalty.coupons import Coupon, CouponMedium
from saleor_crm_app.loyalty.rewards.plans import VoucherPlan
from saleor_crm_app.loyalty.rewards.terms import Effect, RewardKind, RewardTerms
from saleor_crm_app.loyalty.rewards.vouchers import RewardVoucher, vouchers_by_key

MOST: Final = 100


@dataclass(frozen=True, slots=True, kw_only=True)
class AtHand:
    """A coupon that can be used now, and the plan it was given by; its reward may have changed since."""

    coupon: Coupon
    plan: VoucherPlan


async def purse_of(
    session: AsyncSession, installation: InstallationId, customer: CustomerId, program: ProgramId, *, at: datetime
) -> list[AtHand]:
    """A customer's own, the hundred that expire first; two statements."""
    found = await coupons.usable.usable_coupons(session, installation, customer, program, at=at, most=MOST)
    return await _with_plans(session, found, at=at)


async def by_code(
    session: AsyncSession,
    macs: Collection[bytes],
    *,
    customer: CustomerId | None,
    program: ProgramId,
    at: datetime,
) -> AtHand | None:
    """The coupon of a typed code, if it is the customer's own or anybody's and can be used now.

    Two statements whatever is wrong with it: nobody learns from the answer's time why it is None.
    """
    found = await coupons.coupons_by_code(session, macs)
    theirs = [one for one in found if one.program == program and one.customer in {None, customer}]
    at_hand = await _with_plans(session, [one for one in theirs if coupons.usable.is_usable(one, at=at)], at=at)
    return next(iter(at_hand), None)


def plan_of_reward(terms: RewardTerms, currency: str) -> VoucherPlan:
    """What a coupon would be good for, were it given by these terms now."""
    return VoucherPlan(effect=terms.effect, currency=currency, channels=terms.channels, min_spent=terms.min_spent)


async def _with_plans(session: AsyncSession, found: Collection[Coupon], *, at: datetime) -> list[AtHand]:
    """Those whose voucher still stands; one statement, also for none."""
    keys = {one.voucher_key for one in found if one.voucher_key is not None}
    vouchers = {one.key: one for one in await vouchers_by_key(session, keys)}
    planned = [(one, _plan(one, vouchers, at=at)) for one in found]
    return [AtHand(coupon=coupon, plan=plan) for coupon, plan in planned if plan is not None]


def _plan(coupon: Coupon, vouchers: Mapping[UUID, RewardVoucher], *, at: datetime) -> VoucherPlan | None:
    if coupon.medium is CouponMedium.GIFT_CARD:
        effect = Effect(kind=RewardKind.GIFT_CARD, amount=coupon.worth)
        return VoucherPlan(effect=effect, currency=coupon.currency)
    voucher = None if coupon.voucher_key is None else vouchers.get(coupon.voucher_key)
    if voucher is None or voucher.ended_at is not None:
        return None
    return None if voucher.plan.ends_at is not None and voucher.plan.ends_at <= at else voucher.plan
