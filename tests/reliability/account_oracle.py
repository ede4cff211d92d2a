"""One account once more: its lots by their ends, what it owes, and the rules by which its points lapse."""

from collections import Counter
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from fractions import Fraction
from typing import Any, NamedTuple
from zoneinfo import ZoneInfo

from tests.reliability import oracle

Moves = Counter[int]
"""Signed points by the number of a lot."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Rules:
    """A program. `ends` is ("PERIOD", days), ("FIXED_DATE", month, day, at least so many days), ("INACTIVITY", days)
    or ("NEVER",)."""

    rate: Fraction = Fraction(1)
    zone: ZoneInfo = field(default_factory=lambda: ZoneInfo("UTC"))
    confirm_after_days: int = 14
    ends: tuple[Any, ...] = ("PERIOD", 365)
    grace_days: int = 30
    may_owe: bool = True
    pauses: tuple[tuple[datetime, datetime], ...] = ()

    def end(self, opens: datetime, active: datetime | None) -> datetime | None:
        """When points that can be spent from `opens` on lapse; while the program stood still no time passed."""
        end = self._end(opens, active)
        starts = max(opens, active or opens) if self.ends[0] == "INACTIVITY" else opens
        for pause in self.pauses:
            if end is not None:
                end = self.moved(end, pause, starts=starts)
        return end

    def moved(self, end: datetime, pause: tuple[datetime, datetime], *, starts: datetime) -> datetime:
        """An end after a pause that it lived to see."""
        since, until = (each.astimezone(self.zone).date() for each in pause)
        if starts >= pause[1] or end <= pause[0]:
            return end
        last_day = (end - timedelta(microseconds=1)).astimezone(self.zone).date()
        return oracle.end_of_day(last_day + (until - since), self.zone)

    def _end(self, opens: datetime, active: datetime | None) -> datetime | None:
        day = opens.astimezone(self.zone).date()
        match self.ends:
            case ("PERIOD", days):
                return oracle.end_of_day(day + timedelta(days=days), self.zone)
            case ("INACTIVITY", days):
                newest = max(opens, active or opens).astimezone(self.zone).date()
                return oracle.end_of_day(newest + timedelta(days=days), self.zone)
            case ("FIXED_DATE", month, last, least):
                return oracle.end_of_day(_first(month, last, day + timedelta(days=least)), self.zone)
        return None

    def grace(self, since: datetime) -> datetime:
        """Until when points that come back can be spent at least."""
        return oracle.end_of_day(since.astimezone(self.zone).date() + timedelta(days=self.grace_days), self.zone)


class Standing(NamedTuple):
    """One account's points at one instant."""

    available: int = 0
    pending: int = 0
    held: int = 0
    spent: int = 0
    expired: int = 0
    deficit: int = 0


@dataclass(slots=True, kw_only=True, eq=False)
class Lot:
    """Points that lapse together; `beside` is the lot whose points these were, where that one ended too soon."""

    number: int
    order: str | None = None
    opens: datetime | None = None
    ends: datetime | None = None
    points: int = 0
    held: int = 0
    beside: int | None = None

    @property
    def free(self) -> int:
        return self.points - self.held

    def is_open(self, at: datetime) -> bool:
        return self.opens is not None and self.opens <= at

    def is_over(self, at: datetime) -> bool:
        return self.ends is not None and self.ends <= at

    def nearest(self, at: datetime) -> tuple[bool, bool, float, int]:
        """Pending ones come first, then those that lapse first; those that never do come last."""
        stays = self.ends is None and self.opens is not None
        return self.is_open(at), stays, self.ends.timestamp() if self.ends else 0.0, self.number


@dataclass(slots=True, kw_only=True)
class Account:
    """One customer's lots by number, in the order they were made."""

    lots: dict[int, Lot] = field(default_factory=dict)
    deficit: int = 0
    spent: int = 0
    expired: int = 0
    active: datetime | None = None
    lapsed: Counter[str] = field(default_factory=Counter)

    def spendable(self, at: datetime) -> list[Lot]:
        """Lots that can be spent, nearest expiry first."""
        lots = [lot for lot in self.lots.values() if lot.is_open(at) and not lot.is_over(at)]
        return sorted(lots, key=lambda lot: lot.nearest(at))

    def filled(self) -> list[Lot]:
        """Lots that hold points; an empty one is looked at when points come back into it."""
        return [lot for lot in self.lots.values() if lot.points]

    def lapse(self, at: datetime) -> None:
        for lot in self.lots.values():
            if lot.is_over(at) and lot.free:
                self.expired += lot.free
                if lot.order is not None:
                    self.lapsed[lot.order] += lot.free
                lot.points = lot.held

    def pay_debt(self, points: int) -> int:
        """How many of these points go to what is owed."""
        paid = min(self.deficit, points)
        self.deficit -= paid
        return paid


@dataclass(slots=True, kw_only=True)
class Earned:
    """What an order has in the books; `borne` of it is gone without having been taken back."""

    lot: int
    posted: int = 0
    borne: int = 0
    moves: Moves = field(default_factory=Counter)


@dataclass(slots=True, kw_only=True)
class Spent:
    """Points spent at once."""

    customer: str
    order: str | None
    points: int
    returned: int = 0
    moves: Moves = field(default_factory=Counter)


@dataclass(slots=True, kw_only=True)
class Aside:
    """Points set aside, by lot."""

    customer: str
    points: int
    lots: dict[int, int] = field(default_factory=dict)
    is_open: bool = True


def _first(month: int, last: int, earliest: date) -> date:
    """The first such day of a year from a day on; a day that the month lacks is its last one."""
    for year in (earliest.year, earliest.year + 1):
        next_month = date(year + month // 12, month % 12 + 1, 1)
        day = min(date(year, month, 1) + timedelta(days=last - 1), next_month - timedelta(days=1))
        if day >= earliest:
            return day
    raise AssertionError(earliest)
