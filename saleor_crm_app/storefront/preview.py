"""The preview of a cart: what is asked, and how the answer is put together."""

import strawberry

from saleor_crm_app.checkout.preview import Preview, Wish, WishedLine
from saleor_crm_app.kernel.errors import Refusal
from saleor_crm_app.storefront.context import Info, Visit
from saleor_crm_app.storefront.errors import LoyaltyError
from saleor_crm_app.storefront.pages import given
from saleor_crm_app.storefront.preview_coupons import (
    LoyaltyPreviewCode,
    LoyaltyPreviewCoupons,
    LoyaltyPreviewSuggestion,
    Speaker,
)
from saleor_crm_app.storefront.preview_sums import LoyaltyPreviewEarns, LoyaltyPreviewSpend, LoyaltyPreviewTotal


@strawberry.input(description="So many units of a product variant.")
class LoyaltyPreviewLineInput:
    variant_id: strawberry.ID = strawberry.field(description="The variant's global id in Saleor.")
    quantity: int = strawberry.field(description="How many units: 1 to 10,000.")


@strawberry.input(description="A cart, and what its buyer thinks of. Name either a checkout or lines.")
class LoyaltyPreviewInput:
    channel: str = strawberry.field(description="The slug of the cart's channel.")
    checkout_id: strawberry.ID | None = strawberry.field(
        default=None, description="The checkout's global id in Saleor: the caller's own, or a guest's."
    )
    lines: list[LoyaltyPreviewLineInput] | None = strawberry.field(
        default=None, description="What is in the cart, where there is no checkout yet: 1 to 100 lines."
    )
    points_to_spend: int | None = strawberry.field(
        default=None,
        description="How many points to spend; left out, those that are on the checkout already count, with 0 none do.",
    )
    promo_code: str | None = strawberry.field(default=None, description="A code that the shopper has typed.")
    language_code: str | None = strawberry.field(
        default=None,
        description="One of Saleor's language codes for sentences and names; left out, the signed-in customer's own.",
    )


@strawberry.type(
    description="What a cart comes to, before anything is bought. It counts one coupon: that of a code that was typed, "
    "else the voucher that is on the checkout, else the best of the customer's coupons."
)
class LoyaltyPreview:
    earns: LoyaltyPreviewEarns | None = strawberry.field(
        description="Points that the cart would earn, paid now with the coupon and the points that count."
    )
    spend: LoyaltyPreviewSpend | None = strawberry.field(description="Points that can be spent on it.")
    coupon: LoyaltyPreviewCoupons | None = strawberry.field(
        description="The customer's coupons and what they do for it."
    )
    promo_code: LoyaltyPreviewCode | None = strawberry.field(
        description="What the typed code does for it; null where none was typed, and after too many wrong ones."
    )
    total: LoyaltyPreviewTotal | None = strawberry.field(
        description="What it comes to with the coupon and the points that count, as far as known."
    )
    suggestions: list[LoyaltyPreviewSuggestion] = strawberry.field(
        description="At most three rewards that the member could claim now and that take off more than what counts "
        "already, the best first."
    )
    errors: list[LoyaltyError] = strawberry.field(description="What was refused.")

    @classmethod
    def refused(cls, refusal: Refusal) -> "LoyaltyPreview":
        return cls(
            earns=None,
            spend=None,
            coupon=None,
            promo_code=None,
            total=None,
            suggestions=[],
            errors=[LoyaltyError.of(refusal)],
        )

    @classmethod
    def of(cls, preview: Preview, speaker: Speaker) -> "LoyaltyPreview":
        typed = preview.typed
        too_often = None if typed is None else typed.refusal
        return cls(
            earns=LoyaltyPreviewEarns.of(preview, speaker),
            spend=LoyaltyPreviewSpend.of(preview, speaker),
            coupon=LoyaltyPreviewCoupons.of(preview.coupons, speaker),
            promo_code=None if typed is None or too_often else LoyaltyPreviewCode.of(preview.valued, speaker),
            total=LoyaltyPreviewTotal.of(preview),
            suggestions=[LoyaltyPreviewSuggestion.of(one, speaker) for one in preview.suggestions],
            errors=[] if too_often is None else [LoyaltyError.about("promoCode", too_often)],
        )


@strawberry.type(description="Previews of carts.")
class PreviewQuery:
    @strawberry.field(
        description="What a cart comes to with the customer's coupons and points, and what it earns; for guests what "
        "it would earn them as new members. Nothing is set aside by asking."
    )
    async def loyalty_preview(self, info: Info, input: LoyaltyPreviewInput) -> LoyaltyPreview:
        visit = info.context.require_visit()
        try:
            preview = await info.context.previewer.preview(_wish(visit, input))
        except Refusal as refusal:
            return LoyaltyPreview.refused(refusal)
        for reward in preview.buyer.names.values():
            visit.loaders.rewards.prime(reward.id, reward)
        language = given(input.language_code) or await visit.language()
        speaker = Speaker(program=preview.program, code=language, visit=visit, desk=info.context.desk)
        return LoyaltyPreview.of(preview, speaker)


def _wish(visit: Visit, asked: LoyaltyPreviewInput) -> Wish:
    lines = given(asked.lines)
    return Wish(
        shop=visit.installation,
        customer=visit.customer,
        address=visit.address,
        channel=asked.channel,
        at=visit.at,
        checkout=given(asked.checkout_id),
        lines=None
        if lines is None
        else tuple(WishedLine(variant=one.variant_id, quantity=one.quantity) for one in lines),
        points=given(asked.points_to_spend),
        code=given(asked.promo_code),
    )
