"""The audit trail as staff read it: who did what, from which state to which, and why."""

from datetime import datetime
from typing import Annotated, Final

import strawberry
from strawberry.scalars import JSON

from saleor_crm_app.kernel.audit import Actor, AuditLine, Subject, audit_trail
from saleor_crm_app.kernel.ids import decode_global_id, global_id
from saleor_crm_app.kernel.paging import cursor_of, page_of
from saleor_crm_app.staff.context import Info
from saleor_crm_app.staff.inputs import AfterArgument, BadInputField, FirstArgument, given
from saleor_crm_app.staff.pages import PageInfo, uuid_at
from saleor_crm_app.staff.permissions import ManagesUsers

_CURSOR: Final = "audit"
_KEY: Final = "ApiKey"

SubjectArgument = Annotated[
    strawberry.ID | None, strawberry.argument(description="Only what was done to this: a global id of ours.")
]
ActorArgument = Annotated[
    strawberry.ID | None,
    strawberry.argument(description="Only what they did: the global id of a user in Saleor, or of an API key."),
]


@strawberry.type(description="Who acted: a member of the shop's staff, or a program with an API key.")
class StaffActor:
    id: strawberry.ID = strawberry.field(description="The global id of the user in Saleor, or of the API key.")
    name: str | None = strawberry.field(description="Their address at that time; null for keys, and once erased.")

    @classmethod
    def of(cls, actor: Actor) -> "StaffActor":
        kind, _, key = actor.id.rpartition(":")
        return cls(id=strawberry.ID(global_id(kind or "User", key)), name=actor.name)


@strawberry.type(description="One thing that was done. It is written with the deed, and never changed.")
class AuditEntry:
    id: strawberry.ID = strawberry.field(description="Its global id.")
    at: datetime = strawberry.field(description="When it was done.")
    act: str = strawberry.field(description="What was done, by the name of the mutation.")
    actor: StaffActor = strawberry.field(description="Who did it.")
    subject: strawberry.ID | None = strawberry.field(description="To what: a global id of ours.")
    before: JSON | None = strawberry.field(description="How it was, as far as the deed changed it.")
    after: JSON | None = strawberry.field(description="How it was then.")
    reason: str | None = strawberry.field(description="Why, in the actor's words, until they are erased.")
    request_id: str = strawberry.field(description="Under which id the request stands in the log.")

    @classmethod
    def of(cls, line: AuditLine) -> "AuditEntry":
        act = line.act
        return cls(
            id=strawberry.ID(global_id("AuditEntry", line.id)),
            at=act.at,
            act=act.name,
            actor=StaffActor.of(act.actor),
            subject=None if act.subject is None else strawberry.ID(global_id(act.subject.kind, act.subject.id)),
            before=None if act.before is None else JSON(act.before),
            after=None if act.after is None else JSON(act.after),
            reason=act.reason,
            request_id=act.request_id,
        )


@strawberry.type(description="A deed and its place in the list.")
class AuditEntryEdge:
    node: AuditEntry = strawberry.field(description="The deed.")
    cursor: str = strawberry.field(description="Its place, for `after`.")


@strawberry.type(description="A page of the audit trail, newest first.")
class AuditEntryConnection:
    edges: list[AuditEntryEdge] = strawberry.field(description="The deeds of this page.")
    page_info: PageInfo = strawberry.field(description="Where this page lies.")


@strawberry.type(description="What staff may read of what was done.")
class AuditQuery:
    @strawberry.field(permission_classes=[ManagesUsers], description="What staff and API keys did, newest first.")
    async def audit_trail(
        self,
        info: Info,
        first: FirstArgument = strawberry.UNSET,
        after: AfterArgument = strawberry.UNSET,
        subject: SubjectArgument = strawberry.UNSET,
        actor: ActorArgument = strawberry.UNSET,
    ) -> AuditEntryConnection:
        page = page_of(given(first), given(after))
        to_what, by_whom = given(subject), given(actor)
        async with info.context.reading.session() as session:
            found = await audit_trail(
                session,
                info.context.shop,
                most=page.size + 1,
                before=uuid_at(page, kind=_CURSOR),
                subject=None if to_what is None else _subject(to_what),
                actor=None if by_whom is None else _actor(by_whom),
            )
        edges = [
            AuditEntryEdge(node=AuditEntry.of(line), cursor=cursor_of(_CURSOR, line.id)) for line in found[: page.size]
        ]
        return AuditEntryConnection(
            edges=edges,
            page_info=PageInfo.of(
                [edge.cursor for edge in edges], has_next=len(found) > page.size, has_previous=page.cursor is not None
            ),
        )


def _subject(text: str) -> Subject:
    try:
        return Subject(*decode_global_id(text))
    except ValueError as error:
        raise BadInputField("subject", "That is no global id.") from error


def _actor(text: str) -> str:
    """The key that the trail holds: Saleor's own for people, with its kind for API keys."""
    try:
        kind, key = decode_global_id(text)
    except ValueError as error:
        raise BadInputField("actor", "That is no global id.") from error
    return f"{_KEY}:{key}" if kind == _KEY else key
