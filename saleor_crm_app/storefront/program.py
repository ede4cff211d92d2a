"""A loyalty program as everybody may see it: its name and what points are earned and worth."""

import strawberry

from saleor_crm_app.kernel.ids import global_id
from saleor_crm_app.kernel.money import MinorUnits, Money
from saleor_crm_app.loyalty.program import Program, Rate
from saleor_crm_app.loyalty.rewards import MemberState, judge_reward
from saleor_crm_app.storefront.context import Info
from saleor_crm_app.storefront.money import LoyaltyMoney
from saleor_crm_app.storefront.rewards import LoyaltyReward
from saleor_crm_app.storefront.tiers import LoyaltyTier


@strawberry.type(description="So many points for so much money.")
class LoyaltyRate:
    points: int = strawberry.field(description="How many points.")
    money: LoyaltyMoney = strawberry.field(description="For how much money.")

    @classmethod
    def of(cls, rate: Rate, currency: str) -> "LoyaltyRate":
        return cls(points=rate.points, money=LoyaltyMoney.of(Money(MinorUnits(rate.minor), currency)))


@strawberry.type(description="The loyalty program that holds in a channel.")
class LoyaltyProgram:
    id: strawberry.ID = strawberry.field(description="The program's global id.")
    name: str = strawberry.field(description="The program's name.")
    currency: str = strawberry.field(description="The currency it counts in, by its ISO 4217 code.")
    earn_rate: LoyaltyRate = strawberry.field(description="What a purchase earns: points for money spent.")
    redeem_rate: LoyaltyRate = strawberry.field(description="What points are worth: money for points.")
    confirm_after_days: int = strawberry.field(
        description="So many days after an order was fulfilled its points become available."
    )
    expire_after_days: int | None = strawberry.field(
        description="So many days after they became available, or after the last purchase where only idle ones do, "
        "points expire, at the end of that day; null where they expire on a fixed date or never."
    )

    row: strawberry.Private[Program]
    channel: strawberry.Private[str]
    language: strawberry.Private[str | None]

    @strawberry.field(description="The tiers of its members, the lowest first; none where the shop has no tiers.")
    async def tiers(self, info: Info) -> list[LoyaltyTier]:
        live = await info.context.require_visit().loaders.ladders.load(self.row.id)
        return [] if live is None else [LoyaltyTier.of(tier, live, self.language) for tier in live.ladder.plan.tiers]

    @strawberry.field(description="What can be had for points, for everybody to see, in the shop's order.")
    async def rewards(self, info: Info) -> list[LoyaltyReward]:
        visit = info.context.require_visit()
        found = await visit.loaders.catalogs.load(self.row.id)
        guest = MemberState()
        return [
            LoyaltyReward.of(judge_reward(one, self.row, guest, at=visit.at), self.row, self.language)
            for one in found
            if one.is_on_show(self.channel, visit.at)
        ]

    @classmethod
    def of(cls, program: Program, channel: str, language: str | None = None) -> "LoyaltyProgram":
        return cls(
            row=program,
            channel=channel,
            language=language,
            id=strawberry.ID(global_id("LoyaltyProgram", program.id)),
            name=program.name,
            currency=program.currency,
            earn_rate=LoyaltyRate.of(program.earn, program.currency),
            redeem_rate=LoyaltyRate.of(program.burn, program.currency),
            confirm_after_days=program.confirm_after_days,
            expire_after_days=program.expire_after_days,
        )
