"""Advice on a program's rewards as a ladder: whether the first is near, the steps even, and the worth flat; pure."""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from saleor_crm_app.loyalty.program import Program
from saleor_crm_app.loyalty.rewards.catalog import Reward
from saleor_crm_app.loyalty.rewards.terms import RewardKind

RUNGS: Final = 5
"""A ladder of fewer is soon climbed."""
ORDERS_TO_FIRST: Final = 2
UNEVEN: Final = 2.0
"""A step that is so many times as high as the lowest one is a hole."""
STEEP_PERCENT: Final = 25
"""Points should buy about the same everywhere; a rung that differs more than this says that waiting pays, or not."""
_MONEY: Final = frozenset({RewardKind.FIXED_AMOUNT, RewardKind.PERCENTAGE, RewardKind.GIFT_CARD})


class AdviceCode(StrEnum):
    """What could be better."""

    NO_REWARDS = "NO_REWARDS"
    FIRST_TOO_FAR = "FIRST_TOO_FAR"
    TOO_FEW = "TOO_FEW"
    UNEVEN_STEPS = "UNEVEN_STEPS"
    WORTH_NOT_FLAT = "WORTH_NOT_FLAT"
    TOP_IS_MONEY = "TOP_IS_MONEY"
    NO_ORDERS = "NO_ORDERS"


@dataclass(frozen=True, slots=True, kw_only=True)
class Advice:
    """One piece of advice, with the numbers it is based on, in points unless they say otherwise."""

    code: AdviceCode
    text: str


def advise(program: Program, rewards: Sequence[Reward], *, usual_order: int | None) -> list[Advice]:
    """What to think about; nothing where all is well.

    `usual_order` is the median order in minor units, None where there are too few to tell.
    """
    rungs = sorted((one for one in rewards if one.terms.is_claimable and one.terms.points), key=_points)
    if not rungs:
        return [Advice(code=AdviceCode.NO_REWARDS, text="Nothing can be had for points yet; put a reward in.")]
    return [*_first(program, rungs[0], usual_order), *_number(rungs), *_steps(rungs), *_worth(rungs), *_top(rungs)]


def _points(reward: Reward) -> int:
    return reward.terms.points


def _first(program: Program, first: Reward, usual_order: int | None) -> list[Advice]:
    if usual_order is None:
        text = "There are too few orders to tell how far the first reward is; look again after thirty."
        return [Advice(code=AdviceCode.NO_ORDERS, text=text)]
    earned = usual_order * program.earn.points // program.earn.minor
    cost = first.terms.points
    if earned and cost <= earned * ORDERS_TO_FIRST:
        return []
    orders = -(-cost // earned) if earned else None
    needs = "cannot be reached" if orders is None else f"takes {orders} usual orders"
    text = (
        f"The first reward costs {cost} points and {needs}; a usual order earns {earned}."
        f" Offer one for {max(1, earned * ORDERS_TO_FIRST)} points or less."
    )
    return [Advice(code=AdviceCode.FIRST_TOO_FAR, text=text)]


def _number(rungs: Sequence[Reward]) -> list[Advice]:
    if len({one.terms.points for one in rungs}) >= RUNGS:
        return []
    text = f"There are {len(rungs)} rewards for points; with {RUNGS} or more there is always a next one in sight."
    return [Advice(code=AdviceCode.TOO_FEW, text=text)]


def _steps(rungs: Sequence[Reward]) -> list[Advice]:
    prices = sorted({one.terms.points for one in rungs})
    steps = [after - before for before, after in zip([0, *prices], prices, strict=False)]
    if len(steps) < 3 or max(steps) <= UNEVEN * min(steps):
        return []
    at = steps.index(max(steps))
    below = prices[at - 1] if at else 0
    text = f"From {below} to {prices[at]} points is the longest way; put a reward in between."
    return [Advice(code=AdviceCode.UNEVEN_STEPS, text=text)]


def _worth(rungs: Sequence[Reward]) -> list[Advice]:
    """Worth for a thousand points, of rewards that have an amount."""
    worth = {one.terms.points: (one.terms.effect.amount or 0) * 1000 // one.terms.points for one in rungs}
    known = {points: minor for points, minor in worth.items() if minor}
    if len(known) < 2:
        return []
    least, most = min(known.values()), max(known.values())
    if (most - least) * 100 <= STEEP_PERCENT * most:
        return []
    poorest = next(points for points, minor in known.items() if minor == least)
    text = f"The reward for {poorest} points gives least for its points; others give up to {most * 100 // least} %."
    return [Advice(code=AdviceCode.WORTH_NOT_FLAT, text=text)]


def _top(rungs: Sequence[Reward]) -> list[Advice]:
    top = rungs[-1]
    if top.terms.kind not in _MONEY:
        return []
    text = f"The dearest reward, for {top.terms.points} points, is money; something that money cannot buy is aimed at."
    return [Advice(code=AdviceCode.TOP_IS_MONEY, text=text)]
