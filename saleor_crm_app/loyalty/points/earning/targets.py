"""What orders deserve now: by the rules and the tier of their day, and by what their customer's orders got before."""

from collections import defaultdict
from collections.abc import Awaitable, Callable, Iterable, Mapping, Sequence
from copy import deepcopy
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import Final, Protocol
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from saleor_crm_app.crm.orders import OrderFact
from saleor_crm_app.crm.segments import segments_at
from saleor_crm_app.kernel.ids import CustomerId, InstallationId, OrderId, ProgramId
from saleor_crm_app.loyalty import rules
from saleor_crm_app.loyalty.points.journal import OrderPosting
from saleor_crm_app.loyalty.points.ledger import Owner
from saleor_crm_app.loyalty.program import GUEST_ORDER_CREDITED_DAYS, Amounts, Program
from saleor_crm_app.loyalty.rules import Earned, OrderContext, RuleSet, Used

DRAFT: Final = "DRAFT"


class TierThen(Protocol):
    """The tier of an order's customer when the order was made."""

    @property
    def code(self) -> str: ...

    @property
    def multiplier_percent(self) -> int: ...


TiersThen = Callable[[Sequence[OrderFact]], Awaitable[Mapping[OrderId, TierThen]]]
"""Tells the tiers of orders' days; those of no tier are left out."""


async def no_tiers(_facts: Sequence[OrderFact]) -> Mapping[OrderId, TierThen]:
    """For programs without tiers."""
    return {}


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """An order that may earn, and where."""

    fact: OrderFact
    program: Program
    owner: Owner


@dataclass(frozen=True, slots=True, kw_only=True)
class Due:
    """One order, what it deserves by which rules, and where that is kept.

    `withheld` says why an order earns nothing whatever its rules give; `budgets` are the points by rules that have one;
    `pinned` is the version of the rules by which it is recalculated from now on; `segments` are those the customer was
    in when it was made, None where no rule asks.
    """

    fact: OrderFact
    program: Program
    owner: Owner
    rules: RuleSet
    earned: Earned
    withheld: str | None
    budgets: Mapping[str, int]
    pinned: int | None = None
    segments: frozenset[UUID] | None = None

    @property
    def points(self) -> int:
        return 0 if self.withheld else self.earned.points


@dataclass(slots=True)
class _Before:
    """What one customer's orders in one program got so far, in the order in which they were made."""

    nth: int = 0
    in_all: dict[str, int] = field(default_factory=lambda: defaultdict(int))
    by_day: dict[tuple[date, str], int] = field(default_factory=lambda: defaultdict(int))

    def used(self, day: date) -> Mapping[str, Used]:
        return {rule: Used(today=self.by_day[day, rule], customer=points) for rule, points in self.in_all.items()}

    def add(self, day: date, earned: Earned) -> None:
        for rule, points in earned.rules:
            self.in_all[rule] += points
            self.by_day[day, rule] += points


class Targets:
    """Evaluates a batch of orders, under the locks of their accounts."""

    def __init__(
        self,
        wanted: Sequence[Wanted],
        sets: Mapping[ProgramId, Sequence[RuleSet]],
        postings: Mapping[OrderId, OrderPosting],
        tiers: Mapping[OrderId, TierThen],
        *,
        segments: Mapping[OrderId, frozenset[UUID]],
        forced: Mapping[OrderId, int] | None = None,
    ) -> None:
        self._wanted = wanted
        self._sets = sets
        self._postings = postings
        self._tiers = tiers
        self._segments = segments
        self._forced = forced or {}
        self._left: dict[str, int] = {}

    def sets_in_use(self, *others: Wanted) -> list[RuleSet]:
        return [self._rules(one) for one in (*self._wanted, *others)]

    def budgets(self, *others: Wanted) -> dict[str, int]:
        """The limits of rules that have a budget; those that hold for `others` too."""
        return _budgets(self.sets_in_use(*others))

    async def dues(self, session: AsyncSession, installation: InstallationId) -> list[Due]:
        """What each deserves, oldest order first; takes from the budgets that rules have what was not taken before."""
        limits = self.budgets()
        given = await rules.lock_budgets(session, installation, limits)
        dues = self.reckon({rule: limit - given.get(rule, 0) for rule, limit in limits.items()})
        taken: dict[str, int] = defaultdict(int)
        for due in dues:
            known = self._pinned(due.fact.id)
            for rule, points in due.budgets.items():
                taken[rule] += points - known.get(rule, 0)
        if limits:
            await rules.take_budget(session, installation, taken, budgets=limits)
        return dues

    def reckon(self, left: dict[str, int] | None = None) -> list[Due]:
        """The same without a database: `left` of the rules' budgets, all of them where it is not said."""
        before: dict[Owner, _Before] = defaultdict(_Before)
        return self._all_due(before, self.budgets() if left is None else left)

    def reckon_next(self, ones: Sequence[Wanted], left: Mapping[str, int]) -> list[Due]:
        """What each of these would deserve as the only one that follows all the others."""
        before: dict[Owner, _Before] = defaultdict(_Before)
        self._all_due(before, dict(left))
        remains = self._left
        dues = []
        for one in ones:
            self._left = dict(remains)
            dues.append(self._due(one, deepcopy(before[one.owner])))
        return dues

    def _all_due(self, before: dict[Owner, _Before], left: dict[str, int]) -> list[Due]:
        self._left = left
        return [self._due(one, before[one.owner]) for one in sorted(self._wanted, key=_by_age)]

    def _due(self, one: Wanted, before: _Before) -> Due:
        chosen = self._rules(one)
        snapshot = one.fact.snapshot
        day = snapshot.created_at.astimezone(one.program.zone).date()
        if snapshot.status != DRAFT:
            before.nth += 1
        pinned = self._pinned(snapshot.id)
        tier, segments = self._tiers.get(snapshot.id), self._segments_then(snapshot.id, chosen)
        context = OrderContext(
            display_gross=_counts_gross(one.fact, one.program),
            zone=one.program.zone,
            tier=None if tier is None else tier.code,
            tier_percent=100 if tier is None else tier.multiplier_percent,
            nth=before.nth,
            segments=segments or frozenset(),
            used=before.used(day) if chosen.needs.caps else {},
            allowance={rule: left + pinned.get(rule, 0) for rule, left in self._left.items()},
        )
        earned = rules.evaluate(chosen, snapshot, context)
        withheld = _withheld(one, earned=snapshot.id in self._postings)
        budgets: dict[str, int] = {}
        if withheld is None:
            before.add(day, earned)
            # what was once taken out of a budget stays taken: it is a limit on what was promised
            got = dict(earned.rules)
            budgets = {rule: max(got.get(rule, 0), pinned.get(rule, 0)) for rule in self._left if rule in got}
            for rule, points in budgets.items():
                self._left[rule] -= points - pinned.get(rule, 0)
        return Due(
            fact=one.fact,
            program=one.program,
            owner=one.owner,
            rules=chosen,
            earned=earned,
            withheld=withheld,
            budgets={**pinned, **budgets},
            pinned=self._forced.get(snapshot.id),
            segments=segments,
        )

    def _pinned(self, order: OrderId) -> Mapping[str, int]:
        posting = self._postings.get(order)
        return {} if posting is None else posting.budgets

    def _segments_then(self, order: OrderId, chosen: RuleSet) -> frozenset[UUID] | None:
        """As they were found when the order was posted first; what is learnt of that day later changes no points."""
        posting = self._postings.get(order)
        if posting is not None and posting.segments is not None and order not in self._forced:
            return posting.segments
        return self._segments.get(order, frozenset()) if chosen.needs.segments else None

    def _rules(self, one: Wanted) -> RuleSet:
        """The version of the order's day, unless the order was recalculated by another one."""
        sets = self._sets[one.program.id]
        posting = self._postings.get(one.fact.id)
        version = self._forced.get(one.fact.id, None if posting is None else posting.version)
        if version is not None:
            return next(each for each in sets if each.version == version)
        return rules.rule_set_at(sets, one.fact.snapshot.created_at)


def look_back(wanted: Iterable[Wanted], sets: Mapping[ProgramId, Sequence[RuleSet]]) -> set[CustomerId]:
    """Customers all of whose orders have to be seen, since some rules count them or limit what they give together."""
    needy = {program for program, versions in sets.items() if any(one.needs.nth or one.needs.caps for one in versions)}
    return {one.owner[0] for one in wanted if one.program.id in needy}


async def segments_of_orders(
    session: AsyncSession,
    installation: InstallationId,
    wanted: Sequence[Wanted],
    sets: Mapping[ProgramId, Sequence[RuleSet]],
) -> dict[OrderId, frozenset[UUID]]:
    """In which of the segments that rules ask for customers were when they ordered; one statement where any is."""
    asked = frozenset[UUID]().union(*(one.needs.segments for versions in sets.values() for one in versions))
    moments = {one.fact.id: (one.owner[0], one.fact.snapshot.created_at) for one in wanted}
    found = await segments_at(session, installation, moments.values(), among=asked)
    return {order: found.get(moment, frozenset()) for order, moment in moments.items()}


def _budgets(sets: Iterable[RuleSet]) -> dict[str, int]:
    """The newest limit of each rule that has one."""
    found: dict[str, tuple[int, int]] = {}
    for one in sets:
        for rule in one.of_orders:
            if rule.limits.budget is not None:
                found[rule.id] = max(found.get(rule.id, (0, 0)), (one.version, rule.limits.budget))
    return {rule: limit for rule, (_, limit) in found.items()}


def _by_age(one: Wanted) -> tuple[datetime, OrderId]:
    return one.fact.snapshot.created_at, one.fact.id


def _withheld(one: Wanted, *, earned: bool) -> str | None:
    """Why an order earns nothing; one that has `earned` before a dry run keeps what it deserves."""
    fact, program = one.fact, one.program
    created, since = fact.snapshot.created_at, program.settings.earn_since
    if since is not None and created < since and not earned:
        return "BEFORE_START"
    if fact.attached_at is not None and fact.attached_at - created > timedelta(days=GUEST_ORDER_CREDITED_DAYS):
        return "ATTACHED_LATE"
    if fact.snapshot.is_staff and not program.earn_staff_orders:
        return "STAFF"
    return None


def _counts_gross(fact: OrderFact, program: Program) -> bool:
    amounts = program.settings.amounts
    return fact.display_gross if amounts is Amounts.AS_SHOWN else amounts is Amounts.GROSS
