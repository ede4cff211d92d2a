"""Coupons as staff see them: whose, how they stand, and what came of the orders that used them."""

from datetime import datetime
from enum import Enum
from typing import Annotated

import strawberry

from saleor_crm_app.kernel.ids import CustomerId, RewardId, global_id
from saleor_crm_app.kernel.paging import page_of
from saleor_crm_app.loyalty import coupons as held
from saleor_crm_app.loyalty.coupons import CouponPage
from saleor_crm_app.staff.context import Info
from saleor_crm_app.staff.inputs import (
    AfterArgument,
    BeforeArgument,
    FirstArgument,
    LastArgument,
    customer_of,
    given,
)
from saleor_crm_app.staff.pages import PageInfo
from saleor_crm_app.staff.permissions import ManagesUsers
from saleor_crm_app.staff.reward_types import Reward
from saleor_crm_app.staff.rewards import reward_key
from saleor_crm_app.staff.scalars import BigInt


@strawberry.enum(description="How a coupon stands.")
class CouponState(Enum):
    ISSUED = strawberry.enum_value("ISSUED", description="It can be used.")
    HELD = strawberry.enum_value("HELD", description="It is granted, and waits for its code.")
    USED = strawberry.enum_value("USED", description="An order was placed with it.")
    EXPIRED = strawberry.enum_value("EXPIRED", description="Its time is over.")
    REVOKED = strawberry.enum_value("REVOKED", description="It was taken back, or another took its place.")
    FAILED = strawberry.enum_value("FAILED", description="No code could be had in time; the points came back.")


@strawberry.enum(description="What made a coupon.")
class CouponOrigin(Enum):
    CLAIM = strawberry.enum_value("CLAIM", description="The customer claimed it.")
    PERSONAL = strawberry.enum_value("PERSONAL", description="Staff gave it.")
    GOODWILL = strawberry.enum_value("GOODWILL", description="Staff gave it as a courtesy.")
    SIGN_UP = strawberry.enum_value("SIGN_UP", description="The customer signed up.")
    FIRST_ORDER = strawberry.enum_value("FIRST_ORDER", description="The customer's first order.")
    BIRTHDAY = strawberry.enum_value("BIRTHDAY", description="The customer's birthday.")
    OFFER = strawberry.enum_value("OFFER", description="An offer that the customer accepted.")
    BATCH = strawberry.enum_value("BATCH", description="A campaign's batch of codes.")
    REPLACEMENT = strawberry.enum_value("REPLACEMENT", description="The order that had used another was cancelled.")


@strawberry.enum(description="What a use of a coupon came to.")
class CouponOutcome(Enum):
    USED = strawberry.enum_value("USED", description="As it should be.")
    USED_BY_GUEST = strawberry.enum_value("USED_BY_GUEST", description="Without signing in; maybe by its owner.")
    USED_BY_OTHER = strawberry.enum_value("USED_BY_OTHER", description="By another customer.")
    USED_AGAIN = strawberry.enum_value("USED_AGAIN", description="After another order had used it up.")
    USED_AFTER_END = strawberry.enum_value("USED_AFTER_END", description="After it was over.")
    VOID = strawberry.enum_value("VOID", description="The order was cancelled or has expired.")
    REPLACED = strawberry.enum_value("REPLACED", description="The order was cancelled; a new coupon was given.")


@strawberry.type(description="An order that was placed with a coupon.")
class CouponUse:
    order_id: strawberry.ID = strawberry.field(description="The order's global id in Saleor.")
    customer_id: strawberry.ID | None = strawberry.field(description="Whose order it is; null for guests.")
    ordered_at: datetime = strawberry.field(description="When it was placed.")
    amount: BigInt = strawberry.field(description="What the coupon took off it, in minor units.")
    outcome: CouponOutcome = strawberry.field(description="What it came to.")
    charged: BigInt = strawberry.field(description="Points that were taken for it once more.")


@strawberry.type(description="A reward that was granted to a customer, or a campaign's code.")
class Coupon:
    id: strawberry.ID = strawberry.field(description="The coupon's global id.")
    customer_id: strawberry.ID | None = strawberry.field(description="Whose it is; null for a campaign's code.")
    origin: CouponOrigin = strawberry.field(description="What made it.")
    state: CouponState = strawberry.field(description="How it stands now.")
    points: BigInt = strawberry.field(description="How many points it cost.")
    points_returned: BigInt = strawberry.field(description="How many of them came back.")
    issued_at: datetime = strawberry.field(description="When it was granted.")
    expires_at: datetime | None = strawberry.field(description="Until when it can be used.")
    ended_at: datetime | None = strawberry.field(description="When it ended unused, or was replaced.")
    replaces_id: strawberry.ID | None = strawberry.field(description="The coupon whose place it took.")
    row: strawberry.Private[held.Coupon]

    @strawberry.field(description="What it is good for.")
    async def reward(self, info: Info) -> Reward | None:
        found = await info.context.loaders.rewards.load(self.row.reward)
        return None if found is None else Reward.of(found)

    @strawberry.field(description="The orders that were placed with it, and what came of each.")
    async def uses(self, info: Info) -> list[CouponUse]:
        return [
            CouponUse(
                order_id=strawberry.ID(global_id("Order", one.use.order)),
                customer_id=None if one.use.customer is None else strawberry.ID(global_id("User", one.use.customer)),
                ordered_at=one.use.ordered_at,
                amount=BigInt(one.use.amount),
                outcome=CouponOutcome[one.outcome],
                charged=BigInt(one.charged),
            )
            for one in await info.context.loaders.coupon_uses.load(self.row.key)
        ]

    @classmethod
    def of(cls, row: held.Coupon, at: datetime) -> "Coupon":
        return cls(
            row=row,
            id=strawberry.ID(global_id("LoyaltyCoupon", row.id)),
            customer_id=None if row.customer is None else strawberry.ID(global_id("User", row.customer)),
            origin=CouponOrigin[row.origin],
            state=CouponState[row.state_at(at)],
            points=BigInt(row.points),
            points_returned=BigInt(row.returned),
            issued_at=row.issued_at,
            expires_at=row.expires_at,
            ended_at=row.ended_at,
            replaces_id=None if row.replaces is None else strawberry.ID(global_id("LoyaltyCoupon", row.replaces)),
        )


@strawberry.type(description="A coupon and its place in the list.")
class CouponEdge:
    node: Coupon = strawberry.field(description="The coupon.")
    cursor: str = strawberry.field(description="Its place, for `after` and `before`.")


@strawberry.type(description="A page of coupons, newest first.")
class CouponConnection:
    edges: list[CouponEdge] = strawberry.field(description="The coupons of this page.")
    page_info: PageInfo = strawberry.field(description="Where this page lies.")
    total_count: int = strawberry.field(description="How many there are in all.")

    @classmethod
    def of(cls, page: CouponPage, at: datetime) -> "CouponConnection":
        edges = [CouponEdge(node=Coupon.of(one, at), cursor=page.cursor(one)) for one in page.coupons]
        cursors = [edge.cursor for edge in edges]
        return cls(
            edges=edges,
            page_info=PageInfo.of(cursors, has_next=page.has_next, has_previous=page.has_previous),
            total_count=page.total,
        )


RewardArgument = Annotated[strawberry.ID | None, strawberry.argument(description="Only those of this reward.")]
CustomerArgument = Annotated[
    strawberry.ID | None, strawberry.argument(description="Only those of this customer, by Saleor's global id.")
]
StateArgument = Annotated[CouponState | None, strawberry.argument(description="Only those that stand so now.")]


@strawberry.type(description="What staff may read of coupons.")
class CouponsQuery:
    @strawberry.field(permission_classes=[ManagesUsers], description="Coupons, newest first.")
    async def coupons(
        self,
        info: Info,
        first: FirstArgument = strawberry.UNSET,
        after: AfterArgument = strawberry.UNSET,
        last: LastArgument = strawberry.UNSET,
        before: BeforeArgument = strawberry.UNSET,
        reward_id: RewardArgument = strawberry.UNSET,
        customer_id: CustomerArgument = strawberry.UNSET,
        state: StateArgument = strawberry.UNSET,
    ) -> CouponConnection:
        page = page_of(given(first), given(after), last=given(last), before=given(before))
        wanted = given(state)
        async with info.context.reading.session() as session:
            found = await held.coupons_of_shop(
                session,
                page,
                reward=_reward(given(reward_id)),
                customer=_customer(given(customer_id)),
                state=None if wanted is None else held.CouponState(wanted.name),
                at=info.context.at,
            )
        return CouponConnection.of(found, info.context.at)


def _reward(text: str | None) -> RewardId | None:
    return None if text is None else reward_key(text)


def _customer(text: str | None) -> CustomerId | None:
    return None if text is None else customer_of(text, field="customerId")
