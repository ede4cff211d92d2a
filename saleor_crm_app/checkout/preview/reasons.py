"""Why a preview says what it says, as codes with the numbers that their sentences need."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any


class Why(StrEnum):
    """The first few tell of points that a cart earns, the next of spending points, the last of coupons and codes."""

    GUEST_EARNS = "GUEST_EARNS"
    NOT_JOINED = "NOT_JOINED"
    STAFF = "STAFF"
    TRIED_OUT = "TRIED_OUT"
    EARNED_LATER = "EARNED_LATER"
    SIGN_IN = "SIGN_IN"
    NOT_ATTACHED = "NOT_ATTACHED"
    PROGRAM_PAUSED = "PROGRAM_PAUSED"
    UNDER_REVIEW = "UNDER_REVIEW"
    CLOSED = "CLOSED"
    POINTS_OWED = "POINTS_OWED"
    NO_WAY = "NO_WAY"
    ANOTHER_CODE = "ANOTHER_CODE"
    TOO_FEW_POINTS = "TOO_FEW_POINTS"
    CART_TOO_SMALL = "CART_TOO_SMALL"
    TAKES_OFF = "TAKES_OFF"
    MOST_OFF = "MOST_OFF"
    ENDS_FIRST = "ENDS_FIRST"
    CODE_TAKES_OFF = "CODE_TAKES_OFF"
    CODE_LACKS = "CODE_LACKS"
    NO_CODE = "NO_CODE"


@dataclass(frozen=True, slots=True)
class Said:
    """A reason; `amount` in its data is money in minor units, `points` and `least` are points, `at` is an instant."""

    why: Why
    data: Mapping[str, Any] = field(default_factory=dict)
