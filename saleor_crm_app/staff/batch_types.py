"""Batches of a campaign's codes as staff see them."""

from datetime import datetime
from enum import Enum

import strawberry

from saleor_crm_app.kernel.ids import global_id
from saleor_crm_app.kernel.paging import cursor_of
from saleor_crm_app.loyalty import coupons, rewards
from saleor_crm_app.loyalty.coupons import Batch
from saleor_crm_app.staff.context import Info
from saleor_crm_app.staff.coupons import CouponState
from saleor_crm_app.staff.pages import PageInfo
from saleor_crm_app.staff.reward_types import Reward
from saleor_crm_app.staff.scalars import BigInt

BATCH_CURSOR = "CouponBatch"
CODE_CURSOR = "CouponBatchCode"


@strawberry.enum(description="How a batch of codes stands.")
class CouponBatchState(Enum):
    RUNNING = strawberry.enum_value("RUNNING", description="Its codes are being made.")
    READY = strawberry.enum_value("READY", description="All its codes are in the shop.")
    STOPPED = strawberry.enum_value(
        "STOPPED", description="No more codes are made until somebody has it go on; those that are made stay good."
    )
    ENDED = strawberry.enum_value("ENDED", description="None of its codes is good any more.")


@strawberry.enum(description="Why a batch of codes has ended.")
class CouponBatchEndReason(Enum):
    STAFF = strawberry.enum_value("STAFF", description="Somebody of the staff ended it.")
    BUDGET = strawberry.enum_value("BUDGET", description="Its budget was used up.")
    EXPIRED = strawberry.enum_value("EXPIRED", description="Its time is over.")


@strawberry.enum(description="What is wrong with a code that was made elsewhere.")
class CouponCodeFault(Enum):
    TOO_SHORT = strawberry.enum_value("TOO_SHORT", description="It could be guessed.")
    TOO_LONG = strawberry.enum_value("TOO_LONG", description="Saleor takes 255 characters at most.")
    BAD_CHARACTERS = strawberry.enum_value(
        "BAD_CHARACTERS", description="It has other characters than letters and digits, with . - or _ between them."
    )
    DOUBLED = strawberry.enum_value("DOUBLED", description="It was given twice; letters' case does not matter.")
    IN_BATCH = strawberry.enum_value("IN_BATCH", description="The batch has it already; nothing is to be done.")
    TAKEN = strawberry.enum_value("TAKEN", description="Another batch or reward has given it out.")
    TAKEN_IN_SHOP = strawberry.enum_value("TAKEN_IN_SHOP", description="The shop has it for something else.")


@strawberry.type(description="Codes of a campaign, without points. Amounts are in minor units of `currency`.")
class CouponBatch:
    id: strawberry.ID = strawberry.field(description="The batch's global id.")
    name: str = strawberry.field(description="Its name; shoppers see it at the checkout.")
    state: CouponBatchState = strawberry.field(description="How it stands.")
    prefix: str = strawberry.field(description="What its codes begin with; empty for nothing.")
    wanted: int = strawberry.field(description="How many codes it is to have.")
    made: int = strawberry.field(description="How many of them are in the shop.")
    left_out: int = strawberry.field(description="Imported codes that the shop has for something else.")
    trouble: str | None = strawberry.field(description="Why no more are made now; it goes on by itself if it can.")
    is_shared: bool = strawberry.field(description="Whether it is one code for all customers.")
    most_uses: int | None = strawberry.field(description="How many orders may use a code for all; null: any number.")
    once_per_customer: bool = strawberry.field(description="Whether a customer may use one of its codes only once.")
    currency: str = strawberry.field(description="The program's currency.")
    budget: BigInt | None = strawberry.field(description="When orders were given so much, it ends.")
    spent: BigInt = strawberry.field(description="What orders were given, without those that were cancelled.")
    uses: int = strawberry.field(description="How many orders used its codes, without those that were cancelled.")
    expires_at: datetime | None = strawberry.field(description="Until when its codes are good.")
    asked_at: datetime = strawberry.field(description="When it was asked for.")
    ended_at: datetime | None = strawberry.field(description="When it ended.")
    end_reason: CouponBatchEndReason | None = strawberry.field(description="Why it ended.")
    row: strawberry.Private[Batch]

    @strawberry.field(description="What its codes are good for, as the reward reads now.")
    async def reward(self, info: Info) -> Reward | None:
        found = await info.context.loaders.rewards.load(self.row.reward)
        return None if found is None else Reward.of(found)

    @classmethod
    def of(cls, row: Batch) -> "CouponBatch":
        return cls(
            row=row,
            id=strawberry.ID(global_id("CouponBatch", row.id)),
            name=row.name,
            state=CouponBatchState[row.state],
            prefix=row.prefix,
            wanted=row.wanted,
            made=row.made,
            left_out=row.left_out,
            trouble=row.trouble,
            is_shared=row.is_shared,
            most_uses=row.most_uses,
            once_per_customer=row.once_per_customer,
            currency=row.currency,
            budget=None if row.budget is None else BigInt(row.budget),
            spent=BigInt(row.spent),
            uses=row.uses,
            expires_at=row.expires_at,
            asked_at=row.asked_at,
            ended_at=row.ended_at,
            end_reason=None if row.end_reason is None else CouponBatchEndReason[row.end_reason],
        )


@strawberry.type(description="A batch and its place in the list.")
class CouponBatchEdge:
    node: CouponBatch = strawberry.field(description="The batch.")
    cursor: str = strawberry.field(description="Its place, for `after`.")


@strawberry.type(description="A page of batches, newest first.")
class CouponBatchConnection:
    edges: list[CouponBatchEdge] = strawberry.field(description="The batches of this page.")
    page_info: PageInfo = strawberry.field(description="Where this page lies.")


@strawberry.type(description="A code of a batch.")
class CouponBatchCode:
    id: strawberry.ID = strawberry.field(description="The coupon's global id.")
    code: str = strawberry.field(description="The code, in plain.")
    state: CouponState = strawberry.field(
        description="How it stands; `FAILED` is one that the shop has for something else."
    )
    issued_at: datetime = strawberry.field(description="When it was made or imported.")
    ended_at: datetime | None = strawberry.field(description="When it ended with its batch.")
    order_id: strawberry.ID | None = strawberry.field(
        description="The global id in Saleor of the order that used it; null for a code for all."
    )

    @classmethod
    def of(cls, code: coupons.Coupon, plain: str, at: datetime) -> "CouponBatchCode":
        return cls(
            id=strawberry.ID(global_id("LoyaltyCoupon", code.id)),
            code=plain,
            state=CouponState[code.state_at(at)],
            issued_at=code.issued_at,
            ended_at=code.ended_at,
            order_id=None if code.order is None else strawberry.ID(global_id("Order", code.order)),
        )


@strawberry.type(description="A code and its place in the list.")
class CouponBatchCodeEdge:
    node: CouponBatchCode = strawberry.field(description="The code.")
    cursor: str = strawberry.field(description="Its place, for `after`.")


@strawberry.type(description="A page of codes, in the order of their making.")
class CouponBatchCodeConnection:
    edges: list[CouponBatchCodeEdge] = strawberry.field(description="The codes of this page.")
    page_info: PageInfo = strawberry.field(description="Where this page lies.")


@strawberry.type(description="A code that was not taken in.")
class CouponCodeRejected:
    row: int = strawberry.field(description="Its place among those that were given, from 1 on.")
    fault: CouponCodeFault = strawberry.field(description="What is wrong with it.")
    message: str = strawberry.field(description="The same in a sentence.")

    @classmethod
    def of(cls, bad: rewards.importing.BadCode) -> "CouponCodeRejected":
        return cls(row=bad.row, fault=CouponCodeFault[bad.fault], message=rewards.importing.SENTENCES[bad.fault])


def batch_edge(row: Batch) -> CouponBatchEdge:
    """A batch with its cursor."""
    return CouponBatchEdge(node=CouponBatch.of(row), cursor=cursor_of(BATCH_CURSOR, row.id))
