"""Coupons as their owner sees them, and rewards that are claimed."""

from datetime import datetime
from enum import Enum
from uuid import UUID

import strawberry

from saleor_crm_app.issuing import Desk, Wish
from saleor_crm_app.kernel.errors import LoyaltyErrorCode, Refusal
from saleor_crm_app.kernel.ids import RewardId, global_id, key_of
from saleor_crm_app.loyalty.coupons import Coupon as Held
from saleor_crm_app.loyalty.coupons import CouponPage
from saleor_crm_app.loyalty.program import Program
from saleor_crm_app.loyalty.rewards import Chance, RewardNotFound
from saleor_crm_app.storefront.context import Info, Visit
from saleor_crm_app.storefront.errors import LoyaltyError
from saleor_crm_app.storefront.pages import PageInfo
from saleor_crm_app.storefront.rewards import LoyaltyReward


class SignInToClaim(Refusal):
    """Guests have no points."""

    code = LoyaltyErrorCode.NOT_ELIGIBLE

    def __init__(self) -> None:
        super().__init__("Sign in to claim rewards.")


@strawberry.enum(description="How a coupon stands.")
class CouponState(Enum):
    ISSUED = strawberry.enum_value("ISSUED", description="It can be used.")
    HELD = strawberry.enum_value("HELD", description="It is granted; its code comes as soon as the shop has it.")
    USED = strawberry.enum_value("USED", description="An order was placed with it.")
    EXPIRED = strawberry.enum_value("EXPIRED", description="Its time is over.")
    REVOKED = strawberry.enum_value("REVOKED", description="It was taken back, or another took its place.")
    FAILED = strawberry.enum_value("FAILED", description="Its code could not be had in time; the points came back.")


@strawberry.type(description="A reward that was granted to the customer.")
class LoyaltyCoupon:
    id: strawberry.ID = strawberry.field(description="The coupon's global id.")
    code: str | None = strawberry.field(description="The code for the shop's checkout, while it can be used.")
    state: CouponState = strawberry.field(description="How it stands now.")
    points_spent: int = strawberry.field(description="How many points it cost.")
    issued_at: datetime = strawberry.field(description="When it was granted.")
    expires_at: datetime | None = strawberry.field(description="Until when it can be used.")
    delivered_by: datetime | None = strawberry.field(
        description="Until when its code comes at the latest, where it waits; else the points come back."
    )
    held: strawberry.Private[Held]
    program: strawberry.Private[Program]
    language: strawberry.Private[str | None]

    @strawberry.field(description="What it is good for.")
    async def reward(self, info: Info) -> LoyaltyReward | None:
        loaders = info.context.require_visit().loaders
        found = await loaders.rewards.load(self.held.reward)
        if found is None:
            return None
        return LoyaltyReward.of(
            Chance(reward=found, affordable=False, reasons=(), missing=()), self.program, self.language
        )

    @classmethod
    def of(
        cls, held: Held, program: Program, *, desk: Desk, visit: Visit, language: str | None = None
    ) -> "LoyaltyCoupon":
        return cls(
            id=strawberry.ID(global_id("LoyaltyCoupon", held.id)),
            code=desk.code_of(visit.installation.id, held, at=visit.at),
            state=CouponState[held.state_at(visit.at)],
            points_spent=held.points,
            issued_at=held.issued_at,
            expires_at=held.expires_at,
            delivered_by=held.deliver_by,
            held=held,
            program=program,
            language=language,
        )


@strawberry.type(description="A coupon and its place in the list.")
class CouponEdge:
    node: LoyaltyCoupon = strawberry.field(description="The coupon.")
    cursor: str = strawberry.field(description="Its place, for `after` and `before`.")


@strawberry.type(description="A page of coupons, newest first.")
class CouponConnection:
    edges: list[CouponEdge] = strawberry.field(description="The coupons of this page.")
    page_info: PageInfo = strawberry.field(description="Where this page lies.")
    total_count: int = strawberry.field(description="How many coupons there are in all.")

    @classmethod
    def of(
        cls, page: CouponPage, program: Program, *, desk: Desk, visit: Visit, language: str | None
    ) -> "CouponConnection":
        edges = [
            CouponEdge(
                node=LoyaltyCoupon.of(one, program, desk=desk, visit=visit, language=language),
                cursor=page.cursor(one),
            )
            for one in page.coupons
        ]
        cursors = [edge.cursor for edge in edges]
        return cls(
            edges=edges,
            page_info=PageInfo.of(cursors, has_next=page.has_next, has_previous=page.has_previous),
            total_count=page.total,
        )


@strawberry.input(description="A reward to claim.")
class RewardClaimInput:
    channel: str = strawberry.field(description="The slug of the channel it is claimed in.")
    reward_id: strawberry.ID = strawberry.field(description="The reward's global id.")
    idempotency_key: str = strawberry.field(
        description="A new text for each wish; sent again with the same input it gets the same coupon."
    )


@strawberry.type(description="A reward that was claimed.")
class RewardClaim:
    coupon: LoyaltyCoupon | None = strawberry.field(
        description="The coupon, with its code, or `HELD` until the shop has one."
    )
    errors: list[LoyaltyError] = strawberry.field(description="What was refused; then nothing has changed.")


@strawberry.type(description="Claiming rewards.")
class CouponMutation:
    @strawberry.mutation(description="Let the signed-in customer have a reward for points.")
    async def reward_claim(self, info: Info, input: RewardClaimInput) -> RewardClaim:
        try:
            return RewardClaim(coupon=await _claim(info, input), errors=[])
        except Refusal as refusal:
            return RewardClaim(coupon=None, errors=[LoyaltyError.of(refusal)])


async def _claim(info: Info, given: RewardClaimInput) -> LoyaltyCoupon:
    visit, desk = info.context.require_visit(), info.context.desk
    if visit.customer is None:
        raise SignInToClaim
    wish = Wish(
        shop=visit.installation.id,
        customer=visit.customer,
        channel=given.channel,
        reward=_reward(given.reward_id),
        key=given.idempotency_key,
        at=visit.at,
    )
    coupon = await desk.claim(wish)
    program = await visit.loaders.programs.load(given.channel)
    if program is None:
        raise RewardNotFound
    language = await visit.language()
    return LoyaltyCoupon.of(coupon, program, desk=desk, visit=visit, language=language)


def _reward(text: str) -> RewardId:
    try:
        return RewardId(UUID(key_of(text, kind="LoyaltyReward")))
    except ValueError:
        raise RewardNotFound from None
