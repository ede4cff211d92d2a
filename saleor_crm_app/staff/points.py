"""Members and their ledger as staff see them."""

from datetime import datetime
from enum import Enum
from typing import Annotated

import strawberry

from saleor_crm_app.kernel.ids import AccountId, CustomerId, EntryId, ShardKey, global_id, shard_key
from saleor_crm_app.kernel.paging import cursor_of, page_of
from saleor_crm_app.loyalty import points as ledger
from saleor_crm_app.loyalty.points import Balance, EntryLine, EntryPage, EntryWindow
from saleor_crm_app.loyalty.program import Program
from saleor_crm_app.staff.context import Info
from saleor_crm_app.staff.entry_notes import EntryNote
from saleor_crm_app.staff.entry_origins import LanguageArgument, PointsExplanation, PointsLotMove
from saleor_crm_app.staff.inputs import AfterArgument, BeforeArgument, FirstArgument, LastArgument, given, instant
from saleor_crm_app.staff.loaders import BalanceWanted, EntriesWanted
from saleor_crm_app.staff.pages import PageInfo, uuid_at
from saleor_crm_app.staff.program import LoyaltyMoney, LoyaltyProgram
from saleor_crm_app.staff.tier_types import MemberTier

_CURSOR = "member"

DaysArgument = Annotated[
    int | None, strawberry.argument(description="Only those that expire within so many days of this moment.")
]
AsOfArgument = Annotated[
    datetime | None,
    strawberry.argument(description="What was true at this instant; if left out, at `knownAt`, or now."),
]
KnownAtArgument = Annotated[
    datetime | None,
    strawberry.argument(description="By what was written down here until this instant; if left out, until now."),
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


@strawberry.type(description="A member's points at a moment.")
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
    at: strawberry.Private[datetime]

    @strawberry.field(description="The available points that expire, each batch for itself, the first to expire first.")
    def expiring(self, days: DaysArgument = strawberry.UNSET) -> list[PointsExpiration]:
        wanted = given(days)
        batches = self.balance.expiring if wanted is None else self.balance.expiring_within(wanted, at=self.at)
        return [PointsExpiration(points=batch.points, at=batch.at) for batch in batches]

    @classmethod
    def of(cls, balance: Balance, program: Program, *, at: datetime) -> "PointsBalance":
        return cls(
            balance=balance,
            at=at,
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
    program_version: int = strawberry.field(description="The version of the program's rules it was posted by.")
    place: strawberry.Private[tuple[ShardKey, EntryId]]
    line: strawberry.Private[EntryLine]

    @strawberry.field(description="Why it has its points: the numbers it was computed from, and these in words.")
    def explanation(self, language_code: LanguageArgument = strawberry.UNSET) -> PointsExplanation:
        return PointsExplanation.of(ledger.statements.explain(self.line, language=given(language_code)))

    @strawberry.field(description="Where its points went or came from: lots, and what was owed.")
    async def lots(self, info: Info) -> list[PointsLotMove]:
        return [PointsLotMove.of(move) for move in await info.context.loaders.moves.load(self.place)]

    @strawberry.field(description="What staff wrote beside it, where they made it.")
    async def note(self, info: Info) -> EntryNote | None:
        found = await info.context.loaders.notes.load(self.place)
        return None if found is None else EntryNote.of(found)

    @classmethod
    def of(cls, line: EntryLine, shard: ShardKey) -> "PointsEntry":
        code = ledger.staff_acts.code_of(line.explanation)
        return cls(
            id=strawberry.ID(global_id("PointsEntry", line.id)),
            number=line.seq,
            kind=PointsEntryKind[line.kind],
            source=PointsEntrySource[line.source],
            points=line.points,
            order_id=None if line.order is None else strawberry.ID(global_id("Order", line.order)),
            reason=None if code is None else ledger.staff_acts.reason_text(code),
            occurred_at=line.occurred_at,
            recorded_at=line.recorded_at,
            available_at=line.available_at,
            expires_at=line.expires_at,
            program_version=line.program_version,
            place=(shard, line.id),
            line=line,
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
    def of(cls, page: EntryPage, shard: ShardKey) -> "PointsEntryConnection":
        edges = [PointsEntryEdge(node=PointsEntry.of(line, shard), cursor=line.cursor) for line in page.lines]
        cursors = [edge.cursor for edge in edges]
        return cls(
            edges=edges,
            page_info=PageInfo.of(cursors, has_next=page.has_next, has_previous=page.has_previous),
            total_count=page.total,
        )


@strawberry.enum(description="Whether an account may be used.")
class MemberStatus(Enum):
    ACTIVE = strawberry.enum_value("ACTIVE", description="It earns and spends.")
    HELD = strawberry.enum_value("HELD", description="Staff look at it: it earns, and spends nothing meanwhile.")
    MERGED = strawberry.enum_value("MERGED", description="It was joined to another account.")
    ERASED = strawberry.enum_value("ERASED", description="Its customer was deleted; only the sums are kept.")


@strawberry.type(description="A customer's account in one program.")
class Member:
    id: strawberry.ID = strawberry.field(description="The account's global id.")
    customer_id: strawberry.ID = strawberry.field(description="The customer's global id in Saleor.")
    opened_at: datetime = strawberry.field(description="When the account was opened.")
    status: MemberStatus = strawberry.field(description="Whether the account may be used.")
    row: strawberry.Private[ledger.Member]

    @classmethod
    def of(cls, row: ledger.Member) -> "Member":
        return cls(
            id=strawberry.ID(global_id("Member", row.account)),
            customer_id=strawberry.ID(global_id("User", row.customer)),
            opened_at=row.opened_at,
            status=MemberStatus[row.status.value],
            row=row,
        )

    @strawberry.field(description="The program the account is in.")
    async def program(self, info: Info) -> LoyaltyProgram:
        return LoyaltyProgram.of(await info.context.loaders.programs.load(self.row.program))

    @strawberry.field(description="Where the member stands among the program's tiers; null while it has none.")
    async def tier(self, info: Info) -> MemberTier | None:
        status = await info.context.loaders.tiers.load((self.row.customer, self.row.program))
        return None if status is None else MemberTier.of(status)

    @strawberry.field(description="The points as they stand at this moment, or as they stood at another.")
    async def balance(
        self, info: Info, as_of: AsOfArgument = strawberry.UNSET, known_at: KnownAtArgument = strawberry.UNSET
    ) -> PointsBalance:
        held = await info.context.loaders.programs.load(self.row.program)
        now, known = info.context.at, instant(known_at)
        at = instant(as_of) or known
        if at is None:
            return PointsBalance.of(await info.context.loaders.balances.load(self.row), held.program, at=now)
        moment = ledger.statements.Moment(as_of=at, known_at=known or now)
        balance = await info.context.loaders.past_balances.load(BalanceWanted(member=self.row, moment=moment))
        return PointsBalance.of(balance, held.program, at=at)

    @strawberry.field(description="What happened to the points, newest first.")
    async def entries(
        self,
        info: Info,
        first: FirstArgument = strawberry.UNSET,
        after: AfterArgument = strawberry.UNSET,
        last: LastArgument = strawberry.UNSET,
        before: BeforeArgument = strawberry.UNSET,
        known_at: KnownAtArgument = strawberry.UNSET,
    ) -> PointsEntryConnection:
        page = page_of(given(first), given(after), last=given(last), before=given(before))
        return await entries_of(info, self.row, EntryWindow.of(page, known_at=instant(known_at)))


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
            return await ledger.count_members(session, info.context.shop, customer=self.customer)


async def members_of(
    info: Info, *, first: int | None, after: str | None, customer: CustomerId | None
) -> MemberConnection:
    """A page of the shop's members.

    Raises BadPage.
    """
    page = page_of(first, after)
    before = uuid_at(page, kind=_CURSOR)
    async with info.context.reading.session() as session:
        found = await ledger.members(
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


async def member_of(info: Info, account: AccountId) -> ledger.Member | None:
    async with info.context.reading.session() as session:
        return await ledger.member_by_account(session, info.context.shop, account)


async def entries_of(info: Info, member: ledger.Member, window: EntryWindow) -> PointsEntryConnection:
    wanted = EntriesWanted(member=member, window=window)
    page = await info.context.loaders.entries.load(wanted)
    return PointsEntryConnection.of(page, shard_key(info.context.shop, member.customer))
