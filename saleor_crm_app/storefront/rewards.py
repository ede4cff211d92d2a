"""Rewards as storefronts show them: what there is, whether the signed-in customer can have it, why, and what lacks."""

from collections.abc import Sequence
from datetime import datetime
from enum import Enum

import strawberry

from saleor_crm_app.kernel.ids import global_id
from saleor_crm_app.kernel.money import MinorUnits, Money
from saleor_crm_app.kernel.paging import BadPage, Page, cursor_of, key_at
from saleor_crm_app.loyalty import rewards
from saleor_crm_app.loyalty.program import Program
from saleor_crm_app.loyalty.rewards import Chance, Gap, Reason
from saleor_crm_app.storefront.money import LoyaltyMoney
from saleor_crm_app.storefront.pages import PageInfo

_CURSOR = "LoyaltyReward"


@strawberry.enum(description="What a reward is.")
class LoyaltyRewardKind(Enum):
    FIXED_AMOUNT = strawberry.enum_value("FIXED_AMOUNT", description="So much off an order.")
    PERCENTAGE = strawberry.enum_value("PERCENTAGE", description="So many percent off an order.")
    FREE_SHIPPING = strawberry.enum_value("FREE_SHIPPING", description="An order is delivered for nothing.")
    FREE_PRODUCT = strawberry.enum_value("FREE_PRODUCT", description="One of some products for nothing.")
    PRODUCT_DISCOUNT = strawberry.enum_value("PRODUCT_DISCOUNT", description="Some products for less.")
    GIFT_CARD = strawberry.enum_value("GIFT_CARD", description="Store credit, good for this customer only.")
    DRAW_TICKET = strawberry.enum_value("DRAW_TICKET", description="A ticket for a draw.")
    CUSTOM = strawberry.enum_value("CUSTOM", description="Something that the shop's staff see to.")


@strawberry.type(description="Why something is shown, or shown as it is.")
class OfferReason:
    code: str = strawberry.field(description="The reason as a code, such as `ENOUGH_POINTS` or `SOLD_OUT`.")
    text: str = strawberry.field(description="The reason as a sentence in the customer's language.")

    @classmethod
    def of(cls, reason: Reason, program: Program, language: str | None) -> "OfferReason":
        words = rewards.wording.reason_words(reason, rewards.wording.language_of(language), currency=program.currency)
        return cls(code=reason.code.value, text=words)


@strawberry.type(description="What is lacking for something.")
class OfferGap:
    code: str = strawberry.field(
        description="What lacks, as a code: `POINTS`, `TIER` or `TIME` for a reward; for a coupon `SPEND`, `PRODUCT`, "
        "`CHANNEL` or `DELIVERY`."
    )
    amount: LoyaltyMoney | None = strawberry.field(description="How much money, where that lacks.")
    quantity: int | None = strawberry.field(description="How many points, where they lack.")
    at: datetime | None = strawberry.field(description="Until when to wait, where time lacks.")
    text: str = strawberry.field(description="What lacks in a few words of the customer's language.")

    @classmethod
    def of(cls, gap: Gap, program: Program, language: str | None) -> "OfferGap":
        spoken = rewards.wording.language_of(language)
        amount = None if gap.amount is None else Money(MinorUnits(gap.amount), program.currency)
        return cls(
            code=gap.code.value,
            amount=None if amount is None else LoyaltyMoney.of(amount),
            quantity=gap.quantity,
            at=gap.at,
            text=rewards.wording.gap_words(gap, spoken, currency=program.currency, zone=program.zone),
        )


@strawberry.type(description="Something that can be had for points.")
class LoyaltyReward:
    id: strawberry.ID = strawberry.field(description="The reward's global id.")
    name: str = strawberry.field(description="Its name in the language asked for, else as the shop wrote it.")
    description: str | None = strawberry.field(description="What it is, in more words.")
    terms: str | None = strawberry.field(description="The small print.")
    picture: str | None = strawberry.field(description="Where its picture lies.")
    kind: LoyaltyRewardKind = strawberry.field(description="What it is.")
    points_cost: int = strawberry.field(description="How many points it costs.")
    amount: LoyaltyMoney | None = strawberry.field(description="How much it takes off, or what is on the card.")
    percent: int | None = strawberry.field(description="How many percent it takes off, where it does.")
    min_spent: LoyaltyMoney | None = strawberry.field(description="What an order has to be worth to use it, if so.")
    valid_days: int = strawberry.field(description="How many days its coupon can be used.")
    ends_at: datetime | None = strawberry.field(description="Until when it can be had, where that ends.")
    stock_left: int | None = strawberry.field(description="How many are left; null where there is no limit.")
    affordable: bool = strawberry.field(description="Whether the signed-in customer can have it now.")
    reasons: list[OfferReason] = strawberry.field(description="Why it can be had or not.")
    missing: list[OfferGap] = strawberry.field(description="What the signed-in customer lacks for it.")

    @classmethod
    def of(cls, chance: Chance, program: Program, language: str | None) -> "LoyaltyReward":
        terms = chance.reward.terms
        words = terms.words_in(language)
        return cls(
            id=strawberry.ID(global_id("LoyaltyReward", chance.reward.id)),
            name=words.name,
            description=words.description,
            terms=words.small_print,
            picture=terms.picture,
            kind=LoyaltyRewardKind[terms.kind],
            points_cost=terms.points,
            amount=_money(terms.effect.amount, program),
            percent=terms.effect.percent,
            min_spent=_money(terms.min_spent, program),
            valid_days=terms.coupon_days,
            ends_at=terms.ends_at,
            stock_left=chance.reward.stock_left,
            affordable=chance.affordable,
            reasons=[OfferReason.of(one, program, language) for one in chance.reasons],
            missing=[OfferGap.of(one, program, language) for one in chance.missing],
        )


@strawberry.type(description="A reward and its place in the list.")
class LoyaltyRewardEdge:
    node: LoyaltyReward = strawberry.field(description="The reward.")
    cursor: str = strawberry.field(description="Its place, for `after` and `before`.")


@strawberry.type(description="A page of rewards, in the shop's order.")
class LoyaltyRewardConnection:
    edges: list[LoyaltyRewardEdge] = strawberry.field(description="The rewards of this page.")
    page_info: PageInfo = strawberry.field(description="Where this page lies.")
    total_count: int = strawberry.field(description="How many rewards there are in all.")

    @classmethod
    def of(
        cls, chances: Sequence[Chance], page: Page, program: Program, language: str | None
    ) -> "LoyaltyRewardConnection":
        """Cut a page out of all of a program's rewards, of which there are few.

        Raises BadPage.
        """
        start, end = _cut([str(one.reward.id) for one in chances], page)
        edges = [
            LoyaltyRewardEdge(node=LoyaltyReward.of(one, program, language), cursor=cursor_of(_CURSOR, one.reward.id))
            for one in chances[start:end]
        ]
        return cls(
            edges=edges,
            page_info=PageInfo.of([edge.cursor for edge in edges], has_next=end < len(chances), has_previous=start > 0),
            total_count=len(chances),
        )


def _cut(keys: Sequence[str], page: Page) -> tuple[int, int]:
    key = key_at(page, kind=_CURSOR)
    if key is not None and key not in keys:
        raise BadPage("before" if page.backwards else "after", "That reward is not on show any more.")
    if page.backwards:
        end = len(keys) if key is None else keys.index(key)
        return max(0, end - page.size), end
    start = 0 if key is None else keys.index(key) + 1
    return start, min(len(keys), start + page.size)


def _money(minor: int | None, program: Program) -> LoyaltyMoney | None:
    return None if minor is None else LoyaltyMoney.of(Money(MinorUnits(minor), program.currency))
