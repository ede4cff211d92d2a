"""Tiers as storefronts show them: those of a program, and where the signed-in customer stands."""

from datetime import datetime
from typing import Annotated

import strawberry

from saleor_crm_app.kernel.money import MinorUnits, Money
from saleor_crm_app.loyalty import tiers
from saleor_crm_app.loyalty.tiers import Basis, LiveLadder, TierStatus, tier_id
from saleor_crm_app.storefront.money import LoyaltyMoney

LanguageArgument = Annotated[
    str | None,
    strawberry.argument(
        description="One of Saleor's language codes, such as `EN` or `PT_BR`; "
        "what is not translated comes as the shop wrote it."
    ),
]


@strawberry.type(description="One tier of a program.")
class LoyaltyTier:
    id: strawberry.ID = strawberry.field(description="The tier's global id.")
    code: str = strawberry.field(description="What names it for good, such as `gold`.")
    name: str = strawberry.field(description="Its name in the language asked for, else as the shop wrote it.")
    multiplier_percent: int = strawberry.field(description="What its members earn, in percent of what others do.")
    free_shipping: bool = strawberry.field(description="Whether the shop promises its members free shipping.")
    rewards: list[str] = strawberry.field(description="Tags of the rewards that are for its members.")
    takes: "LoyaltyTierAmount" = strawberry.field(description="What it takes to reach it.")

    @classmethod
    def of(cls, tier: tiers.Tier, live: LiveLadder, language: str | None) -> "LoyaltyTier":
        return cls(
            id=strawberry.ID(tier_id(live.program, tier.code)),
            code=tier.code,
            name=tier.name_in(language),
            multiplier_percent=tier.multiplier_percent,
            free_shipping=tier.free_shipping,
            rewards=list(tier.rewards),
            takes=LoyaltyTierAmount.of(tier.threshold, live),
        )


@strawberry.type(
    description="Something that counts towards a tier: one of money, orders and points, as the shop chose."
)
class LoyaltyTierAmount:
    amount: LoyaltyMoney | None = strawberry.field(description="Money spent, where that counts.")
    orders: int | None = strawberry.field(description="Orders, where they count.")
    points: int | None = strawberry.field(description="Points earned, where they count.")

    @classmethod
    def of(cls, number: int, live: LiveLadder) -> "LoyaltyTierAmount":
        basis = live.ladder.plan.basis
        return cls(
            amount=LoyaltyMoney.of(Money(MinorUnits(number), live.currency)) if basis is Basis.SPEND else None,
            orders=number if basis is Basis.ORDERS else None,
            points=number if basis is Basis.EARNED_POINTS else None,
        )


@strawberry.type(description="What is lacking for a tier: one of money, orders and points, as the shop chose.")
class LoyaltyTierNeed:
    tier: LoyaltyTier = strawberry.field(description="The tier.")
    amount: LoyaltyMoney | None = strawberry.field(description="How much has still to be spent.")
    orders: int | None = strawberry.field(description="How many orders are lacking.")
    points: int | None = strawberry.field(description="How many points have still to be earned.")

    @classmethod
    def of(cls, need: tiers.Need | None, live: LiveLadder, language: str | None) -> "LoyaltyTierNeed | None":
        if need is None:
            return None
        lacking = LoyaltyTierAmount.of(need.lacking, live)
        return cls(
            tier=LoyaltyTier.of(need.tier, live, language),
            amount=lacking.amount,
            orders=lacking.orders,
            points=lacking.points,
        )


@strawberry.type(description="Where the signed-in customer stands.")
class LoyaltyTierStatus:
    tier: LoyaltyTier | None = strawberry.field(description="The tier; null below the first one.")
    since: datetime = strawberry.field(description="Since when.")
    until: datetime | None = strawberry.field(
        description="Until when it is kept whatever is bought; null where it cannot be lost."
    )
    notice_at: datetime | None = strawberry.field(
        description="When notice was given that it will be lost at `until`, where it was."
    )
    needed_to_keep: LoyaltyTierNeed | None = strawberry.field(
        description="What has to count by `until` for the tier to be kept longer; null where it cannot be lost."
    )
    needed_to_climb: LoyaltyTierNeed | None = strawberry.field(
        description="What is lacking for the next tier; null at the top."
    )

    @classmethod
    def of(cls, status: TierStatus, language: str | None) -> "LoyaltyTierStatus":
        live = status.live
        return cls(
            tier=None if status.tier is None else LoyaltyTier.of(status.tier, live, language),
            since=status.standing.since,
            until=status.until,
            notice_at=status.standing.notice_at,
            needed_to_keep=LoyaltyTierNeed.of(status.keep, live, language),
            needed_to_climb=LoyaltyTierNeed.of(status.climb, live, language),
        )
