"""What staff wrote beside an entry, for staff alone."""

from enum import Enum

import strawberry

from saleor_crm_app.loyalty import points as ledger
from saleor_crm_app.staff.audit import StaffActor


@strawberry.enum(description="Why staff moved points; customers read it as a few words.")
class PointsReason(Enum):
    GOODWILL = strawberry.enum_value("GOODWILL", description="A courtesy.")
    CORRECTION = strawberry.enum_value("CORRECTION", description="Something was wrong.")
    COMPLAINT = strawberry.enum_value("COMPLAINT", description="The customer complained.")
    CONTEST = strawberry.enum_value("CONTEST", description="The customer won something.")
    OTHER = strawberry.enum_value("OTHER", description="Anything else; the text says what.")

    @property
    def code(self) -> ledger.staff_acts.ReasonCode:
        return ledger.staff_acts.ReasonCode[self.name]


@strawberry.type(description="What staff wrote beside an entry. Customers never see it.")
class EntryNote:
    code: PointsReason = strawberry.field(description="Why, as a code.")
    text: str | None = strawberry.field(description="Why, in the words of who did it; null once erased.")
    actor: StaffActor | None = strawberry.field(description="Who did it, or asked for it.")
    cost_center: str | None = strawberry.field(description="Who pays for a courtesy.")

    @classmethod
    def of(cls, note: ledger.staff_acts.EntryNote) -> "EntryNote":
        return cls(
            code=PointsReason[note.code.value],
            text=note.reason,
            actor=None if note.actor is None else StaffActor.of(note.actor),
            cost_center=note.cost_center,
        )
