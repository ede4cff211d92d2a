"""Tiers: ladders of programs, where members stand on them, and why; entered here."""

from saleor_crm_app.loyalty.tiers.history import Moment, TierThen, tier_at
from saleor_crm_app.loyalty.tiers.jobs import MirrorTier, RequalifyProgram, mirrors
from saleor_crm_app.loyalty.tiers.ladder import Basis, Ladder, Plan, Tier, TierCode, Window, WindowKind
from saleor_crm_app.loyalty.tiers.members import Owner, steps_of
from saleor_crm_app.loyalty.tiers.mirror import mirrored, note_mirrored, tier_id
from saleor_crm_app.loyalty.tiers.needs import Need
from saleor_crm_app.loyalty.tiers.placing import Placed, protect, set_tier
from saleor_crm_app.loyalty.tiers.preview import Move, Moves, who_would_move
from saleor_crm_app.loyalty.tiers.registry import LiveLadder, ladders_of, save_ladder
from saleor_crm_app.loyalty.tiers.requalification import requalify, requalify_due, requalify_page
from saleor_crm_app.loyalty.tiers.standing import Reason, Standing
from saleor_crm_app.loyalty.tiers.status import StatusBook, TierStatus, statuses
from saleor_crm_app.loyalty.tiers.then import tiers_of_orders

__all__ = [
    "Basis", "Ladder", "LiveLadder", "MirrorTier", "Moment", "Move", "Moves", "Need", "Owner", "Placed", "Plan",
    "Reason", "RequalifyProgram", "Standing", "StatusBook", "Tier", "TierCode", "TierStatus", "TierThen", "Window",
    "WindowKind", "ladders_of", "mirrored", "mirrors", "note_mirrored", "protect", "requalify", "requalify_due",
    "requalify_page", "save_ladder", "set_tier", "statuses", "steps_of", "tier_at", "tier_id", "tiers_of_orders",
    "who_would_move",
]  # fmt: skip
