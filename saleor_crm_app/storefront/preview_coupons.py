"""A cart's coupons as storefronts read them: the best one and why, the others, a typed code, rewards worth claiming."""

from collections.abc import Sequence
from dataclasses import dataclass

import strawberry

from saleor_crm_app.checkout.preview import Offered, Said, Suggested, Why, words
from saleor_crm_app.issuing import Desk
from saleor_crm_app.kernel.money import MinorUnits, Money
from saleor_crm_app.loyalty import rewards
from saleor_crm_app.loyalty.program import Program
from saleor_crm_app.loyalty.rewards import Gap, Valued
from saleor_crm_app.loyalty.rules import Language
from saleor_crm_app.storefront.context import Visit
from saleor_crm_app.storefront.coupons import LoyaltyCoupon
from saleor_crm_app.storefront.money import LoyaltyMoney
from saleor_crm_app.storefront.rewards import LoyaltyReward, OfferGap, OfferReason


@dataclass(frozen=True, slots=True, kw_only=True)
class Speaker:
    """Says things about one program in one language, by Saleor's `code`."""

    program: Program
    code: str | None
    visit: Visit
    desk: Desk

    @property
    def language(self) -> Language:
        return rewards.wording.language_of(self.code)

    def reason(self, said: Said) -> OfferReason:
        return OfferReason(code=said.why.value, text=words.sentence(said, self.language, self.program))

    def money(self, minor: int) -> LoyaltyMoney:
        return LoyaltyMoney.of(Money(MinorUnits(minor), self.program.currency))

    def gaps(self, missing: Sequence[Gap]) -> list[OfferGap]:
        return [OfferGap.of(gap, self.program, self.code) for gap in missing]


@strawberry.type(description="A coupon of the customer's, and what it does for the cart.")
class LoyaltyPreviewCoupon:
    coupon: LoyaltyCoupon = strawberry.field(description="The coupon, with its code.")
    amount: LoyaltyMoney | None = strawberry.field(
        description="What there is less to pay with it; null where it takes nothing off, or that is not known yet."
    )
    reason: OfferReason | None = strawberry.field(description="Why it is in this place, where it takes something off.")
    missing: list[OfferGap] = strawberry.field(description="What the cart lacks for it.")

    @classmethod
    def of(cls, offered: Offered, speaker: Speaker) -> "LoyaltyPreviewCoupon":
        amount = offered.valued.amount
        return cls(
            coupon=LoyaltyCoupon.of(
                offered.at_hand.coupon, speaker.program, desk=speaker.desk, visit=speaker.visit, language=speaker.code
            ),
            amount=speaker.money(amount) if amount else None,
            reason=None if offered.said is None else speaker.reason(offered.said),
            missing=speaker.gaps(offered.valued.missing),
        )


@strawberry.type(description="The customer's coupons that can be used now.")
class LoyaltyPreviewCoupons:
    best: LoyaltyPreviewCoupon | None = strawberry.field(
        description="That which takes most off, of equal ones that which expires first; null where none takes "
        "anything off."
    )
    others: list[LoyaltyPreviewCoupon] = strawberry.field(
        description="The others: first those that take something off, the best first, then what the cart lacks for the "
        "rest, those that expire first foremost."
    )

    @classmethod
    def of(cls, coupons: Sequence[Offered], speaker: Speaker) -> "LoyaltyPreviewCoupons":
        has_best = bool(coupons) and bool(coupons[0].valued.amount)
        told = [LoyaltyPreviewCoupon.of(one, speaker) for one in coupons]
        return cls(best=told[0] if has_best else None, others=told[1:] if has_best else told)


@strawberry.type(description="What a typed code does for the cart.")
class LoyaltyPreviewCode:
    valid: bool = strawberry.field(
        description="Whether it is the code of a coupon that the caller can use now. Other codes of the shop are "
        "judged by its checkout alone."
    )
    amount: LoyaltyMoney | None = strawberry.field(description="What there is less to pay with it, where it is known.")
    reason: OfferReason = strawberry.field(description="What is to be said of it.")
    missing: list[OfferGap] = strawberry.field(description="What the cart lacks for it.")

    @classmethod
    def of(cls, valued: Valued | None, speaker: Speaker) -> "LoyaltyPreviewCode":
        if valued is None:
            return cls(valid=False, amount=None, reason=speaker.reason(Said(Why.NO_CODE)), missing=[])
        amount = valued.amount
        said = Said(Why.CODE_TAKES_OFF, {"amount": amount}) if amount else Said(Why.CODE_LACKS)
        return cls(
            valid=True,
            amount=speaker.money(amount) if amount else None,
            reason=speaker.reason(said),
            missing=speaker.gaps(valued.missing),
        )


@strawberry.type(description="A reward that would pay on this cart.")
class LoyaltyPreviewSuggestion:
    reward: LoyaltyReward = strawberry.field(description="The reward, to be claimed by `rewardClaim`.")
    amount: LoyaltyMoney = strawberry.field(description="What there would be less to pay with it.")
    text: str = strawberry.field(description="The suggestion in a few words of the customer's language.")

    @classmethod
    def of(cls, suggested: Suggested, speaker: Speaker) -> "LoyaltyPreviewSuggestion":
        terms, currency = suggested.chance.reward.terms, speaker.program.currency
        name = terms.words_in(speaker.code).name
        return cls(
            reward=LoyaltyReward.of(suggested.chance, speaker.program, speaker.code),
            amount=speaker.money(suggested.amount),
            text=words.claim_words(name, terms.points, suggested.amount, language=speaker.language, currency=currency),
        )
