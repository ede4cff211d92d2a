"""What becomes of accounts, under one name: joining, merging, closing, pauses, points for more than orders."""

from saleor_crm_app.loyalty.points.accounts.actions import (
    BIRTHDAY,
    RESERVED,
    SIGNED_UP,
    Gift,
    TiersAt,
    grant_actions,
    programs_rewarding,
)
from saleor_crm_app.loyalty.points.accounts.closing import close
from saleor_crm_app.loyalty.points.accounts.merging import (
    Merged,
    SweepMerged,
    merge,
    merged_into,
    merged_of,
    sweep,
    unswept,
)
from saleor_crm_app.loyalty.points.accounts.parting import Parted, unmerge
from saleor_crm_app.loyalty.points.accounts.pausing import Resumed, resume
from saleor_crm_app.loyalty.points.earning.again import AccrueAgain
from saleor_crm_app.loyalty.points.earning.joining import (
    Stay,
    counts_while_joined,
    join,
    joined_of,
    leave,
    programs_joined,
)

__all__ = [
    "BIRTHDAY", "RESERVED", "SIGNED_UP", "AccrueAgain", "Gift", "Merged", "Parted", "Resumed", "Stay", "SweepMerged",
    "TiersAt", "close", "counts_while_joined", "grant_actions", "join", "joined_of", "leave", "merge",
    "merged_into", "merged_of", "programs_joined", "programs_rewarding", "resume", "sweep", "unmerge", "unswept",
]  # fmt: skip
