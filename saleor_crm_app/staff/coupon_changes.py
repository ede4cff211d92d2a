"""Coupons that staff give without points and take back; each act is written down."""

from uuid import UUID

import msgspec
import strawberry

from saleor_crm_app.kernel.audit import LONGEST_REASON, Subject, audit
from saleor_crm_app.kernel.errors import Refusal
from saleor_crm_app.kernel.idempotency import once
from saleor_crm_app.kernel.ids import AccountId, CouponId
from saleor_crm_app.loyalty import coupons as held
from saleor_crm_app.loyalty import points, rewards
from saleor_crm_app.loyalty.coupons import CouponOrigin
from saleor_crm_app.loyalty.program import programs_by_id
from saleor_crm_app.staff.context import Info
from saleor_crm_app.staff.coupons import Coupon
from saleor_crm_app.staff.health import StaffError
from saleor_crm_app.staff.inputs import given, uuid_of, words_of
from saleor_crm_app.staff.permissions import ManagesUsers
from saleor_crm_app.staff.rewards import reward_key
from saleor_crm_app.staff.tiers import NoSuch


@strawberry.input(description="A coupon to give without points.")
class CouponIssueInput:
    member_id: strawberry.ID = strawberry.field(description="The member's global id.")
    reward_id: strawberry.ID = strawberry.field(description="The reward's global id.")
    is_goodwill: bool = strawberry.field(default=False, description="Whether it is a courtesy.")
    text: str = strawberry.field(description="Why, in your words; staff read it in the audit trail.")
    idempotency_key: str = strawberry.field(description="A new text for each wish.")


@strawberry.input(description="A coupon to take back.")
class CouponRevokeInput:
    coupon_id: strawberry.ID = strawberry.field(description="The coupon's global id.")
    text: str = strawberry.field(description="Why, in your words; staff read it in the audit trail.")


@strawberry.input(description="A coupon without a code, whose reward was handed over.")
class CouponFulfillInput:
    coupon_id: strawberry.ID = strawberry.field(description="The coupon's global id.")
    text: str | None = strawberry.field(default=None, description="How, in your words; staff read it in the trail.")


@strawberry.type(description="A coupon whose reward was handed over; it is used.")
class CouponFulfill:
    coupon: Coupon | None = strawberry.field(description="The coupon.")
    errors: list[StaffError] = strawberry.field(description="What was refused; nothing was changed then.")


@strawberry.type(description="A coupon that was given.")
class CouponIssue:
    coupon: Coupon | None = strawberry.field(description="The coupon.")
    errors: list[StaffError] = strawberry.field(description="What was refused; nothing was changed then.")


@strawberry.type(description="A coupon that is taken back: it ends as soon as the shop takes its code no more.")
class CouponRevoke:
    coupon: Coupon | None = strawberry.field(description="The coupon.")
    errors: list[StaffError] = strawberry.field(description="What was refused; nothing was changed then.")


class _Made(msgspec.Struct, frozen=True):
    coupon: UUID


@strawberry.type(description="What staff may do about coupons.")
class CouponsMutation:
    @strawberry.mutation(
        permission_classes=[ManagesUsers], description="Give a member a coupon without points; it counts as given."
    )
    async def coupon_issue(self, info: Info, input: CouponIssueInput) -> CouponIssue:
        try:
            return CouponIssue(coupon=Coupon.of(await _issue(info, input), info.context.at), errors=[])
        except Refusal as refusal:
            return CouponIssue(coupon=None, errors=[StaffError.of(refusal)])

    @strawberry.mutation(
        permission_classes=[ManagesUsers],
        description="Take a coupon back. Its points return once the shop is seen to take its code no more.",
    )
    async def coupon_revoke(self, info: Info, input: CouponRevokeInput) -> CouponRevoke:
        try:
            return CouponRevoke(coupon=Coupon.of(await _revoke(info, input), info.context.at), errors=[])
        except Refusal as refusal:
            return CouponRevoke(coupon=None, errors=[StaffError.of(refusal)])

    @strawberry.mutation(
        permission_classes=[ManagesUsers],
        description="Say that what a coupon without a code stands for was handed over.",
    )
    async def coupon_fulfill(self, info: Info, input: CouponFulfillInput) -> CouponFulfill:
        try:
            return CouponFulfill(coupon=Coupon.of(await _fulfill(info, input), info.context.at), errors=[])
        except Refusal as refusal:
            return CouponFulfill(coupon=None, errors=[StaffError.of(refusal)])


async def _issue(info: Info, wanted: CouponIssueInput) -> held.Coupon:
    context = info.context
    account = AccountId(uuid_of(wanted.member_id, "Member", field="memberId"))
    reward, reason = reward_key(wanted.reward_id), words_of(wanted.text, field="text", most=LONGEST_REASON)
    origin = CouponOrigin.GOODWILL if wanted.is_goodwill else CouponOrigin.PERSONAL
    async with context.database.shop(context.shop) as session:

        async def act() -> _Made:
            member = await points.member_by_account(session, context.shop, account)
            if member is None:
                raise NoSuch("memberId")
            program = (await programs_by_id(session))[member.program]
            made = await rewards.grant(
                session, context.shop, member.customer, program=program, reward=reward, origin=origin, at=context.at
            )
            line = context.act(
                "couponIssue",
                subject=Subject("Member", str(account)),
                after={"coupon": str(made.id), "reward": str(reward), "origin": origin.value},
                reason=reason,
            )
            await audit(session, context.shop, line)
            return _Made(coupon=made.id)

        done = await once(
            session,
            context.shop,
            owner=context.owner,
            key=wanted.idempotency_key,
            input=["couponIssue", str(account), str(reward), origin.value, reason],
            answer=_Made,
            act=act,
        )
        return _there(await held.coupon_by_id(session, CouponId(done.coupon)))


async def _revoke(info: Info, wanted: CouponRevokeInput) -> held.Coupon:
    context = info.context
    key = CouponId(uuid_of(wanted.coupon_id, "LoyaltyCoupon", field="couponId"))
    reason = words_of(wanted.text, field="text", most=LONGEST_REASON)
    async with context.database.shop(context.shop) as session:
        coupon = _there(await held.coupon_by_id(session, key))
        after = await rewards.revoke_coupon(session, context.shop, coupon.key, at=context.at)
        line = context.act(
            "couponRevoke",
            subject=Subject("LoyaltyCoupon", str(key)),
            before={"state": coupon.state.value},
            after={"state": after.state.value, "revoking": after.revoking},
            reason=reason,
        )
        await audit(session, context.shop, line)
    return after


async def _fulfill(info: Info, wanted: CouponFulfillInput) -> held.Coupon:
    context = info.context
    key = CouponId(uuid_of(wanted.coupon_id, "LoyaltyCoupon", field="couponId"))
    text = given(wanted.text)
    reason = None if text is None else words_of(text, field="text", most=LONGEST_REASON)
    async with context.database.shop(context.shop) as session:
        coupon = _there(await held.coupon_by_id(session, key))
        after = await rewards.fulfill_coupon(session, coupon.key)
        line = context.act(
            "couponFulfill",
            subject=Subject("LoyaltyCoupon", str(key)),
            before={"state": coupon.state.value},
            after={"state": after.state.value},
            reason=reason,
        )
        await audit(session, context.shop, line)
    return after


def _there(coupon: held.Coupon | None) -> held.Coupon:
    if coupon is None:
        raise rewards.CouponNotFound
    return coupon
