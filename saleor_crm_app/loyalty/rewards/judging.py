"""Whether a member can have a reward now, why, and what is lacking; pure, and the same for showing and for giving."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any

from saleor_crm_app.kernel.ids import RewardId
from saleor_crm_app.loyalty import points as ledger
from saleor_crm_app.loyalty.points import Balance
from saleor_crm_app.loyalty.program import Program
from saleor_crm_app.loyalty.rewards.catalog import Reward
from saleor_crm_app.loyalty.rewards.terms import Limit


class ReasonCode(StrEnum):
    """Why a reward is shown as it is."""

    ENOUGH_POINTS = "ENOUGH_POINTS"
    FREE = "FREE"
    FOR_TIER = "FOR_TIER"
    FROM_AMOUNT = "FROM_AMOUNT"
    SOLD_OUT = "SOLD_OUT"
    LIMIT_REACHED = "LIMIT_REACHED"
    ENDED = "ENDED"
    PROGRAM_PAUSED = "PROGRAM_PAUSED"
    POINTS_OWED = "POINTS_OWED"
    UNDER_REVIEW = "UNDER_REVIEW"


class GapCode(StrEnum):
    """What is lacking for it."""

    POINTS = "POINTS"
    TIER = "TIER"
    TIME = "TIME"
    SPEND = "SPEND"
    PRODUCT = "PRODUCT"
    CHANNEL = "CHANNEL"
    DELIVERY = "DELIVERY"


@dataclass(frozen=True, slots=True)
class Reason:
    """A code with the numbers and names that its sentence needs."""

    code: ReasonCode
    data: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Gap:
    """So much `amount`, minor units, or so many of something, until `at` where time is lacking."""

    code: GapCode
    amount: int | None = None
    quantity: int | None = None
    tiers: tuple[str, ...] = ()
    at: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Chance:
    """A reward as one member sees it; `affordable` means that a claim would be granted now."""

    reward: Reward
    affordable: bool
    reasons: Sequence[Reason]
    missing: Sequence[Gap]


@dataclass(frozen=True, slots=True, kw_only=True)
class MemberState:
    """What of a member matters: points, tier, whether the account is looked at, and when they had which reward."""

    balance: Balance = ledger.NO_POINTS
    tier: str | None = None
    is_held: bool = False
    had: Mapping[RewardId, Sequence[datetime]] = field(default_factory=dict)


def judge_reward(reward: Reward, program: Program, member: MemberState, *, at: datetime) -> Chance:
    """What stands in the way of a claim, all of it, and what speaks for the reward."""
    blocks = [*_blocks_of_shop(reward, program, at), *_blocks_of_member(reward, member)]
    missing = list(_missing(reward, member, at))
    full = full_limit(reward.terms.limits, member.had.get(reward.id, ()), at=at)
    if full is not None:
        limit, again_at = full
        blocks.append(Reason(ReasonCode.LIMIT_REACHED, {"times": limit.times}))
        missing += [] if again_at is None else [Gap(code=GapCode.TIME, at=again_at)]
    return Chance(
        reward=reward,
        affordable=not blocks and not missing,
        reasons=[*blocks, *_merits(reward, member)],
        missing=missing,
    )


def _blocks_of_shop(reward: Reward, program: Program, at: datetime) -> Iterator[Reason]:
    terms = reward.terms
    if program.paused_at is not None:
        yield Reason(ReasonCode.PROGRAM_PAUSED)
    if reward.retired_at is not None or (terms.ends_at is not None and terms.ends_at <= at):
        yield Reason(ReasonCode.ENDED)
    if reward.is_sold_out:
        yield Reason(ReasonCode.SOLD_OUT)


def _blocks_of_member(reward: Reward, member: MemberState) -> Iterator[Reason]:
    if member.is_held:
        yield Reason(ReasonCode.UNDER_REVIEW)
    if member.balance.deficit and reward.terms.points:
        yield Reason(ReasonCode.POINTS_OWED, {"points": member.balance.deficit})


def _missing(reward: Reward, member: MemberState, at: datetime) -> Iterator[Gap]:
    terms = reward.terms
    if terms.starts_at is not None and terms.starts_at > at:
        yield Gap(code=GapCode.TIME, at=terms.starts_at)
    if terms.tiers and member.tier not in terms.tiers:
        yield Gap(code=GapCode.TIER, tiers=terms.tiers)
    lacking = terms.points - member.balance.available
    if lacking > 0:
        yield Gap(code=GapCode.POINTS, quantity=lacking)


def _merits(reward: Reward, member: MemberState) -> Iterator[Reason]:
    terms = reward.terms
    if terms.points <= member.balance.available:
        yield Reason(ReasonCode.ENOUGH_POINTS if terms.points else ReasonCode.FREE, {"points": terms.points})
    if member.tier is not None and member.tier in terms.tiers:
        yield Reason(ReasonCode.FOR_TIER, {"tier": member.tier})
    if terms.min_spent is not None:
        yield Reason(ReasonCode.FROM_AMOUNT, {"amount": terms.min_spent})


def full_limit(
    limits: Sequence[Limit], had: Sequence[datetime], *, at: datetime
) -> tuple[Limit, datetime | None] | None:
    """The limit that is reached, and when one may have it again; the one that holds longest."""
    if not had:
        return None  # as for most, and this is asked of all there is
    found: list[tuple[Limit, datetime | None]] = []
    for limit in limits:
        if limit.days is None:
            counted = sorted(had)
        else:
            since = at - timedelta(days=limit.days)
            counted = sorted(one for one in had if one > since)
        if len(counted) >= limit.times:
            first = counted[len(counted) - limit.times]
            found.append((limit, None if limit.days is None else first + timedelta(days=limit.days)))
    return max(found, key=lambda one: (one[1] is None, one[1] or at), default=None)
