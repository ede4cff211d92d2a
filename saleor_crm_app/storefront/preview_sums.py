"""A cart's points and money as storefronts read them: what it earns, what can be spent on it, what it comes to."""

import strawberry

from saleor_crm_app.checkout.preview import Preview, words
from saleor_crm_app.kernel.money import MinorUnits, Money, Points
from saleor_crm_app.storefront.errors import LoyaltyError
from saleor_crm_app.storefront.money import LoyaltyMoney
from saleor_crm_app.storefront.preview_coupons import Speaker
from saleor_crm_app.storefront.rewards import OfferReason


@strawberry.type(description="What one line of the cart would earn.")
class LoyaltyPreviewLine:
    line_id: strawberry.ID | None = strawberry.field(description="The checkout line's global id; null without one.")
    variant_id: strawberry.ID = strawberry.field(description="The variant's global id in Saleor.")
    quantity: int = strawberry.field(description="How many units.")
    points: int = strawberry.field(description="Points that they would earn.")


@strawberry.type(description="What one earning rule would give.")
class LoyaltyPreviewRule:
    name: str = strawberry.field(description="The rule's name.")
    points: int = strawberry.field(description="Points that it would give.")
    text: str = strawberry.field(description="The rule in a sentence.")


@strawberry.type(description="Points that the cart would earn. Those of lines and shipping sum up to all.")
class LoyaltyPreviewEarns:
    points: int = strawberry.field(description="Points in all.")
    lines: list[LoyaltyPreviewLine] = strawberry.field(description="By line, in the cart's order.")
    shipping_points: int = strawberry.field(description="Points for shipping, where a rule counts it and it is known.")
    rules: list[LoyaltyPreviewRule] = strawberry.field(description="By earning rule: how the points come about.")
    multiplier_percent: int = strawberry.field(
        description="What the customer's tier makes of points by amount and by unit, in percent; it is in the points."
    )
    reason: OfferReason | None = strawberry.field(
        description="Why there are none, or why the caller will not have them just so, such as `GUEST_EARNS`."
    )

    @classmethod
    def of(cls, preview: Preview, speaker: Speaker) -> "LoyaltyPreviewEarns":
        earns, goods = preview.earns, preview.basket.goods
        return cls(
            points=earns.points,
            lines=[
                LoyaltyPreviewLine(
                    line_id=None if one.line is None else strawberry.ID(one.line),
                    variant_id=strawberry.ID(one.variant),
                    quantity=one.quantity,
                    points=points,
                )
                for one, points in zip(goods, earns.lines, strict=True)
            ],
            shipping_points=earns.shipping,
            rules=[
                LoyaltyPreviewRule(
                    name=rule.name, points=points, text=words.rule_words(rule, speaker.language, speaker.program)
                )
                for rule, points in earns.rules
            ],
            multiplier_percent=earns.percent,
            reason=None if earns.why is None else speaker.reason(earns.why),
        )


@strawberry.type(description="Points that can be spent on the cart.")
class LoyaltyPreviewSpend:
    min: int = strawberry.field(description="The fewest points that can be spent at once.")
    most: int = strawberry.field(description="The most points that can be spent on this cart; 0 where none can.")
    step: int = strawberry.field(description="Points are spent in multiples of this.")
    worth: LoyaltyMoney = strawberry.field(description="What the most points are worth.")
    reason: OfferReason | None = strawberry.field(description="Why none can be spent.")
    applied: int = strawberry.field(description="The points that count in this preview.")
    applied_worth: LoyaltyMoney = strawberry.field(description="What there is less to pay with them.")
    error: LoyaltyError | None = strawberry.field(
        description="Why the points that were asked for cannot be spent; paying with them would be refused alike."
    )

    @classmethod
    def of(cls, preview: Preview, speaker: Speaker) -> "LoyaltyPreviewSpend":
        spent, room = preview.reckoned.spent, preview.reckoned.spent.room
        return cls(
            min=room.least,
            most=room.most,
            step=room.step,
            worth=LoyaltyMoney.of(speaker.program.worth(Points(room.most))),
            reason=None if room.why is None else speaker.reason(room.why),
            applied=spent.points,
            applied_worth=speaker.money(spent.amount),
            error=None if spent.refusal is None else LoyaltyError.about("pointsToSpend", spent.refusal),
        )


@strawberry.type(
    description="What the cart comes to: total = subtotal - discount + shipping - points - giftCards. Taxes are those "
    "of the prices as the shop tells them now."
)
class LoyaltyPreviewTotal:
    subtotal: LoyaltyMoney = strawberry.field(description="The lines, without any voucher, with tax.")
    discount: LoyaltyMoney = strawberry.field(description="What the coupon that counts takes off, off shipping too.")
    shipping: LoyaltyMoney | None = strawberry.field(
        description="Shipping before the discount; null without a checkout, and then not in the total."
    )
    points: LoyaltyMoney = strawberry.field(description="What points take off or pay.")
    gift_cards: LoyaltyMoney = strawberry.field(description="What gift cards pay.")
    total: LoyaltyMoney = strawberry.field(description="What is left to pay.")

    @classmethod
    def of(cls, preview: Preview) -> "LoyaltyPreviewTotal":
        found = preview.reckoned.sum

        def money(minor: int) -> LoyaltyMoney:
            return LoyaltyMoney.of(Money(MinorUnits(minor), preview.basket.currency))

        return cls(
            subtotal=money(found.subtotal),
            discount=money(found.discount),
            shipping=None if found.shipping is None else money(found.shipping),
            points=money(found.points),
            gift_cards=money(found.gift_cards),
            total=money(found.total),
        )
