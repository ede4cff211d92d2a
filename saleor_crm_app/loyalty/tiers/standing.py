"""Where a member stands, and what time and purchases make of it; pure.

Up at once and as high as was reached; down one step, only after a notice and the days of grace that follow it.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum
from typing import Final
from zoneinfo import ZoneInfo

from saleor_crm_app.kernel.clock import days_later
from saleor_crm_app.loyalty.tiers.counts import Counts
from saleor_crm_app.loyalty.tiers.ladder import Basis, Ladder, TierCode
from saleor_crm_app.loyalty.tiers.windows import kept_again_until, kept_until, window_start


class Reason(StrEnum):
    """Why a member stands where they do.

    START: placed by what was bought before there was a ladder. KEPT: measured again and enough. NOTICED: told that
    the tier will be lost. LADDER: the shop took the tier off its ladder.
    """

    START = "START"
    PROMOTED = "PROMOTED"
    KEPT = "KEPT"
    NOTICED = "NOTICED"
    DEMOTED = "DEMOTED"
    PROTECTED = "PROTECTED"
    STAFF = "STAFF"
    LADDER = "LADDER"


_RISES: Final = frozenset({Reason.START, Reason.PROMOTED})


@dataclass(frozen=True, slots=True, kw_only=True)
class Ground:
    """What a tier rests on: `counted` after `since`, of which `needed` were needed."""

    basis: Basis
    counted: int
    needed: int
    since: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """A member's tier from `holds_from` on; `since` is when they came to it, `until` when it is measured again.

    Below the first threshold nothing is measured, so there is no `until`. `ground` is None where nothing had to be
    reached. While there is a notice, `ground` says what is counted and needed to be let stay.
    """

    tier: TierCode | None
    since: datetime
    holds_from: datetime
    reason: Reason
    version: int
    until: datetime | None = None
    notice_at: datetime | None = None
    protected_until: datetime | None = None
    ground: Ground | None = None
    climb: "Climb | None" = None

    @property
    def due(self) -> datetime | None:
        """When it is measured again: not while it is protected."""
        if self.until is None or self.protected_until is None:
            return self.until
        return max(self.until, self.protected_until)

    def is_protected(self, at: datetime) -> bool:
        return self.protected_until is not None and self.protected_until > at


@dataclass(frozen=True, slots=True, kw_only=True)
class Climb:
    """How a member rose: from where they stood before, by which tiers at which instants.

    Kept so that it can be gone again when an order comes late that counted earlier than others.
    """

    start: Standing
    path: tuple[tuple[TierCode | None, datetime], ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Followed:
    """What became of a member: the steps in order, where they stand, and when time alone may change something."""

    steps: tuple[Standing, ...]
    standing: Standing
    look_at: datetime | None


def counted_since(standing: Standing | None, ladder: Ladder, zone: ZoneInfo) -> datetime:
    """What began to count later than this is needed to follow a member."""
    start = ladder.live_from if standing is None else max(standing.holds_from, ladder.live_from)
    since = window_start(ladder.plan.window, start, zone)
    if standing is None:
        return since
    if standing.climb is not None:
        since = min(since, counted_since(standing.climb.start, ladder, zone))
    return since if standing.ground is None else min(since, standing.ground.since)


def loses_at(standing: Standing, ladder: Ladder, zone: ZoneInfo) -> datetime | None:
    """When the tier is lost unless what is needed comes; None without a notice."""
    if standing.notice_at is None:
        return None
    return days_later(standing.notice_at, ladder.plan.notice_days + ladder.plan.grace_days, zone)


def follow(
    standing: Standing | None, ladder: Ladder, counts: Counts, *, zone: ZoneInfo, joined: datetime, at: datetime
) -> Followed:
    """Go on from where a member stood to `at`; without a standing, from when there was a ladder.

    `joined` is when the account was opened, which may be long after its first order was made: it is only shown.

    The same facts give the same steps, however often and in however many parts the way is gone; only a notice bears
    the instant at which it is given, since nobody can be told in the past. What is learnt late may date a rise earlier
    or put another before it, but takes none away: then the whole climb is among the steps once more.
    """
    if standing is not None and standing.climb is not None:
        again = _gone(standing.climb.start, ladder, counts, zone=zone, joined=joined, at=at)
        if _is_better(again, standing.climb, ladder):
            return again
    return _gone(standing, ladder, counts, zone=zone, joined=joined, at=at)


def _gone(
    standing: Standing | None, ladder: Ladder, counts: Counts, *, zone: ZoneInfo, joined: datetime, at: datetime
) -> Followed:
    way = _Way(standing, ladder, counts, zone=zone, joined=joined)
    way.go(at)
    return Followed(steps=tuple(way.steps), standing=way.standing, look_at=way.look_at(at))


def _is_better(again: Followed, climb: Climb, ladder: Ladder) -> bool:
    """Whether another way leads at least as high at every instant, and is another."""
    path = tuple((step.tier, step.holds_from) for step in again.steps)
    if path[: len(climb.path)] == climb.path:
        return False
    return all(_rung_at(path, instant, climb.start, ladder) >= ladder.rung(tier) for tier, instant in climb.path)


def _rung_at(
    path: Sequence[tuple[TierCode | None, datetime]], instant: datetime, start: Standing, ladder: Ladder
) -> int:
    tiers = [tier for tier, holds_from in path if holds_from <= instant]
    return ladder.rung(tiers[-1] if tiers else start.tier)


class _Way:
    """One member's way in time."""

    def __init__(
        self, standing: Standing | None, ladder: Ladder, counts: Counts, *, zone: ZoneInfo, joined: datetime
    ) -> None:
        self._ladder = ladder
        self._plan = ladder.plan
        self._counts = counts
        self._zone = zone
        self.steps: list[Standing] = []
        self.standing = standing or self._bottom(joined)
        self._start = max(self.standing.holds_from, ladder.live_from)

    @property
    def rung(self) -> int:
        return self._ladder.rung(self.standing.tier)

    def go(self, at: datetime) -> None:
        if self.standing.version < self._ladder.version:
            self._fit_ladder()
        for instant, is_new in self._instants(at):
            self._fall(before=instant)
            self._rise(instant, is_new=is_new)
            self._stay(instant)
        self._fall(before=None, at=at)
        self._measure(at)

    def look_at(self, at: datetime) -> datetime | None:
        ends = loses_at(self.standing, self._ladder, self._zone) or self.standing.due
        following = (ends, self._counts.next_after(at))
        return min((each for each in following if each is not None and each > at), default=None)

    def _bottom(self, joined: datetime) -> Standing:
        tier = self._plan.tier(self._plan.reached(0))
        return Standing(
            tier=None if tier is None else tier.code,
            since=max(self._ladder.live_from, joined),
            holds_from=self._ladder.live_from,
            reason=Reason.START,
            version=self._ladder.version,
        )

    def _instants(self, at: datetime) -> Iterator[tuple[datetime, bool]]:
        """Where to look, and whether something began to count there."""
        if self._start > at:
            return
        yield self._start, False
        for instant in self._counts.instants(self._start, at):
            yield instant, True
        yield at, False

    def _step(self, reason: Reason, at: datetime, **changes: object) -> None:
        holds_from = max(at, self.standing.holds_from)
        changed = {"reason": reason, "holds_from": holds_from, "version": self._ladder.version, "climb": None} | changes
        self.standing = replace(self.standing, **changed)  # type: ignore[arg-type] # the mapping mixes types
        self.steps.append(self.standing)

    def _fit_ladder(self) -> None:
        """Take the place of a tier that is gone, and measure in time what costs something now."""
        held = self.standing
        if not self._ladder.knows(held.tier):
            heir = self._plan.tier(self.rung)
            self._move(Reason.LADDER, self.rung, self._start, code=None if heir is None else heir.code)
        elif held.until is None and self._plan.threshold(self.rung) > 0:
            until = kept_until(self._plan, self._start, self._zone)
            self._step(Reason.LADDER, self._start, until=until)

    def _move(self, reason: Reason, rung: int, at: datetime, *, code: TierCode | None) -> None:
        self._step(
            reason,
            at,
            tier=code,
            since=at,
            until=kept_until(self._plan, at, self._zone) if self._plan.threshold(rung) else None,
            notice_at=None,
            ground=self._ground(rung, at) if reason in _RISES else None,
            climb=self._risen(code, at) if reason in _RISES else None,
        )

    def _risen(self, code: TierCode | None, at: datetime) -> Climb:
        before = self.standing.climb
        if before is None:
            return Climb(start=self.standing, path=((code, at),))
        return Climb(start=before.start, path=(*before.path, (code, at)))

    def _ground(self, rung: int, at: datetime) -> Ground | None:
        needed = self._plan.threshold(rung)
        if not needed:
            return None
        since = window_start(self._plan.window, at, self._zone)
        return Ground(basis=self._plan.basis, counted=self._counts.between(since, at), needed=needed, since=since)

    def _counting(self, at: datetime) -> int:
        return self._counts.between(window_start(self._plan.window, at, self._zone), at)

    def _rise(self, at: datetime, *, is_new: bool) -> None:
        """Whom staff have placed climb again with what counts afterwards."""
        if self.standing.reason is Reason.STAFF and not is_new:
            return
        reached = self._plan.reached(self._counting(at))
        if reached > self.rung:
            is_start = self._ladder.version == 1 and at == self._ladder.live_from
            reason = Reason.START if is_start else Reason.PROMOTED
            self._move(reason, reached, at, code=self._plan.tiers[reached].code)

    def _stay(self, at: datetime) -> None:
        """Take back a notice whose cause is gone."""
        if self.standing.notice_at is None or self._is_short(at):
            return
        until = self.standing.until
        if until is not None and until <= at:
            until = kept_again_until(self._plan, until, at, self._zone)
        self._step(Reason.KEPT, at, notice_at=None, until=until)

    def _is_short(self, at: datetime) -> bool:
        return self.kept_by(at) < goal(self.standing, self._ladder) and (
            self._plan.reached(self._counting(at)) < self.rung
        )

    def kept_by(self, at: datetime) -> int:
        """What counts for staying."""
        return self._counts.between(keeping_since(self.standing, self._ladder, self._zone, at=at), at)

    def _fall(self, *, before: datetime | None, at: datetime | None = None) -> None:
        """One step down, when grace is over."""
        loses = loses_at(self.standing, self._ladder, self._zone)
        if loses is None or not ((before is not None and loses < before) or (at is not None and loses <= at)):
            return
        lower = self.rung - 1
        tier = self._plan.tier(lower)
        self._move(Reason.DEMOTED, lower, loses, code=None if tier is None else tier.code)

    def _measure(self, at: datetime) -> None:
        """What is over is measured again; what a refund has taken the ground from is noticed at once."""
        held = self.standing
        if held.notice_at is not None or held.is_protected(at) or not self._plan.threshold(self.rung):
            return
        if held.due is not None and held.due <= at:
            since = window_start(self._plan.window, held.due, self._zone)
            self._keep_or_notice(since, self._plan.threshold(self.rung), ended=held.due, at=at)
        elif held.ground is not None and held.ground.basis is self._plan.basis:
            needed = min(held.ground.needed, self._plan.threshold(self.rung))
            if self._counts.between(held.ground.since, at) < needed:
                self._keep_or_notice(held.ground.since, needed, ended=None, at=at)

    def _keep_or_notice(self, since: datetime, needed: int, *, ended: datetime | None, at: datetime) -> None:
        counted = self._counts.between(since, at)
        ground = Ground(basis=self._plan.basis, counted=counted, needed=needed, since=since)
        if counted < needed and self._plan.reached(self._counting(at)) < self.rung:
            self._step(Reason.NOTICED, at, notice_at=at, ground=ground)
        elif ended is not None:
            until = kept_again_until(self._plan, ended, at, self._zone)
            self._step(Reason.KEPT, ended, until=until, ground=ground)


def keeping_since(standing: Standing, ladder: Ladder, zone: ZoneInfo, *, at: datetime) -> datetime:
    """Since when what counts for keeping the tier is counted; fixed once there is a notice, so the lack only falls."""
    if standing.notice_at is not None and standing.ground is not None:
        return standing.ground.since
    return window_start(ladder.plan.window, standing.due or at, zone)


def goal(standing: Standing, ladder: Ladder) -> int:
    """How much has to count for keeping the tier."""
    threshold = ladder.plan.threshold(ladder.rung(standing.tier))
    ground = standing.ground
    if standing.notice_at is None or ground is None or ground.basis is not ladder.plan.basis:
        return threshold
    return min(ground.needed, threshold)
