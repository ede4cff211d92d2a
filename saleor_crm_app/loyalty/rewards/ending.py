"""Ends coupons that nobody used: what was taken for them goes back to whom it came from."""

from collections.abc import Sequence
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncSession

from saleor_crm_app.jobs import outbox
from saleor_crm_app.kernel.errors import LoyaltyErrorCode, Refusal
from saleor_crm_app.kernel.ids import InstallationId
from saleor_crm_app.kernel.money import Points
from saleor_crm_app.loyalty import coupons, points
from saleor_crm_app.loyalty.coupons import Coupon, CouponKey, CouponMedium, CouponState
from saleor_crm_app.loyalty.program import programs_by_id
from saleor_crm_app.loyalty.rewards.catalog import rewards_by_id
from saleor_crm_app.loyalty.rewards.jobs import EndCard, EndCoupons
from saleor_crm_app.loyalty.rewards.supply import put_back


class CouponNotFound(Refusal):
    """No coupon of this shop has that id."""

    code = LoyaltyErrorCode.NOT_FOUND
    field = "couponId"

    def __init__(self) -> None:
        super().__init__("There is no such coupon.")


class CouponOver(Refusal):
    """It was used, or has ended before."""

    code = LoyaltyErrorCode.INVALID
    field = "couponId"

    def __init__(self, state: CouponState) -> None:
        self.state = state
        super().__init__(f"This coupon is {state.value.lower()} already.")


class NotByHand(Refusal):
    """The shop's checkout takes it, and orders tell when it did."""

    code = LoyaltyErrorCode.INVALID
    field = "couponId"

    def __init__(self) -> None:
        super().__init__("This coupon has a code for the shop's checkout; it is used by an order.")


async def end_coupon(
    session: AsyncSession, installation: InstallationId, key: CouponKey, *, at: datetime
) -> CouponState | None:
    """End an open coupon whose code the shop is known not to take, or that never had one; gives how it ended.

    Taken back it is REVOKED, undelivered in time FAILED, else EXPIRED; then points come back only where the reward
    says so. None where it was not open any more, or is not to end.
    """
    coupon = await coupons.coupon_of(session, key, for_update=True)
    if coupon is None or not coupon.is_open:
        return None
    state = _state(coupon, at)
    if state is None:
        return None
    reward = (await rewards_by_id(session, [coupon.reward]))[coupon.reward]
    returned = Points(0)
    gives_back = state is not CouponState.EXPIRED or reward.terms.points_back_on_expiry
    if gives_back and coupon.redemption is not None and coupon.customer is not None:
        program = (await programs_by_id(session))[coupon.program]
        returned = await points.give_back(
            session,
            installation,
            (coupon.customer, coupon.program),
            program=program,
            redemption=coupon.redemption,
            at=at,
        )
    await coupons.change_coupon(
        session, coupon, state=state.value, ended_at=at, returned=min(returned, coupon.points), cost=0, busy_until=None
    )
    # a campaign's code and a card over what a cancelled order took were never taken out of the reward's stock
    if coupon.batch is None and not (coupon.medium is CouponMedium.GIFT_CARD and coupon.replaces is not None):
        await put_back(session, installation, coupon.reward, cost=coupon.cost)
    return state


def _state(coupon: Coupon, at: datetime) -> CouponState | None:
    if coupon.revoking:
        return CouponState.REVOKED
    if coupon.state is CouponState.HELD:
        late = coupon.deliver_by is not None and coupon.deliver_by <= at
        return CouponState.FAILED if late or _is_over(coupon, at) else None
    return CouponState.EXPIRED if _is_over(coupon, at) else None


def _is_over(coupon: Coupon, at: datetime) -> bool:
    return coupon.expires_at is not None and coupon.expires_at <= at


async def revoke_coupon(session: AsyncSession, installation: InstallationId, key: CouponKey, *, at: datetime) -> Coupon:
    """Take a coupon back; it ends, and its points return, as soon as the shop does not take its code any more.

    Raises CouponNotFound and CouponOver.
    """
    coupon = await coupons.coupon_of(session, key, for_update=True)
    if coupon is None:
        raise CouponNotFound
    if not coupon.is_open:
        raise CouponOver(coupon.state)
    await coupons.change_coupon(session, coupon, revoking=True, asked_at=sa.func.clock_timestamp())
    await ask_for_end(session, installation, coupon, at=at)
    found = await coupons.coupon_of(session, key)
    return coupon if found is None else found


async def fulfill_coupon(session: AsyncSession, key: CouponKey) -> Coupon:
    """Staff have given what a coupon without a code stands for; it is used then.

    Raises CouponNotFound, CouponOver and NotByHand.
    """
    coupon = await coupons.coupon_of(session, key, for_update=True)
    if coupon is None:
        raise CouponNotFound
    if coupon.medium is not CouponMedium.NONE:
        raise NotByHand
    if not coupon.is_open:
        raise CouponOver(coupon.state)
    await coupons.change_coupon(session, coupon, state=CouponState.USED.value)
    found = await coupons.coupon_of(session, key)
    return coupon if found is None else found


async def revoke_all(
    session: AsyncSession, installation: InstallationId, open_ones: Sequence[Coupon], *, at: datetime
) -> None:
    """The same for all of these: their customers were deleted."""
    for coupon in open_ones:
        await coupons.change_coupon(session, coupon, revoking=True, asked_at=sa.func.clock_timestamp())
        await ask_for_end(session, installation, coupon, at=at)


async def ask_for_end(session: AsyncSession, installation: InstallationId, coupon: Coupon, *, at: datetime) -> None:
    """Have the shop stop taking a coupon's code; one without any ends at once."""
    if coupon.medium is CouponMedium.GIFT_CARD:
        await outbox.enqueue(session, EndCard(installation=installation, shard=coupon.shard, coupon=coupon.id))
    elif coupon.mac is None:
        await end_coupon(session, installation, coupon.key, at=at)
    elif coupon.voucher_key is not None:
        await outbox.enqueue(session, EndCoupons(installation=installation, voucher=coupon.voucher_key))


async def end_due(session: AsyncSession, installation: InstallationId, *, at: datetime, most: int) -> int:
    """See to open coupons whose end has come, at most so many; says how many there were."""
    due = await coupons.ending(session, at=at, most=most)
    vouchers = {
        one.voucher_key for one in due if one.medium is CouponMedium.VOUCHER and one.mac is not None and one.voucher_key
    }
    for coupon in due:
        if coupon.medium is CouponMedium.GIFT_CARD or coupon.mac is None:
            await ask_for_end(session, installation, coupon, at=at)
    await outbox.enqueue(session, *(EndCoupons(installation=installation, voucher=key) for key in sorted(vouchers)))
    return len(due)
