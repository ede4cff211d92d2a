"""Why an offer is shown, what is lacking, and why one is not; codes with the numbers that their sentences need."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any


class Why(StrEnum):
    """Why somebody sees an offer. Names of segments are for staff and stand in none."""

    FOR_YOU = "FOR_YOU"
    FOR_EVERYBODY = "FOR_EVERYBODY"
    ENDS_SOON = "ENDS_SOON"
    ENOUGH_POINTS = "ENOUGH_POINTS"
    COSTS_POINTS = "COSTS_POINTS"
    FREE = "FREE"
    FROM_AMOUNT = "FROM_AMOUNT"
    NEARLY_THERE = "NEARLY_THERE"
    TIER_NEAR = "TIER_NEAR"
    POINTS_EXPIRE = "POINTS_EXPIRE"
    LONG_AWAY = "LONG_AWAY"
    MORE_POINTS = "MORE_POINTS"
    BOUGHT_TOGETHER = "BOUGHT_TOGETHER"
    GOES_WITH_CART = "GOES_WITH_CART"
    BETTER_CHOICE = "BETTER_CHOICE"
    POPULAR = "POPULAR"
    DUE_AGAIN = "DUE_AGAIN"
    CHOSEN = "CHOSEN"


@dataclass(frozen=True, slots=True)
class Said:
    """A reason with its numbers and names."""

    why: Why
    data: Mapping[str, Any] = field(default_factory=dict)


class Lack(StrEnum):
    """What is lacking before an offer is worth something."""

    POINTS = "POINTS"
    SPEND = "SPEND"
    ORDERS = "ORDERS"
    EARNED_POINTS = "EARNED_POINTS"
    SIGN_IN = "SIGN_IN"
    JOIN = "JOIN"


@dataclass(frozen=True, slots=True, kw_only=True)
class Lacking:
    """So much `amount`, minor units, or so many of something."""

    what: Lack
    amount: int | None = None
    quantity: int | None = None


class WhyNot(StrEnum):
    """Why an offer is not shown; for staff."""

    NOT_YET = "NOT_YET"
    OVER = "OVER"
    OTHER_CHANNEL = "OTHER_CHANNEL"
    OTHER_PLACEMENT = "OTHER_PLACEMENT"
    NOT_KNOWN = "NOT_KNOWN"
    NOT_IN_AUDIENCE = "NOT_IN_AUDIENCE"
    HELD_OUT = "HELD_OUT"
    DISMISSED = "DISMISSED"
    TAKEN = "TAKEN"
    SEEN_ENOUGH = "SEEN_ENOUGH"
    BUDGET_USED_UP = "BUDGET_USED_UP"
    REWARD_NOT_TO_BE_HAD = "REWARD_NOT_TO_BE_HAD"
    PROGRAM_PAUSED = "PROGRAM_PAUSED"
    NOTHING_TO_SAY = "NOTHING_TO_SAY"
    NOT_RELEVANT = "NOT_RELEVANT"
    SAME_AS_ANOTHER = "SAME_AS_ANOTHER"
