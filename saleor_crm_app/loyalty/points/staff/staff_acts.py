"""Staff's acts on points under one name: `points.staff_acts.instruct` and what belongs to it."""

from saleor_crm_app.loyalty.points.staff.account_review import set_held
from saleor_crm_app.loyalty.points.staff.acts import Adjustment, Goodwill, Instruction, Reversal, StaffAct
from saleor_crm_app.loyalty.points.staff.approval import Outcome, Standing, approve, instruct, perform, reject
from saleor_crm_app.loyalty.points.staff.notes import EntryNote, ReasonCode, erase_notes, notes_of
from saleor_crm_app.loyalty.points.staff.reasons import code_of, reason_text
from saleor_crm_app.loyalty.points.staff.staff_requests import (
    RequestState,
    StaffRequest,
    erase_requests,
    staff_request,
    staff_requests,
)

__all__ = [
    "Adjustment",
    "EntryNote",
    "Goodwill",
    "Instruction",
    "Outcome",
    "ReasonCode",
    "RequestState",
    "Reversal",
    "StaffAct",
    "StaffRequest",
    "Standing",
    "approve",
    "code_of",
    "erase_notes",
    "erase_requests",
    "instruct",
    "notes_of",
    "perform",
    "reason_text",
    "reject",
    "set_held",
    "staff_request",
    "staff_requests",
]
