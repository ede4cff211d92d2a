"""Segments as staff see them: their conditions in words, their members, and how their size went."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from enum import Enum
from typing import Annotated, Final
from uuid import UUID

import msgspec
import strawberry
from strawberry.scalars import JSON

from saleor_crm_app.crm import segments as slice_
from saleor_crm_app.crm.facts import Missing
from saleor_crm_app.crm.segments import Segment, SizeOfDay
from saleor_crm_app.kernel.errors import Refusal
from saleor_crm_app.kernel.ids import CustomerId, ShardKey, global_id
from saleor_crm_app.kernel.paging import BadPage, Page, cursor_of, key_at, page_of
from saleor_crm_app.staff.context import Info
from saleor_crm_app.staff.health import StaffError
from saleor_crm_app.staff.inputs import AfterArgument, FirstArgument, given, uuid_of
from saleor_crm_app.staff.pages import PageInfo
from saleor_crm_app.staff.permissions import ManagesDiscounts, ManagesUsers
from saleor_crm_app.staff.scalars import BigInt

_CURSOR: Final = "segmentMember"
_USUAL_DAYS: Final = 90
_MOST_DAYS: Final = 3650


@strawberry.enum(description="The language in which a condition is told.")
class SegmentLanguage(Enum):
    EN = strawberry.enum_value("EN", description="English.")
    RU = strawberry.enum_value("RU", description="Russian.")


LanguageArgument = Annotated[SegmentLanguage | None, strawberry.argument(description="English, if it is left out.")]
DaysArgument = Annotated[int | None, strawberry.argument(description="So many days back: 1 to 3650, usually 90.")]
SegmentArgument = Annotated[strawberry.ID, strawberry.argument(description="The segment's global id.")]
ConditionArgument = Annotated[JSON, strawberry.argument(description="The condition; see `segmentConditionSchema`.")]


@strawberry.type(description="What there is too little of for a number to mean something.")
class InsufficientData:
    what: str = strawberry.field(description="Such as `PURCHASERS`.")
    have: BigInt = strawberry.field(description="How many there are.")
    needed: BigInt = strawberry.field(description="How many there should be.")

    @classmethod
    def of(cls, missing: Missing) -> "InsufficientData":
        return cls(what=missing.what, have=BigInt(missing.have), needed=BigInt(missing.needed))


@strawberry.type(description="How many were in a segment on a day.")
class SegmentSize:
    day: date = strawberry.field(description="The day.")
    members: BigInt = strawberry.field(description="How many were in it then.")

    @classmethod
    def of(cls, size: SizeOfDay) -> "SegmentSize":
        return cls(day=size.day, members=BigInt(size.members))


@strawberry.type(description="Customers for whom a condition holds; kept each night, and at once where they order.")
class CustomerSegment:
    id: strawberry.ID = strawberry.field(description="The segment's global id.")
    key: str | None = strawberry.field(description="Its key in the ready set, where it is of that.")
    name: str = strawberry.field(description="Its name.")
    version: int = strawberry.field(description="Counts its changes; `segmentUpdate` wants the one it was made from.")
    condition: JSON = strawberry.field(description="The condition as it is written; see `segmentConditionSchema`.")
    made_at: datetime = strawberry.field(description="When it was made.")
    row: strawberry.Private[Segment]

    @strawberry.field(description="The condition in words.")
    def words(self, language: LanguageArgument = strawberry.UNSET) -> str:
        wanted = given(language) or SegmentLanguage.EN
        return slice_.describe(self.row.condition, slice_.Language[wanted.name])

    @strawberry.field(description="How many it holds for at this moment.")
    async def count(self, info: Info) -> BigInt:
        return BigInt(await info.context.loaders.segment_counts.load(self.row.id))

    @strawberry.field(description="What lacks before it means something; nothing where all is there.")
    async def insufficient_data(self, info: Info) -> list[InsufficientData]:
        known = await info.context.loaders.known_customers.load("shop")
        return [InsufficientData.of(one) for one in slice_.missing_for(self.row.condition, known)]

    @strawberry.field(description="How many were in it, day by day, oldest first.")
    async def sizes(self, info: Info, days: DaysArgument = strawberry.UNSET) -> list[SegmentSize]:
        back = min(max(given(days) or _USUAL_DAYS, 1), _MOST_DAYS)
        since = (info.context.at - timedelta(days=back)).date()
        async with info.context.reading.session() as session:
            found = await slice_.sizes_of(session, info.context.shop, self.row.id, since=since)
        return [SegmentSize.of(one) for one in found]

    @classmethod
    def of(cls, row: Segment) -> "CustomerSegment":
        return cls(
            row=row,
            id=strawberry.ID(global_id("CustomerSegment", row.id)),
            key=row.key,
            name=row.name,
            version=row.version,
            condition=JSON(msgspec.to_builtins(row.condition)),
            made_at=row.made_at,
        )


@strawberry.type(description="A customer in a segment.")
class SegmentMember:
    customer_id: strawberry.ID = strawberry.field(description="The customer's global id in Saleor.")
    since: datetime = strawberry.field(description="Since when.")


@strawberry.type(description="A customer in a segment, and their place in the list.")
class SegmentMemberEdge:
    node: SegmentMember = strawberry.field(description="The customer.")
    cursor: str = strawberry.field(description="Their place, for `after`.")


@strawberry.type(description="A page of a segment's customers.")
class SegmentMemberConnection:
    edges: list[SegmentMemberEdge] = strawberry.field(description="The customers of this page.")
    page_info: PageInfo = strawberry.field(description="Where this page lies.")


@strawberry.type(description="What a condition would come to.")
class SegmentPreview:
    count: BigInt | None = strawberry.field(description="How many customers it holds for now.")
    words: str | None = strawberry.field(description="The condition in words.")
    insufficient_data: list[InsufficientData] = strawberry.field(description="What lacks before it means something.")
    errors: list[StaffError] = strawberry.field(description="Why the condition cannot be.")


@strawberry.type(description="What staff may read of segments.")
class SegmentsQuery:
    @strawberry.field(permission_classes=[ManagesDiscounts], description="All segments, oldest first.")
    async def segments(self, info: Info) -> list[CustomerSegment]:
        async with info.context.reading.session() as session:
            return [CustomerSegment.of(one) for one in await slice_.segments(session, info.context.shop)]

    @strawberry.field(permission_classes=[ManagesUsers], description="Who is in a segment, a page at a time.")
    async def segment_members(
        self,
        info: Info,
        segment_id: SegmentArgument,
        first: FirstArgument = strawberry.UNSET,
        after: AfterArgument = strawberry.UNSET,
    ) -> SegmentMemberConnection:
        page = page_of(given(first), given(after))
        return await _members(info, segment_key(segment_id), page)

    @strawberry.field(
        permission_classes=[ManagesDiscounts],
        description="How many customers a condition holds for now; keeps nothing.",
    )
    async def segment_preview(
        self, info: Info, condition: ConditionArgument, language: LanguageArgument = strawberry.UNSET
    ) -> SegmentPreview:
        context, wanted = info.context, given(language) or SegmentLanguage.EN
        try:
            read = slice_.read_condition(condition)
        except Refusal as refusal:
            return SegmentPreview(count=None, words=None, insufficient_data=[], errors=[StaffError.of(refusal)])
        async with context.reading.session() as session:
            [count] = await slice_.count_matching(session, context.shop, [read], at=context.at)
            known = await slice_.known_of(session, context.shop)
        return SegmentPreview(
            count=BigInt(count),
            words=slice_.describe(read, slice_.Language[wanted.name]),
            insufficient_data=[InsufficientData.of(one) for one in slice_.missing_for(read, known)],
            errors=[],
        )

    @strawberry.field(permission_classes=[ManagesDiscounts], description="The JSON Schema of a condition.")
    def segment_condition_schema(self) -> JSON:
        return JSON(slice_.condition_schema())


@dataclass(frozen=True, slots=True)
class _Place:
    """A member's place as a cursor holds it."""

    shard: ShardKey
    customer: CustomerId

    @classmethod
    def at(cls, page: Page) -> "_Place | None":
        key = key_at(page, kind=_CURSOR)
        if key is None:
            return None
        shard, _, customer = key.partition("/")
        try:
            return cls(ShardKey(int(shard)), CustomerId(customer))
        except ValueError as error:
            raise BadPage("after", "That is no cursor of this list.") from error


async def _members(info: Info, segment: UUID, page: Page) -> SegmentMemberConnection:
    place = _Place.at(page)
    after = None if place is None else (place.shard, place.customer)
    async with info.context.reading.session() as session:
        found = await slice_.members_of(session, info.context.shop, segment, after=after, first=page.size + 1)
    return _connection(found[: page.size], has_next=len(found) > page.size, has_previous=after is not None)


def _connection(
    members: Sequence[slice_.SegmentMember], *, has_next: bool, has_previous: bool
) -> SegmentMemberConnection:
    edges = [
        SegmentMemberEdge(
            node=SegmentMember(customer_id=strawberry.ID(global_id("User", one.customer)), since=one.since),
            cursor=cursor_of(_CURSOR, f"{one.place[0]}/{one.place[1]}"),
        )
        for one in members
    ]
    cursors = [edge.cursor for edge in edges]
    return SegmentMemberConnection(
        edges=edges, page_info=PageInfo.of(cursors, has_next=has_next, has_previous=has_previous)
    )


def segment_key(text: str) -> UUID:
    """Raises BadInputField."""
    return uuid_of(text, "CustomerSegment", field="segmentId")
