"""Facts about customers: a kept rollup of their orders, what others told, scores; each with source and time."""

from saleor_crm_app.crm.facts.errors import CustomerUnknown, FactIsCounted, FactIsOlder, FactUnknown
from saleor_crm_app.crm.facts.jobs import RollUp
from saleor_crm_app.crm.facts.missing import LEAST_PURCHASERS, Missing
from saleor_crm_app.crm.facts.models import CustomerRollupRow, CustomerScoreRow, FactRow, MemberFactRow
from saleor_crm_app.crm.facts.refill import due_rollups, unrolled
from saleor_crm_app.crm.facts.rolling import forget, forget_deleted, roll_up
from saleor_crm_app.crm.facts.rollup import MEMBER_EXPIRY_DAYS, Rollup, rollup_of
from saleor_crm_app.crm.facts.sheet import KnownFact, KnownValue, Origin, Score, Sheet, sheet_of
from saleor_crm_app.crm.facts.told import Fact, Source, facts_of, note_events, tell_facts
from saleor_crm_app.crm.facts.words import Cell, Phase
from saleor_crm_app.crm.facts.writing import erase_fact, write_fact

__all__ = [
    "LEAST_PURCHASERS", "MEMBER_EXPIRY_DAYS", "Cell", "CustomerRollupRow", "CustomerScoreRow", "CustomerUnknown",
    "Fact", "FactIsCounted", "FactIsOlder", "FactRow", "FactUnknown", "KnownFact", "KnownValue", "MemberFactRow",
    "Missing", "Origin", "Phase", "RollUp", "Rollup", "Score", "Sheet", "Source", "due_rollups", "erase_fact",
    "facts_of", "forget", "forget_deleted", "note_events", "roll_up", "rollup_of", "sheet_of", "tell_facts", "unrolled",
    "write_fact",
]  # fmt: skip
