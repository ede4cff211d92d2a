"""Rewards that a member could claim now and that would take more off the cart than what counts already; pure."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from saleor_crm_app.checkout.preview.baskets import Basket
from saleor_crm_app.checkout.preview.buyers import Buyer
from saleor_crm_app.checkout.preview.reckoning import Reckoned
from saleor_crm_app.loyalty import rewards
from saleor_crm_app.loyalty.program import Program
from saleor_crm_app.loyalty.rewards import Chance, RewardKind

MOST: Final = 3


@dataclass(frozen=True, slots=True, kw_only=True)
class Suggested:
    """A reward, and what it would take off the cart, minor units."""

    chance: Chance
    amount: int


def suggested(
    program: Program, buyer: Buyer, *, basket: Basket, reckoned: Reckoned, at: datetime
) -> Sequence[Suggested]:
    """The best first, of equal ones that which costs fewer points; at most three.

    A checkout takes one code, so another has to take off more; a gift card pays beside it. Points that the cart is
    to be paid with are not there to be spent on a reward.
    """
    found = list(_worthwhile(program, buyer, basket=basket, reckoned=reckoned, at=at))
    return sorted(found, key=lambda one: (-one.amount, one.chance.reward.terms.points))[:MOST]


def _worthwhile(
    program: Program, buyer: Buyer, *, basket: Basket, reckoned: Reckoned, at: datetime
) -> Iterator[Suggested]:
    if buyer.customer is None or not buyer.is_member:
        return
    coupon = 0 if reckoned.coupon is None else reckoned.coupon.amount
    spare = buyer.free_points - reckoned.spent.points
    for reward in buyer.catalog:
        chance = rewards.judge_reward(reward, program, buyer.state, at=at)
        if not chance.affordable or reward.terms.points > spare:
            continue
        plan = rewards.purse.plan_of_reward(reward.terms, program.currency)
        is_card = plan.effect.kind is RewardKind.GIFT_CARD
        valued = rewards.cart_value.value_of(plan, reckoned.after) if is_card else basket.value_of(plan)
        amount = valued.amount
        if amount > (0 if is_card else coupon):
            yield Suggested(chance=chance, amount=amount)
