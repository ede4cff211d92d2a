"""Acts that wait for a second person, as staff see them."""

from dataclasses import replace
from datetime import datetime
from enum import Enum
from typing import Annotated, Final

import strawberry

from saleor_crm_app.kernel.ids import global_id
from saleor_crm_app.kernel.paging import cursor_of, page_of
from saleor_crm_app.loyalty import points as ledger
from saleor_crm_app.staff.audit import StaffActor
from saleor_crm_app.staff.context import Info
from saleor_crm_app.staff.entry_notes import PointsReason
from saleor_crm_app.staff.inputs import AfterArgument, FirstArgument, given
from saleor_crm_app.staff.pages import PageInfo, uuid_at
from saleor_crm_app.staff.permissions import ManagesUsers

_CURSOR: Final = "staffRequest"


@strawberry.enum(description="How a request stands.")
class StaffRequestState(Enum):
    WAITING = strawberry.enum_value("WAITING", description="A second person has to decide.")
    APPROVED = strawberry.enum_value("APPROVED", description="A second person approved it, and it was done.")
    REJECTED = strawberry.enum_value("REJECTED", description="Somebody rejected it; nothing was done.")
    EXPIRED = strawberry.enum_value("EXPIRED", description="Nobody decided within 14 days; nothing was done.")


@strawberry.enum(description="What is asked for.")
class StaffRequestAct(Enum):
    ADJUST = strawberry.enum_value("ADJUST", description="To give or take points.")
    GOODWILL = strawberry.enum_value("GOODWILL", description="To give points as a courtesy.")
    REVERSE = strawberry.enum_value("REVERSE", description="To undo an entry.")


_ACTS: Final = {
    ledger.staff_acts.Adjustment: StaffRequestAct.ADJUST,
    ledger.staff_acts.Goodwill: StaffRequestAct.GOODWILL,
    ledger.staff_acts.Reversal: StaffRequestAct.REVERSE,
}
StateArgument = Annotated[
    StaffRequestState | None, strawberry.argument(description="Only those that stand so; all if left out.")
]


@strawberry.type(description="An act too large for one person. It is done once somebody else approves it.")
class StaffRequest:
    id: strawberry.ID = strawberry.field(description="Its global id.")
    state: StaffRequestState = strawberry.field(description="How it stands.")
    act: StaffRequestAct = strawberry.field(description="What is asked for.")
    member_id: strawberry.ID = strawberry.field(description="The member's global id.")
    points: int = strawberry.field(description="Points the member would gain, or lose where negative.")
    reason: PointsReason = strawberry.field(description="Why, as a code.")
    text: str | None = strawberry.field(description="Why, in the words of who asks; null once erased.")
    reversed_entry_id: strawberry.ID | None = strawberry.field(description="The global id of the entry to be undone.")
    requester: StaffActor = strawberry.field(description="Who asks.")
    requested_at: datetime = strawberry.field(description="When they asked.")
    expires_at: datetime = strawberry.field(description="Until when it waits.")
    decider: StaffActor | None = strawberry.field(description="Who decided.")
    decided_at: datetime | None = strawberry.field(description="When they decided.")
    entry_id: strawberry.ID | None = strawberry.field(description="The global id of the entry it became.")

    @classmethod
    def of(cls, request: ledger.staff_acts.StaffRequest) -> "StaffRequest":
        act, decider = request.act, request.decider
        undone = act.entry if isinstance(act, ledger.staff_acts.Reversal) else None
        return cls(
            id=strawberry.ID(global_id("StaffRequest", request.id)),
            state=StaffRequestState[request.state.value],
            act=_ACTS[type(act)],
            member_id=strawberry.ID(global_id("Member", request.account)),
            points=request.points,
            reason=PointsReason[act.code.value],
            text=request.reason,
            reversed_entry_id=None if undone is None else strawberry.ID(global_id("PointsEntry", undone)),
            requester=StaffActor.of(request.requester),
            requested_at=request.requested_at,
            expires_at=request.expires_at,
            decider=None if decider is None else StaffActor.of(decider),
            decided_at=request.decided_at,
            entry_id=None if request.entry is None else strawberry.ID(global_id("PointsEntry", request.entry)),
        )


@strawberry.type(description="A request and its place in the list.")
class StaffRequestEdge:
    node: StaffRequest = strawberry.field(description="The request.")
    cursor: str = strawberry.field(description="Its place, for `after`.")


@strawberry.type(description="A page of requests, newest first.")
class StaffRequestConnection:
    edges: list[StaffRequestEdge] = strawberry.field(description="The requests of this page.")
    page_info: PageInfo = strawberry.field(description="Where this page lies.")


@strawberry.type(description="What staff may read of what they ask each other to approve.")
class RequestsQuery:
    @strawberry.field(permission_classes=[ManagesUsers], description="Acts that wait, or waited, for a second person.")
    async def staff_requests(
        self,
        info: Info,
        first: FirstArgument = strawberry.UNSET,
        after: AfterArgument = strawberry.UNSET,
        state: StateArgument = strawberry.UNSET,
    ) -> StaffRequestConnection:
        page, wanted = page_of(given(first), given(after)), given(state)
        async with info.context.reading.session() as session:
            found = await ledger.staff_acts.staff_requests(
                session,
                info.context.shop,
                most=page.size + 1,
                at=info.context.at,
                before=uuid_at(page, kind=_CURSOR),
                state=None if wanted is None else ledger.staff_acts.RequestState[wanted.name],
            )
        edges = [
            StaffRequestEdge(node=StaffRequest.of(each), cursor=cursor_of(_CURSOR, each.id))
            for each in found[: page.size]
        ]
        return StaffRequestConnection(
            edges=edges,
            page_info=PageInfo.of(
                [edge.cursor for edge in edges], has_next=len(found) > page.size, has_previous=page.cursor is not None
            ),
        )


def without_words(request: ledger.staff_acts.StaffRequest) -> ledger.staff_acts.StaffRequest:
    """A request without what can be erased, to be kept as an answer."""
    decider = request.decider
    return replace(
        request,
        reason=None,
        requester=replace(request.requester, name=None),
        decider=None if decider is None else replace(decider, name=None),
    )


async def with_words(info: Info, kept: ledger.staff_acts.StaffRequest) -> StaffRequest:
    """A kept answer with the words that are still there."""
    async with info.context.reading.session() as session:
        now = await ledger.staff_acts.staff_request(session, info.context.shop, kept.id, at=info.context.at)
    if now is None:
        return StaffRequest.of(kept)
    decider = None if kept.decider is None else now.decider
    return StaffRequest.of(replace(kept, reason=now.reason, requester=now.requester, decider=decider))
