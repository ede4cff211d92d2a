"""What a reward's voucher in the shop is to be, and when another one is needed for it; pure."""

from datetime import datetime
from hashlib import blake2b
from typing import Final
from uuid import UUID

import msgspec

from saleor_crm_app.loyalty.coupons import CouponMedium
from saleor_crm_app.loyalty.rewards.terms import Effect, RewardKind, RewardTerms

MEDIA: Final[dict[RewardKind, CouponMedium]] = {
    RewardKind.GIFT_CARD: CouponMedium.GIFT_CARD,
    RewardKind.DRAW_TICKET: CouponMedium.NONE,
    RewardKind.CUSTOM: CouponMedium.NONE,
}
"""What stands for a coupon in the shop, where it is no voucher's code."""


class VoucherPlan(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """A voucher for the coupons of one effect; with limits of its own where it is a campaign's.

    `channels` are slugs, empty for all of the program; `min_spent` is in minor units of `currency`.
    """

    effect: Effect
    currency: str
    channels: tuple[str, ...] = ()
    min_spent: int | None = None
    is_shared: bool = False
    most_uses: int | None = None
    once_per_customer: bool = False
    ends_at: datetime | None = None

    def digest(self) -> bytes:
        """Equal for equal plans: coupons of equal plans can share a voucher."""
        return blake2b(msgspec.json.encode(self, order="sorted"), digest_size=16).digest()


def medium_of(terms: RewardTerms) -> CouponMedium:
    """What stands for coupons of these terms in the shop."""
    return MEDIA.get(terms.kind, CouponMedium.VOUCHER)


def plan_of(terms: RewardTerms, currency: str) -> VoucherPlan | None:
    """The plan of a reward's voucher; None where it needs none."""
    if medium_of(terms) is not CouponMedium.VOUCHER:
        return None
    return VoucherPlan(
        effect=terms.effect,
        currency=currency,
        channels=tuple(sorted(set(terms.channels))),
        min_spent=terms.min_spent,
    )


_LONGEST_NAME: Final = 60


def voucher_name(name: str, key: UUID) -> str:
    """What shoppers see at the checkout, and how orders tell which voucher they had: no two are alike."""
    return f"{name[:_LONGEST_NAME].strip()} #{key.hex[-8:]}"
