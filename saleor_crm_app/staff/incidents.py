"""Incidents as staff see them, and see to them."""

from datetime import datetime
from typing import Annotated

import strawberry

from saleor_crm_app.crm import incidents as troubles
from saleor_crm_app.kernel.audit import LONGEST_REASON, Subject, audit
from saleor_crm_app.kernel.errors import Refusal
from saleor_crm_app.kernel.ids import global_id
from saleor_crm_app.kernel.paging import cursor_of, page_of
from saleor_crm_app.staff.context import Info
from saleor_crm_app.staff.health import StaffError
from saleor_crm_app.staff.inputs import AfterArgument, FirstArgument, given, uuid_of, words_of
from saleor_crm_app.staff.pages import PageInfo, uuid_at
from saleor_crm_app.staff.permissions import ManagesUsers
from saleor_crm_app.staff.scalars import BigInt

_CURSOR = "incident"

OpenArgument = Annotated[bool | None, strawberry.argument(description="Only open ones, or only closed ones.")]


@strawberry.input(description="An incident that was seen to.")
class IncidentCloseInput:
    incident_id: strawberry.ID = strawberry.field(description="The incident's global id.")
    text: str = strawberry.field(description="What was done, in your words; staff read it in the audit trail.")


@strawberry.type(description="Something that went wrong between the shop and a customer.")
class Incident:
    id: strawberry.ID = strawberry.field(description="The incident's global id.")
    kind: str = strawberry.field(description="What it is, as a code such as `COUPON_USED_AGAIN`.")
    lost: BigInt = strawberry.field(description="What it cost the shop, in minor units.")
    currency: str = strawberry.field(description="The currency of that, by its ISO 4217 code.")
    customer_id: strawberry.ID | None = strawberry.field(description="The customer's global id in Saleor.")
    order_id: strawberry.ID | None = strawberry.field(description="The order's global id in Saleor.")
    coupon_id: strawberry.ID | None = strawberry.field(description="The coupon's global id, where it is about one.")
    opened_at: datetime = strawberry.field(description="When it became known.")
    closed_at: datetime | None = strawberry.field(description="When somebody saw to it, or it came to nothing.")

    @classmethod
    def of(cls, row: troubles.Incident) -> "Incident":
        is_coupon = row.kind.startswith("COUPON_USED")
        return cls(
            id=strawberry.ID(global_id("Incident", row.id)),
            kind=row.kind,
            lost=BigInt(row.lost.minor),
            currency=row.lost.currency,
            customer_id=None if row.customer is None else strawberry.ID(global_id("User", row.customer)),
            order_id=None if row.order is None else strawberry.ID(global_id("Order", row.order)),
            coupon_id=strawberry.ID(global_id("LoyaltyCoupon", row.subject)) if is_coupon and row.subject else None,
            opened_at=row.opened_at,
            closed_at=row.closed_at,
        )


@strawberry.type(description="An incident and its place in the list.")
class IncidentEdge:
    node: Incident = strawberry.field(description="The incident.")
    cursor: str = strawberry.field(description="Its place, for `after`.")


@strawberry.type(description="A page of incidents, newest first.")
class IncidentConnection:
    edges: list[IncidentEdge] = strawberry.field(description="The incidents of this page.")
    page_info: PageInfo = strawberry.field(description="Where this page lies.")


@strawberry.type(description="An incident that was seen to.")
class IncidentClose:
    incident: Incident | None = strawberry.field(description="The incident.")
    errors: list[StaffError] = strawberry.field(description="What was refused; nothing was changed then.")


@strawberry.type(description="What staff may read of incidents.")
class IncidentsQuery:
    @strawberry.field(permission_classes=[ManagesUsers], description="What went wrong, newest first.")
    async def incidents(
        self,
        info: Info,
        first: FirstArgument = strawberry.UNSET,
        after: AfterArgument = strawberry.UNSET,
        is_open: OpenArgument = strawberry.UNSET,
    ) -> IncidentConnection:
        page = page_of(given(first), given(after))
        async with info.context.reading.session() as session:
            found = await troubles.incidents(
                session, most=page.size + 1, before=uuid_at(page, kind=_CURSOR), is_open=given(is_open)
            )
        edges = [IncidentEdge(node=Incident.of(one), cursor=cursor_of(_CURSOR, one.id)) for one in found[: page.size]]
        cursors = [edge.cursor for edge in edges]
        return IncidentConnection(
            edges=edges,
            page_info=PageInfo.of(cursors, has_next=len(found) > page.size, has_previous=page.cursor is not None),
        )


@strawberry.type(description="What staff may do about incidents.")
class IncidentsMutation:
    @strawberry.mutation(permission_classes=[ManagesUsers], description="Say that an incident was seen to.")
    async def incident_close(self, info: Info, input: IncidentCloseInput) -> IncidentClose:
        try:
            return IncidentClose(incident=Incident.of(await _close(info, input)), errors=[])
        except Refusal as refusal:
            return IncidentClose(incident=None, errors=[StaffError.of(refusal)])


async def _close(info: Info, wanted: IncidentCloseInput) -> troubles.Incident:
    context = info.context
    key = uuid_of(wanted.incident_id, "Incident", field="incidentId")
    reason = words_of(wanted.text, field="text", most=LONGEST_REASON)
    async with context.database.shop(context.shop) as session:
        closed = await troubles.close_incident(session, key, by=context.actor.id, at=context.at)
        line = context.act(
            "incidentClose", subject=Subject("Incident", str(key)), after={"kind": closed.kind}, reason=reason
        )
        await audit(session, context.shop, line)
    return closed
