"""Segments that staff make, change and retire; each act is written down."""

from collections.abc import Sequence
from typing import Any, Final

import msgspec
import strawberry
from strawberry.scalars import JSON

from saleor_crm_app.crm import segments as slice_
from saleor_crm_app.crm.segments import Segment
from saleor_crm_app.kernel.audit import Subject, audit
from saleor_crm_app.kernel.errors import Refusal
from saleor_crm_app.loyalty import offers, rules
from saleor_crm_app.staff.context import Info
from saleor_crm_app.staff.health import StaffError
from saleor_crm_app.staff.inputs import reason_of, words_of
from saleor_crm_app.staff.permissions import ManagesDiscounts
from saleor_crm_app.staff.segments import CustomerSegment, segment_key

_LONGEST_NAME: Final = 100
_TEXT: Final = "Why, in your words; staff read it in the audit trail."


@strawberry.input(description="A segment to make.")
class SegmentCreateInput:
    name: str = strawberry.field(description="Its name, 1 to 100 characters.")
    condition: JSON = strawberry.field(description="Who is in it; see `segmentConditionSchema`.")
    text: str | None = strawberry.field(default=None, description=_TEXT)


@strawberry.input(description="A segment to change.")
class SegmentUpdateInput:
    id: strawberry.ID = strawberry.field(description="The segment's global id.")
    expected_version: int = strawberry.field(description="The version you read; another one is refused.")
    name: str = strawberry.field(description="Its name, 1 to 100 characters.")
    condition: JSON = strawberry.field(description="Who is in it; see `segmentConditionSchema`.")
    text: str | None = strawberry.field(default=None, description=_TEXT)


@strawberry.input(description="A segment to end.")
class SegmentRetireInput:
    id: strawberry.ID = strawberry.field(description="The segment's global id.")
    text: str | None = strawberry.field(default=None, description=_TEXT)


@strawberry.input(description="The ready set, as far as it is not there.")
class SegmentReadySetCreateInput:
    text: str | None = strawberry.field(default=None, description=_TEXT)


@strawberry.type(description="A segment that was changed.")
class SegmentPayload:
    segment: CustomerSegment | None = strawberry.field(description="The segment as it is now.")
    errors: list[StaffError] = strawberry.field(description="What was refused; nothing was changed then.")


@strawberry.type(description="A segment that was made; its customers are found soon.")
class SegmentCreate(SegmentPayload):
    """Its own name, as each mutation's payload has."""


@strawberry.type(description="A segment that was changed; its customers follow soon.")
class SegmentUpdate(SegmentPayload):
    """Its own name, as each mutation's payload has."""


@strawberry.type(description="A segment that has ended; all have left it.")
class SegmentRetire(SegmentPayload):
    """Its own name, as each mutation's payload has."""


@strawberry.type(description="Segments of the ready set that were made.")
class SegmentReadySetCreate:
    segments: list[CustomerSegment] = strawberry.field(description="Those that were not there before.")
    errors: list[StaffError] = strawberry.field(description="What was refused; nothing was changed then.")


@strawberry.type(description="What staff may do about segments.")
class SegmentsMutation:
    @strawberry.mutation(permission_classes=[ManagesDiscounts], description="Make a segment.")
    async def segment_create(self, info: Info, input: SegmentCreateInput) -> SegmentCreate:
        try:
            return SegmentCreate(segment=CustomerSegment.of(await _create(info, input)), errors=[])
        except Refusal as refusal:
            return SegmentCreate(segment=None, errors=[StaffError.of(refusal)])

    @strawberry.mutation(permission_classes=[ManagesDiscounts], description="Change a segment.")
    async def segment_update(self, info: Info, input: SegmentUpdateInput) -> SegmentUpdate:
        try:
            return SegmentUpdate(segment=CustomerSegment.of(await _update(info, input)), errors=[])
        except Refusal as refusal:
            return SegmentUpdate(segment=None, errors=[StaffError.of(refusal)])

    @strawberry.mutation(permission_classes=[ManagesDiscounts], description="End a segment.")
    async def segment_retire(self, info: Info, input: SegmentRetireInput) -> SegmentRetire:
        try:
            return SegmentRetire(segment=CustomerSegment.of(await _retire(info, input)), errors=[])
        except Refusal as refusal:
            return SegmentRetire(segment=None, errors=[StaffError.of(refusal)])

    @strawberry.mutation(
        permission_classes=[ManagesDiscounts],
        description="Make the segments that every shop can use: champions, loyal, at risk, lost, new and others.",
    )
    async def segment_ready_set_create(self, info: Info, input: SegmentReadySetCreateInput) -> SegmentReadySetCreate:
        try:
            made = await _ready(info, input)
        except Refusal as refusal:
            return SegmentReadySetCreate(segments=[], errors=[StaffError.of(refusal)])
        return SegmentReadySetCreate(segments=[CustomerSegment.of(one) for one in made], errors=[])


async def _create(info: Info, wanted: SegmentCreateInput) -> Segment:
    context, condition = info.context, slice_.read_condition(wanted.condition)
    name = words_of(wanted.name, field="name", most=_LONGEST_NAME)
    async with context.database.shop(context.shop) as session:
        made = await slice_.create_segment(session, context.shop, name=name, condition=condition, at=context.at)
        line = context.act("segmentCreate", subject=_subject(made), after=_told(made), reason=reason_of(wanted.text))
        await audit(session, context.shop, line)
    return made


async def _update(info: Info, wanted: SegmentUpdateInput) -> Segment:
    context, condition = info.context, slice_.read_condition(wanted.condition)
    name, key = words_of(wanted.name, field="name", most=_LONGEST_NAME), segment_key(wanted.id)
    async with context.database.shop(context.shop) as session:
        before = await slice_.segment_by_id(session, context.shop, key)
        after = await slice_.update_segment(
            session,
            context.shop,
            key,
            expected_version=wanted.expected_version,
            name=name,
            condition=condition,
        )
        line = context.act(
            "segmentUpdate",
            subject=_subject(after),
            before=_told(before),
            after=_told(after),
            reason=reason_of(wanted.text),
        )
        await audit(session, context.shop, line)
    return after


async def _retire(info: Info, wanted: SegmentRetireInput) -> Segment:
    context = info.context
    async with context.database.shop(context.shop) as session:
        held = await slice_.held_segment(session, context.shop, segment_key(wanted.id))
        of_rules = await rules.RuleDesk(session, context.shop).asking_for(held.id, at=context.at)
        of_campaigns = await offers.campaigns.campaigns_asking_for(session, held.id)
        if of_rules or of_campaigns:
            raise slice_.SegmentInUse(rules=of_rules, campaigns=of_campaigns)
        ended = await slice_.retire_segment(session, context.shop, held.id, at=context.at)
        line = context.act("segmentRetire", subject=_subject(ended), before=_told(ended), reason=reason_of(wanted.text))
        await audit(session, context.shop, line)
    return ended


async def _ready(info: Info, wanted: SegmentReadySetCreateInput) -> Sequence[Segment]:
    context = info.context
    async with context.database.shop(context.shop) as session:
        made = await slice_.create_ready(session, context.shop, at=context.at)
        line = context.act(
            "segmentReadySetCreate", after={"keys": [one.key for one in made]}, reason=reason_of(wanted.text)
        )
        await audit(session, context.shop, line)
    return made


def _subject(segment: Segment) -> Subject:
    return Subject("CustomerSegment", str(segment.id))


def _told(segment: Segment) -> dict[str, Any]:
    condition: Any = msgspec.to_builtins(segment.condition)
    return {"name": segment.name, "version": segment.version, "condition": condition}
