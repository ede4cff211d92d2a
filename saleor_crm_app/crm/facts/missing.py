"""What says that there is too little of something for a number to mean anything."""

from dataclasses import dataclass
from typing import Final

LEAST_PURCHASERS: Final = 30
"""Ranks among fewer say nothing."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Missing:
    """What there is too little of: so many `have`, so many would be `needed`."""

    what: str
    have: int
    needed: int
