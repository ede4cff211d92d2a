"""What staff hand in to move points, and what they get back."""

from typing import Final

import strawberry

from saleor_crm_app.kernel.audit import LONGEST_REASON
from saleor_crm_app.staff.entry_notes import PointsReason
from saleor_crm_app.staff.health import StaffError
from saleor_crm_app.staff.points import Member, PointsEntry
from saleor_crm_app.staff.requests import StaffRequest

_KEY: Final = "Yours, a new one for each act; the same again gives the same answer and does nothing more."
_TEXT: Final = f"Why, in your words, 1 to {LONGEST_REASON} characters. Staff read it, customers never do."


@strawberry.input(description="Points to give or take.")
class PointsAdjustInput:
    member_id: strawberry.ID = strawberry.field(description="The member's global id.")
    points: int = strawberry.field(description="How many points to give, or to take where negative.")
    reason: PointsReason = strawberry.field(description="Why, as a code; the customer reads it as a few words.")
    text: str = strawberry.field(description=_TEXT)
    allow_deficit: bool = strawberry.field(
        default=False, description="Whether more may be taken than is there; the account owes the rest then."
    )
    idempotency_key: str = strawberry.field(description=_KEY)


@strawberry.input(description="Points to give as a courtesy.")
class GoodwillGrantInput:
    member_id: strawberry.ID = strawberry.field(description="The member's global id.")
    points: int = strawberry.field(description="How many points to give.")
    reason: PointsReason = strawberry.field(
        default=PointsReason.GOODWILL, description="Why, as a code; the customer reads it as a few words."
    )
    text: str = strawberry.field(description=_TEXT)
    cost_center: str | None = strawberry.field(
        default=None, description="Who pays for it; the program's own cost center if left out."
    )
    idempotency_key: str = strawberry.field(description=_KEY)


@strawberry.input(description="An entry to undo.")
class EntryReverseInput:
    member_id: strawberry.ID = strawberry.field(description="The global id of the member whose entry it is.")
    entry_id: strawberry.ID = strawberry.field(description="The entry's global id.")
    reason: PointsReason = strawberry.field(description="Why, as a code; the customer reads it as a few words.")
    text: str = strawberry.field(description=_TEXT)
    allow_deficit: bool = strawberry.field(
        default=False, description="Whether points that were spent may be owed, where others do not suffice."
    )
    idempotency_key: str = strawberry.field(description=_KEY)


@strawberry.input(description="A request to approve.")
class StaffRequestApproveInput:
    request_id: strawberry.ID = strawberry.field(description="The request's global id.")
    idempotency_key: str = strawberry.field(description=_KEY)


@strawberry.input(description="A request to reject.")
class StaffRequestRejectInput:
    request_id: strawberry.ID = strawberry.field(description="The request's global id.")
    text: str | None = strawberry.field(default=None, description="Why, in your words; staff read it.")


@strawberry.type(description="What became of an act on points.")
class ActPayload:
    entry: PointsEntry | None = strawberry.field(description="The entry it made, where it was done.")
    request: StaffRequest | None = strawberry.field(description="The request, where a second person has to approve.")
    errors: list[StaffError] = strawberry.field(description="What was refused; nothing was done then.")


@strawberry.type(description="Points given or taken.")
class PointsAdjust(ActPayload):
    """Its own name, as each mutation's payload has."""


@strawberry.type(description="Points given as a courtesy.")
class GoodwillGrant(ActPayload):
    """Its own name, as each mutation's payload has."""


@strawberry.type(description="An entry undone.")
class EntryReverse(ActPayload):
    """Its own name, as each mutation's payload has."""


@strawberry.type(description="A request that was approved, and done.")
class StaffRequestApprove(ActPayload):
    """Its own name, as each mutation's payload has."""


@strawberry.type(description="A request that was rejected.")
class StaffRequestReject:
    request: StaffRequest | None = strawberry.field(description="The request as it stands now.")
    errors: list[StaffError] = strawberry.field(description="What was refused.")


@strawberry.input(description="An account to look at.")
class MemberHoldInput:
    member_id: strawberry.ID = strawberry.field(description="The member's global id.")
    text: str = strawberry.field(description=_TEXT)


@strawberry.input(description="An account that was looked at.")
class MemberReleaseInput:
    member_id: strawberry.ID = strawberry.field(description="The member's global id.")
    text: str = strawberry.field(description=_TEXT)


@strawberry.type(description="An account that is held: it earns, and spends nothing meanwhile.")
class MemberHold:
    member: Member | None = strawberry.field(description="The member as it stands now.")
    errors: list[StaffError] = strawberry.field(description="What was refused.")


@strawberry.type(description="An account that is free again.")
class MemberRelease:
    member: Member | None = strawberry.field(description="The member as it stands now.")
    errors: list[StaffError] = strawberry.field(description="What was refused.")
