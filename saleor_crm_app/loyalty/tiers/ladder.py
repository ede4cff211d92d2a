"""A ladder of tiers: what counts towards them, over which time, and how long one is kept; pure."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from itertools import pairwise
from typing import Final, NewType

from saleor_crm_app.kernel.languages import in_language
from saleor_crm_app.loyalty.tiers.errors import BadLadder

TierCode = NewType("TierCode", str)
"""Names a tier for good within its program, such as `gold`; rules, metadata and global ids use it."""

MOST_TIERS: Final = 20
LONGEST_NAME: Final = 60
MOST_MONTHS: Final = 60
MOST_DAYS: Final = 365
LARGEST_AMOUNT: Final = 10**15
LARGEST_COUNT: Final = 10**9
LARGEST_PERCENT: Final = 1000

_CODE: Final = re.compile(r"[a-z0-9](?:[a-z0-9-]{0,29}[a-z0-9])?")
_LANGUAGE: Final = re.compile(r"[A-Z]{2,3}(?:_[A-Z0-9]{2,10}){0,2}")


class Basis(StrEnum):
    """What is counted: net merchandise in minor units, orders that kept points, or the points earned."""

    SPEND = "SPEND"
    ORDERS = "ORDERS"
    EARNED_POINTS = "EARNED_POINTS"


class WindowKind(StrEnum):
    """Over which time it is counted: the months up to now, or the calendar year."""

    ROLLING = "ROLLING"
    CALENDAR = "CALENDAR"


@dataclass(frozen=True, slots=True)
class Window:
    """The time that counts; `months` is how long a rolling one is, a calendar year has twelve."""

    kind: WindowKind = WindowKind.ROLLING
    months: int = 12


@dataclass(frozen=True, slots=True, kw_only=True)
class Tier:
    """One rung. `threshold` is in minor units, orders or points, by the ladder's basis.

    `names` are translations by Saleor's language codes; `rewards` are tags of rewards on show for the tier.
    """

    code: TierCode
    name: str
    threshold: int
    multiplier_percent: int = 100
    names: Mapping[str, str] = field(default_factory=dict)
    rewards: tuple[str, ...] = ()
    free_shipping: bool = False

    def name_in(self, language: str | None) -> str:
        """The name in a language, else in the language without its country, else as the shop wrote it."""
        return in_language(self.names, language) or self.name


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """What a shop chooses: the rungs from the lowest on, and how they are reached and kept."""

    basis: Basis = Basis.SPEND
    window: Window = Window()
    keep_months: int = 12
    notice_days: int = 30
    grace_days: int = 30
    tiers: tuple[Tier, ...]

    def reached(self, amount: int) -> int:
        """The highest rung whose threshold this reaches, counted from 0; -1 below the first."""
        return max((rung for rung, tier in enumerate(self.tiers) if tier.threshold <= amount), default=-1)

    def threshold(self, rung: int) -> int:
        """What the rung takes; nothing below the first."""
        return self.tiers[rung].threshold if rung >= 0 else 0

    def tier(self, rung: int) -> Tier | None:
        return self.tiers[rung] if rung >= 0 else None


@dataclass(frozen=True, slots=True, kw_only=True)
class Ladder:
    """A version of a program's plan, live from an instant on; versions never change.

    `successors` say for every tier that an earlier version had and this one lacks which of this one took its place.
    """

    version: int
    live_from: datetime
    plan: Plan
    successors: Mapping[TierCode, TierCode | None] = field(default_factory=dict)

    def rung(self, code: TierCode | None) -> int:
        """Where a tier stands now; -1 for none, and for one that this ladder never knew."""
        current = self.successors.get(code, code) if code is not None else None
        return next((rung for rung, tier in enumerate(self.plan.tiers) if tier.code == current), -1)

    def knows(self, code: TierCode | None) -> bool:
        return code is None or any(tier.code == code for tier in self.plan.tiers)


def successors_of(before: Ladder | None, plan: Plan) -> dict[TierCode, TierCode | None]:
    """Where those go whose tier is not in the new plan: to the next lower tier of before that is, else to none."""
    if before is None:
        return {}
    codes = {tier.code for tier in plan.tiers}
    below: TierCode | None = None
    successors: dict[TierCode, TierCode | None] = {}
    for tier in before.plan.tiers:
        if tier.code in codes:
            below = tier.code
        else:
            successors[tier.code] = below
    for gone, heir in before.successors.items():
        if gone not in codes:
            successors[gone] = successors.get(heir, heir) if heir is not None else None
    return successors


def checked(plan: Plan) -> Plan:
    """The plan, if it can be used.

    Raises BadLadder, which names what is wrong.
    """
    _check_terms(plan)
    if not 1 <= len(plan.tiers) <= MOST_TIERS:
        raise BadLadder("tiers", f"A ladder has 1 to {MOST_TIERS} tiers.")
    largest = LARGEST_AMOUNT if plan.basis is Basis.SPEND else LARGEST_COUNT
    for number, tier in enumerate(plan.tiers):
        if not 0 <= tier.threshold <= largest:
            raise BadLadder(f"tiers.{number}.threshold", f"A threshold is 0 to {largest}.")
        _check_tier(tier, f"tiers.{number}")
    _check_order(plan.tiers)
    return plan


def _check_terms(plan: Plan) -> None:
    if not 1 <= plan.window.months <= MOST_MONTHS:
        raise BadLadder("windowMonths", f"What counts is counted over 1 to {MOST_MONTHS} months.")
    if plan.window.kind is WindowKind.CALENDAR and plan.window.months != 12:
        raise BadLadder("windowMonths", "A calendar year has 12 months.")
    if not 1 <= plan.keep_months <= MOST_MONTHS:
        raise BadLadder("keepMonths", f"A tier is kept for 1 to {MOST_MONTHS} months.")
    for name, days in (("noticeDays", plan.notice_days), ("graceDays", plan.grace_days)):
        if not 0 <= days <= MOST_DAYS:
            raise BadLadder(name, f"This takes 0 to {MOST_DAYS} days.")


def _check_tier(tier: Tier, field_name: str) -> None:
    if not _CODE.fullmatch(tier.code):
        raise BadLadder(f"{field_name}.code", "A code has 1 to 31 small letters, digits and inner hyphens.")
    if any(not 1 <= len(name) <= LONGEST_NAME for name in (tier.name, *tier.names.values())):
        raise BadLadder(f"{field_name}.name", f"A name has 1 to {LONGEST_NAME} characters.")
    if any(not _LANGUAGE.fullmatch(language) for language in tier.names):
        raise BadLadder(f"{field_name}.translations", "A language is named as in Saleor, such as `EN` or `PT_BR`.")
    if not 1 <= tier.multiplier_percent <= LARGEST_PERCENT:
        raise BadLadder(f"{field_name}.multiplierPercent", f"A multiplier is 1 to {LARGEST_PERCENT} percent.")
    if len(tier.rewards) > MOST_TIERS or any(not _CODE.fullmatch(tag) for tag in tier.rewards):
        raise BadLadder(f"{field_name}.rewards", f"At most {MOST_TIERS} tags, written as codes are.")


def _check_order(tiers: Sequence[Tier]) -> None:
    if len({tier.code for tier in tiers}) < len(tiers):
        raise BadLadder("tiers", "Two tiers have the same code.")
    if any(higher.threshold <= lower.threshold for lower, higher in pairwise(tiers)):
        raise BadLadder("tiers", "Each tier takes more than the one before it.")
