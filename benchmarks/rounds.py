"""Rounds: every contestant has its go in each of them, so that what slows the machine slows all."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from statistics import median


@dataclass(frozen=True, slots=True, kw_only=True)
class Go:
    """One contestant's go: what it did, in how many seconds, for how many seconds of its processes' CPU time.

    `notes` are further figures of the same go, by name; they are reported as medians too.
    """

    done: int
    seconds: float
    cpu_seconds: float
    notes: Mapping[str, float] = field(default_factory=dict)

    @property
    def per_second(self) -> float:
        return self.done / self.seconds

    @property
    def per_cpu_second(self) -> float:
        return self.done / self.cpu_seconds


Goes = list[Go]
Contestants = dict[str, Callable[[], Go]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Ratio:
    """A contestant against its yardstick, or a figure by itself; without a goal it is only told.

    The goal is the least the figure should be; where it `is_ceiling`, the most.
    """

    what: str
    figure: float
    goal: float | None = None
    is_ceiling: bool = False

    @property
    def verdict(self) -> str:
        if self.goal is None:
            return ""
        return "reached" if (self.figure <= self.goal if self.is_ceiling else self.figure >= self.goal) else "missed"


@dataclass(frozen=True, slots=True, kw_only=True)
class Measured:
    """One benchmark's outcome; `per` is what is counted, such as requests."""

    name: str
    title: str
    per: str
    goes: Mapping[str, Goes]
    ratios: Sequence[Ratio]


class NoYardstick(Exception):
    """What we would measure ourselves against is not to be had here; the reason says what lacks."""


def per_second(go: Go) -> float:
    return go.per_second


def per_cpu_second(go: Go) -> float:
    return go.per_cpu_second


def interleaved(contestants: Contestants, *, rounds: int) -> dict[str, Goes]:
    """Let each contestant go once in each round; every other round backwards, so that nobody is always first."""
    goes: dict[str, Goes] = {name: [] for name in contestants}
    for number in range(rounds):
        names = list(contestants) if number % 2 == 0 else list(reversed(contestants))
        for name in names:
            goes[name].append(contestants[name]())
    return goes


def middle(goes: Goes, figure: Callable[[Go], float]) -> float:
    """The median of a figure over a contestant's goes."""
    return median(figure(go) for go in goes)


def against(ours: Goes, theirs: Goes, figure: Callable[[Go], float]) -> float:
    """The median over the rounds of our figure divided by theirs in the same round."""
    return median(figure(one) / figure(other) for one, other in zip(ours, theirs, strict=True))
