"""The app's own working as staff see it: the installation, and deliveries that could not be used."""

from datetime import datetime
from enum import Enum
from uuid import UUID

import strawberry

from saleor_crm_app.jobs import dead_letters
from saleor_crm_app.kernel.audit import Subject, audit
from saleor_crm_app.kernel.errors import LoyaltyErrorCode, Refusal
from saleor_crm_app.kernel.ids import global_id
from saleor_crm_app.kernel.paging import LARGEST_PAGE, cursor_of, page_of
from saleor_crm_app.kernel.telemetry import logger
from saleor_crm_app.staff.context import Info
from saleor_crm_app.staff.inputs import BadInputField, uuids_of
from saleor_crm_app.staff.pages import PageInfo, uuid_at

_CURSOR = "deadLetter"
_log = logger(__name__)

strawberry.enum(LoyaltyErrorCode, description="Why something was refused.")


@strawberry.enum(description="Whether the shop still wants the app.")
class InstallationState(Enum):
    ACTIVE = strawberry.enum_value("ACTIVE", description="Installed and switched on.")
    PAUSED = strawberry.enum_value("PAUSED", description="Switched off or uninstalled; the books are kept.")


@strawberry.type(description="The shop as it installed the app.")
class Installation:
    api_url: str = strawberry.field(description="The shop's API URL.")
    saleor_version: str = strawberry.field(description="The shop's version of Saleor when it installed the app.")
    state: InstallationState = strawberry.field(description="Whether the shop still wants the app.")
    storefront_origins: list[str] = strawberry.field(description="The origins whose pages may call the storefront API.")
    sandbox: bool = strawberry.field(description="Whether it is for trying out; only then may its clock be moved.")

    @classmethod
    def of(cls, info: Info) -> "Installation":
        found = info.context.staff.installation
        return cls(
            api_url=found.api_url,
            saleor_version=found.saleor_version,
            state=InstallationState[found.state.value],
            storefront_origins=list(found.storefront_origins),
            sandbox=found.sandbox,
        )


@strawberry.type(description="A delivery of the shop that could not be used. Its content is not shown.")
class DeadLetter:
    id: strawberry.ID = strawberry.field(description="The delivery's global id.")
    kind: str = strawberry.field(description="What it told.")
    source: str = strawberry.field(description="How it came: `webhook`, or `poll` where the app asked the shop.")
    received_at: datetime = strawberry.field(description="When it came.")
    attempts: int = strawberry.field(description="How often it was tried.")
    reason: str = strawberry.field(description="Why it could not be used.")

    @classmethod
    def of(cls, letter: dead_letters.DeadLetter) -> "DeadLetter":
        return cls(
            id=strawberry.ID(global_id("DeadLetter", letter.id)),
            kind=letter.kind,
            source=letter.source,
            received_at=letter.received_at,
            attempts=letter.attempts,
            reason=letter.reason,
        )


@strawberry.type(description="A dead letter and its place in the list.")
class DeadLetterEdge:
    node: DeadLetter = strawberry.field(description="The dead letter.")
    cursor: str = strawberry.field(description="Its place, for `after`.")


@strawberry.type(description="A page of dead letters, oldest first.")
class DeadLetterConnection:
    edges: list[DeadLetterEdge] = strawberry.field(description="The dead letters of this page.")
    page_info: PageInfo = strawberry.field(description="Where this page lies.")

    @strawberry.field(description="How many dead letters there are in all.")
    async def total_count(self, info: Info) -> int:
        async with info.context.reading.session() as session:
            return await dead_letters.count_dead_letters(session)


@strawberry.input(description="Which dead letters to try again.")
class DeadLetterReplayInput:
    ids: list[strawberry.ID] = strawberry.field(description="Their global ids, at most 100.")


@strawberry.type(description="Why something was refused.")
class StaffError:
    field: str | None = strawberry.field(description="The input at fault, if it is one.")
    code: LoyaltyErrorCode = strawberry.field(description="The reason as a code.")
    message: str = strawberry.field(description="The reason as a sentence.")

    @classmethod
    def of(cls, refusal: Refusal) -> "StaffError":
        return cls(field=refusal.field, code=refusal.code, message=str(refusal))


@strawberry.type(description="Dead letters that are tried again.")
class DeadLetterReplay:
    replayed: int = strawberry.field(description="How many are tried again.")
    errors: list[StaffError] = strawberry.field(description="What was refused.")

    @classmethod
    def refused(cls, refusal: Refusal) -> "DeadLetterReplay":
        return cls(replayed=0, errors=[StaffError.of(refusal)])


async def dead_letters_of(info: Info, *, first: int | None, after: str | None) -> DeadLetterConnection:
    """A page of the shop's dead letters.

    Raises BadPage.
    """
    page = page_of(first, after)
    async with info.context.reading.session() as session:
        found = await dead_letters.dead_letters(session, first=page.size + 1, after=uuid_at(page, kind=_CURSOR))
    edges = [
        DeadLetterEdge(node=DeadLetter.of(letter), cursor=cursor_of(_CURSOR, letter.id))
        for letter in found[: page.size]
    ]
    return DeadLetterConnection(
        edges=edges,
        page_info=PageInfo.of(
            [edge.cursor for edge in edges], has_next=len(found) > page.size, has_previous=page.cursor is not None
        ),
    )


class NotDeadAnyMore(Refusal):
    """Some of the ids are no dead letters of this shop, or were tried again meanwhile; the others are."""

    code = LoyaltyErrorCode.NOT_FOUND
    field = "ids"


async def replay(info: Info, wanted: DeadLetterReplayInput) -> DeadLetterReplay:
    """Put them back into the inbox; those that are not there are told, and keep no other back."""
    try:
        ids = _ids(wanted)
    except BadInputField as refusal:
        return DeadLetterReplay.refused(refusal)
    async with info.context.database.shop(info.context.shop) as session:
        replayed = await dead_letters.replay(session, ids)
        if replayed:
            tried = {"ids": [str(each) for each in ids], "replayed": replayed}
            subject = Subject("Installation", str(info.context.shop))
            await audit(session, info.context.shop, info.context.act("deadLetterReplay", subject=subject, after=tried))
    _log.info(
        "dead_letters_replayed",
        installation=str(info.context.shop),
        replayed=replayed,
        staff=info.context.staff.user_id,
    )
    answer = DeadLetterReplay(replayed=replayed, errors=[])
    if replayed < len(ids):
        missing = NotDeadAnyMore(f"{len(ids) - replayed} of them are no dead letters of this shop, or not any more.")
        answer.errors = DeadLetterReplay.refused(missing).errors
    return answer


def _ids(wanted: DeadLetterReplayInput) -> list[UUID]:
    if not 1 <= len(wanted.ids) <= LARGEST_PAGE:
        raise BadInputField("ids", f"Name 1 to {LARGEST_PAGE} dead letters.")
    return uuids_of(wanted.ids, "DeadLetter", field="ids")
