"""How long stays last and how they end, when many have not ended yet; pure."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

_HALF: Final = 0.5 + 1e-9
"""With what a product of shares may be off by."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Stays:
    """So many stays of so many `days`, all ended alike: by moving on, otherwise, or not yet."""

    days: int
    number: int
    has_ended: bool
    moved_on: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Course:
    """After `median_days` half of the stays are over, None where they are not; `moving_on` is the share that moves on.

    Who is still there counts for as long as they have been: the estimates of Kaplan and Meier, Aalen and Johansen.
    """

    median_days: int | None
    moving_on: float


def course_of(stays: Iterable[Stays]) -> Course:
    """What these stays tell of all of their kind."""
    by_day: dict[int, list[Stays]] = {}
    for one in stays:
        by_day.setdefault(one.days, []).append(one)
    there = sum(one.number for each in by_day.values() for one in each)
    staying, moving_on, median = 1.0, 0.0, None
    for day in sorted(by_day):
        ended = sum(one.number for one in by_day[day] if one.has_ended)
        moved = sum(one.number for one in by_day[day] if one.has_ended and one.moved_on)
        moving_on += staying * moved / there
        staying *= 1 - ended / there
        if median is None and staying <= _HALF:
            median = day
        there -= sum(one.number for one in by_day[day])
    return Course(median_days=median, moving_on=moving_on)
