"""A customer's points as the storefront shows them: the balance, the entries, and what an order earned."""

from datetime import datetime
from enum import Enum
from typing import Annotated

import strawberry
from strawberry import federation

from saleor_crm_app.kernel.ids import OrderId, global_id
from saleor_crm_app.loyalty import points as ledger
from saleor_crm_app.loyalty.points import Balance, EntryLine, EntryPage
from saleor_crm_app.loyalty.program import Program
from saleor_crm_app.storefront.context import Info
from saleor_crm_app.storefront.money import LoyaltyMoney
from saleor_crm_app.storefront.pages import (
    PageInfo,
    given,
)

DaysArgument = Annotated[
    int | None, strawberry.argument(description="Only those that expire within so many days from now.")
]


@strawberry.enum(description="What happened to points.")
class PointsEntryKind(Enum):
    EARN = strawberry.enum_value("EARN", description="Earned.")
    REDEEM = strawberry.enum_value("REDEEM", description="Spent.")
    RETURN = strawberry.enum_value("RETURN", description="Spent points that came back.")
    EXPIRE = strawberry.enum_value("EXPIRE", description="Lapsed unused.")
    CLAWBACK = strawberry.enum_value("CLAWBACK", description="Taken back, since what earned them was refunded.")
    REVERSE = strawberry.enum_value("REVERSE", description="One entry undone.")
    ADJUST = strawberry.enum_value("ADJUST", description="Changed by the shop's staff.")
    TRANSFER = strawberry.enum_value("TRANSFER", description="Moved between accounts.")


@strawberry.enum(description="What made it happen.")
class PointsEntrySource(Enum):
    ORDER = strawberry.enum_value("ORDER", description="An order.")
    REDEMPTION = strawberry.enum_value("REDEMPTION", description="Points spent, or given back after they were.")
    EXPIRY = strawberry.enum_value("EXPIRY", description="Time: the points were past their end.")
    SETTLEMENT = strawberry.enum_value("SETTLEMENT", description="Points that became free made up for what was owed.")
    SIGN_UP = strawberry.enum_value("SIGN_UP", description="The customer signed up.")
    BIRTHDAY = strawberry.enum_value("BIRTHDAY", description="The customer's birthday.")
    EVENT = strawberry.enum_value("EVENT", description="Something that the shop told of.")
    STAFF = strawberry.enum_value("STAFF", description="The shop's staff.")
    GOODWILL = strawberry.enum_value("GOODWILL", description="A courtesy of the shop.")
    MERGE = strawberry.enum_value("MERGE", description="Two accounts that were joined, or parted again.")


@strawberry.type(description="Points that expire together.")
class PointsExpiration:
    points: int = strawberry.field(description="How many points.")
    at: datetime = strawberry.field(description="When they expire.")


@strawberry.type(description="A customer's points at this moment.")
class PointsBalance:
    available: int = strawberry.field(description="Points that can be spent now.")
    pending: int = strawberry.field(description="Points that were earned and become available later.")
    held: int = strawberry.field(description="Points set aside by open checkouts.")
    spent: int = strawberry.field(description="Points spent so far.")
    expired: int = strawberry.field(description="Points that lapsed unused.")
    deficit: int = strawberry.field(
        description="Points that had to be taken back after they were spent; the next ones earned make up for them."
    )
    next_expiration: PointsExpiration | None = strawberry.field(
        description="The available points that expire first, if any do."
    )
    worth: LoyaltyMoney = strawberry.field(description="What the available points are worth.")
    balance: strawberry.Private[Balance]

    @strawberry.field(description="The available points that expire, each batch for itself, the first to expire first.")
    def expiring(self, info: Info, days: DaysArgument = strawberry.UNSET) -> list[PointsExpiration]:
        wanted, now = given(days), info.context.require_visit().at
        batches = self.balance.expiring if wanted is None else self.balance.expiring_within(wanted, at=now)
        return [PointsExpiration(points=batch.points, at=batch.at) for batch in batches]

    @classmethod
    def of(cls, balance: Balance, program: Program) -> "PointsBalance":
        return cls(
            balance=balance,
            available=balance.available,
            pending=balance.pending,
            held=balance.held,
            spent=balance.spent,
            expired=balance.expired,
            deficit=balance.deficit,
            next_expiration=None
            if balance.next_expiry_at is None
            else PointsExpiration(points=balance.next_expiry_points, at=balance.next_expiry_at),
            worth=LoyaltyMoney.of(program.worth(balance.available)),
        )


@strawberry.type(description="What an order earned.")
class OrderPoints:
    target: int = strawberry.field(description="Points the order deserves as it stands now.")
    pending: int = strawberry.field(description="Points of it that become available later.")
    available: int = strawberry.field(description="Points of it that can be spent now.")
    taken_back: int = strawberry.field(description="Points taken back after refunds, returns and cancellations.")

    @classmethod
    def of(cls, earned: ledger.OrderPoints) -> "OrderPoints":
        return cls(
            target=earned.target,
            pending=earned.pending,
            available=earned.available,
            taken_back=earned.taken_back,
        )


@federation.type(keys=["id"], description="One of Saleor's orders.")
class Order:
    id: strawberry.ID = strawberry.field(description="The order's global id in Saleor.")
    key: strawberry.Private[OrderId]

    @classmethod
    def of(cls, order: OrderId) -> "Order":
        return cls(id=strawberry.ID(global_id("Order", order)), key=order)

    @strawberry.field(description="What it earned; null until it earned something, and for orders of other customers.")
    async def loyalty_points(self, info: Info) -> OrderPoints | None:
        if info.context.customer is None:
            return None
        earned = await info.context.require_visit().loaders.orders.load(self.key)
        return None if earned is None else OrderPoints.of(earned)


@strawberry.type(description="One line of a customer's account; lines are never changed, only followed by others.")
class PointsEntry:
    id: strawberry.ID = strawberry.field(description="The entry's global id.")
    kind: PointsEntryKind = strawberry.field(description="What happened.")
    source: PointsEntrySource = strawberry.field(description="What made it happen.")
    points: int = strawberry.field(description="Points gained, or lost where negative.")
    order: Order | None = strawberry.field(description="The order it is about, if it is about one.")
    occurred_at: datetime = strawberry.field(description="When it happened in the shop.")
    available_at: datetime | None = strawberry.field(
        description="Since or from when points gained can be spent; null while that is not known."
    )
    expires_at: datetime | None = strawberry.field(description="When points gained expire; null while not known.")
    code: strawberry.Private[ledger.staff_acts.ReasonCode | None]

    @strawberry.field(description="Why, in words of the customer's language, where kind and source do not say it all.")
    async def reason(self, info: Info) -> str | None:
        customer = info.context.customer
        if self.code is None or customer is None:
            return None
        language = await info.context.require_visit().loaders.languages.load(customer)
        return ledger.staff_acts.reason_text(self.code, language)

    @classmethod
    def of(cls, line: EntryLine) -> "PointsEntry":
        return cls(
            id=strawberry.ID(global_id("PointsEntry", line.id)),
            kind=PointsEntryKind[line.kind],
            source=PointsEntrySource[line.source],
            points=line.points,
            order=None if line.order is None else Order.of(line.order),
            occurred_at=line.occurred_at,
            available_at=line.available_at,
            expires_at=line.expires_at,
            code=ledger.staff_acts.code_of(line.explanation),
        )


@strawberry.type(description="An entry and its place in the list.")
class PointsEntryEdge:
    node: PointsEntry = strawberry.field(description="The entry.")
    cursor: str = strawberry.field(description="Its place, for `after` and `before`.")


@strawberry.type(description="A page of entries, newest first.")
class PointsEntryConnection:
    edges: list[PointsEntryEdge] = strawberry.field(description="The entries of this page.")
    page_info: PageInfo = strawberry.field(description="Where this page lies.")
    total_count: int = strawberry.field(description="How many entries there are in all.")

    @classmethod
    def of(cls, page: EntryPage) -> "PointsEntryConnection":
        edges = [PointsEntryEdge(node=PointsEntry.of(line), cursor=line.cursor) for line in page.lines]
        cursors = [edge.cursor for edge in edges]
        return cls(
            edges=edges,
            page_info=PageInfo.of(cursors, has_next=page.has_next, has_previous=page.has_previous),
            total_count=page.total,
        )
