"""Rewards: what points can be spent on and what is given without them, and the coupons that come of it."""

from saleor_crm_app.loyalty.rewards import (
    batch_errors, batch_uses, batches, cart_value, importing, judging, purse, vouchers, wording,
)  # fmt: skip
from saleor_crm_app.loyalty.rewards.advice import advise
from saleor_crm_app.loyalty.rewards.cart_value import Cart, CartLine, Saving, Valued
from saleor_crm_app.loyalty.rewards.catalog import (
    Reward, ask_for_checks, create_reward, retire_reward, rewards_by_id, rewards_of, update_reward,
)  # fmt: skip
from saleor_crm_app.loyalty.rewards.claiming import claim
from saleor_crm_app.loyalty.rewards.ending import (
    CouponNotFound, end_coupon, end_due, fulfill_coupon, revoke_all, revoke_coupon,
)  # fmt: skip
from saleor_crm_app.loyalty.rewards.errors import RewardInvalid, RewardNotFound
from saleor_crm_app.loyalty.rewards.granting import Event, first_orders, grant, grant_on, rewards_given_on
from saleor_crm_app.loyalty.rewards.jobs import (
    CheckVoucher, DeliverCard, EndBatch, EndCard, EndCoupons, MakeBatch, SettleUses, StockCodes, WithdrawVoucher,
)  # fmt: skip
from saleor_crm_app.loyalty.rewards.judging import Chance, Gap, GapCode, MemberState, Reason, ReasonCode, judge_reward
from saleor_crm_app.loyalty.rewards.plans import VoucherPlan, medium_of
from saleor_crm_app.loyalty.rewards.reporting import RewardFigures, reward_figures
from saleor_crm_app.loyalty.rewards.purse import AtHand
from saleor_crm_app.loyalty.rewards.settling import settle_uses
from saleor_crm_app.loyalty.rewards.terms import Effect, Limit, Occasion, RewardKind, RewardTerms, Words, read_terms
from saleor_crm_app.loyalty.rewards.vouchers import RewardVoucher

__all__ = [
    "AtHand", "Cart", "CartLine", "Chance", "CheckVoucher", "CouponNotFound", "DeliverCard", "Effect", "EndBatch",
    "EndCard", "EndCoupons", "Event", "Gap", "GapCode", "Limit", "MakeBatch", "MemberState", "Occasion", "Reason",
    "ReasonCode", "Reward", "RewardFigures", "RewardInvalid", "RewardKind", "RewardNotFound", "RewardTerms",
    "RewardVoucher", "Saving", "SettleUses", "StockCodes", "Valued", "VoucherPlan", "WithdrawVoucher", "Words",
    "advise", "ask_for_checks", "batch_errors", "batch_uses", "batches", "cart_value", "claim", "create_reward",
    "end_coupon", "end_due", "first_orders", "fulfill_coupon", "grant", "grant_on", "importing", "judge_reward",
    "judging", "medium_of", "purse", "read_terms", "retire_reward", "revoke_all", "revoke_coupon", "reward_figures",
    "rewards_by_id", "rewards_given_on", "rewards_of", "settle_uses", "update_reward", "vouchers", "wording",
]  # fmt: skip
