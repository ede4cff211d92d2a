"""Members and their ledger as staff see them."""

from datetime import datetime
from enum import Enum

import strawberry

from saleor_crm_app.kernel.ids import AccountId, CustomerId, global_id
from saleor_crm_app.kernel.paging import cursor_of, page_of
from saleor_crm_app.loyalty import points
from saleor_crm_app.loyalty.points import Balance, EntryLine, EntryPage, EntryWindow
from saleor_crm_app.loyalty.program import Program
from saleor_crm_app.staff.context import Info
from saleor_crm_app.staff.inputs import AfterArgument, BeforeArgument, FirstArgument, LastArgument, given
from saleor_crm_app.staff.loaders import EntriesWanted
from saleor_crm_app.staff.pages import PageInfo, uuid_at
from saleor_crm_app.staff.program import LoyaltyMoney, LoyaltyProgram

_CURSOR = "member"


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


@strawberry.type(description="Points that expire together.")
class PointsExpiration:
    points: int = strawberry.field(description="How many points.")
    at: datetime = strawberry.field(description="When they expire.")


@strawberry.type(description="A member's points at this moment.")
class PointsBalance:
    available: int = strawberry.field(description="Points that can be spent now.")
    pending: int = strawberry.field(description="Points that were earned and become available later.")
    spent: int = strawberry.field(description="Points spent so far.")
    expired: int = strawberry.field(description="Points that lapsed unused.")
    deficit: int = strawberry.field(
        description="Points that had to be taken back after they were spent; the next ones earned make up for them."
    )
    next_expiration: PointsExpiration | None = strawberry.field(
        description="The available points that expire first, if any do."
    )
    worth: LoyaltyMoney = strawberry.field(description="What the available points are worth.")

    @classmethod
    def of(cls, balance: Balance, program: Program) -> "PointsBalance":
        return cls(
            available=balance.available,
            pending=balance.pending,
            spent=balance.spent,
            expired=balance.expired,
            deficit=balance.deficit,
            next_expiration=None
            if balance.next_expiry_at is None
            else PointsExpiration(points=balance.next_expiry_points, at=balance.next_expiry_at),
            worth=LoyaltyMoney.of(program.worth(balance.available)),
        )


@strawberry.type(description="One line of a member's account; lines are never changed, only followed by others.")
class PointsEntry:
    id: strawberry.ID = strawberry.field(description="The entry's global id.")
    number: int = strawberry.field(description="Its place in the account, from 1 on.")
    kind: PointsEntryKind = strawberry.field(description="What happened.")
    source: PointsEntrySource = strawberry.field(description="What made it happen.")
    points: int = strawberry.field(description="Points gained, or lost where negative.")
    order_id: strawberry.ID | None = strawberry.field(description="The global id in Saleor of the order it is about.")
    reason: str | None = strawberry.field(description="Why, in words, where kind and source do not say it all.")
    occurred_at: datetime = strawberry.field(description="When it happened in the shop.")
    recorded_at: datetime = strawberry.field(description="When it was written down here.")
    available_at: datetime | None = strawberry.field(
        description="Since or from when points gained can be spent; null while that is not known."
    )
    expires_at: datetime | None = strawberry.field(description="When points gained expire; null while not known.")

    @classmethod
    def of(cls, line: EntryLine) -> "PointsEntry":
        return cls(
            id=strawberry.ID(global_id("PointsEntry", line.id)),
            number=line.seq,
            kind=PointsEntryKind[line.kind],
            source=PointsEntrySource[line.source],
            points=line.points,
            order_id=None if line.order is None else strawberry.ID(global_id("Order", line.order)),
            reason=None,
            occurred_at=line.occurred_at,
            recorded_at=line.recorded_at,
            available_at=line.available_at,
            expires_at=line.expires_at,
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


@strawberry.type(description="A customer's account in one program.")
class Member:
    id: strawberry.ID = strawberry.field(description="The account's global id.")
    customer_id: strawberry.ID = strawberry.field(description="The customer's global id in Saleor.")
    opened_at: datetime = strawberry.field(description="When the account was opened.")
    row: strawberry.Private[points.Member]

    @classmethod
    def of(cls, row: points.Member) -> "Member":
        return cls(
            id=strawberry.ID(global_id("Member", row.account)),
            customer_id=strawberry.ID(global_id("User", row.customer)),
            opened_at=row.opened_at,
            row=row,
        )

    @strawberry.field(description="The program the account is in.")
    async def program(self, info: Info) -> LoyaltyProgram:
        return LoyaltyProgram.of(await info.context.loaders.programs.load(self.row.program))

    @strawberry.field(description="The points as they stand at this moment.")
    async def balance(self, info: Info) -> PointsBalance:
        balance = await info.context.loaders.balances.load(self.row)
        held = await info.context.loaders.programs.load(self.row.program)
        return PointsBalance.of(balance, held.program)

    @strawberry.field(description="What happened to the points, newest first.")
    async def entries(
        self,
        info: Info,
        first: FirstArgument = strawberry.UNSET,
        after: AfterArgument = strawberry.UNSET,
        last: LastArgument = strawberry.UNSET,
        before: BeforeArgument = strawberry.UNSET,
    ) -> PointsEntryConnection:
        page = page_of(given(first), given(after), last=given(last), before=given(before))
        return await entries_of(info, self.row, EntryWindow.of(page))


@strawberry.type(description="A member and its place in the list.")
class MemberEdge:
    node: Member = strawberry.field(description="The member.")
    cursor: str = strawberry.field(description="Its place, for `after`.")


@strawberry.type(description="A page of members, those who joined last first.")
class MemberConnection:
    edges: list[MemberEdge] = strawberry.field(description="The members of this page.")
    page_info: PageInfo = strawberry.field(description="Where this page lies.")
    customer: strawberry.Private[CustomerId | None]

    @strawberry.field(description="How many members there are in all.")
    async def total_count(self, info: Info) -> int:
        async with info.context.reading.session() as session:
            return await points.count_members(session, info.context.shop, customer=self.customer)


async def members_of(
    info: Info, *, first: int | None, after: str | None, customer: CustomerId | None
) -> MemberConnection:
    """A page of the shop's members.

    Raises BadPage.
    """
    page = page_of(first, after)
    before = uuid_at(page, kind=_CURSOR)
    async with info.context.reading.session() as session:
        found = await points.members(
            session,
            info.context.shop,
            most=page.size + 1,
            before=None if before is None else AccountId(before),
            customer=customer,
        )
    edges = [MemberEdge(node=Member.of(row), cursor=cursor_of(_CURSOR, row.account)) for row in found[: page.size]]
    return MemberConnection(
        edges=edges,
        page_info=PageInfo.of(
            [edge.cursor for edge in edges], has_next=len(found) > page.size, has_previous=page.cursor is not None
        ),
        customer=customer,
    )


async def member_of(info: Info, account: AccountId) -> points.Member | None:
    async with info.context.reading.session() as session:
        return await points.member_by_account(session, info.context.shop, account)


async def entries_of(info: Info, member: points.Member, window: EntryWindow) -> PointsEntryConnection:
    wanted = EntriesWanted(member=member, window=window)
    return PointsEntryConnection.of(await info.context.loaders.entries.load(wanted))
