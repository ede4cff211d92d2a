"""Programs as staff see them."""

from datetime import datetime

import strawberry

from saleor_crm_app.kernel.ids import global_id
from saleor_crm_app.kernel.money import MinorUnits, Money
from saleor_crm_app.loyalty.program import ProgramInChannels, Rate, programs
from saleor_crm_app.staff.context import Info
from saleor_crm_app.staff.program_settings import ProgramSettings


@strawberry.type(description="An amount of money.")
class LoyaltyMoney:
    amount: float = strawberry.field(description="The amount in major units, such as 7.4 for 7 euros and 40 cents.")
    currency: str = strawberry.field(description="The currency by its ISO 4217 code.")

    @classmethod
    def of(cls, money: Money) -> "LoyaltyMoney":
        return cls(amount=float(money.amount), currency=money.currency)


@strawberry.type(description="So many points for so much money.")
class LoyaltyRate:
    points: int = strawberry.field(description="How many points.")
    money: LoyaltyMoney = strawberry.field(description="For how much money.")

    @classmethod
    def of(cls, rate: Rate, currency: str) -> "LoyaltyRate":
        return cls(points=rate.points, money=LoyaltyMoney.of(Money(MinorUnits(rate.minor), currency)))


@strawberry.type(description="The rules of points in one currency.")
class LoyaltyProgram:
    id: strawberry.ID = strawberry.field(description="The program's global id.")
    name: str = strawberry.field(description="The program's name.")
    currency: str = strawberry.field(description="The currency it counts in, by its ISO 4217 code.")
    channels: list[str] = strawberry.field(description="The slugs of the channels it holds in.")
    zone: str = strawberry.field(description="The IANA time zone in which its days end.")
    version: int = strawberry.field(
        description="Counts the changes of its settings; those of its rules are counted by `ruleSets`."
    )
    earn_rate: LoyaltyRate = strawberry.field(description="What a purchase earns: points for money spent.")
    redeem_rate: LoyaltyRate = strawberry.field(description="What points are worth: money for points.")
    confirm_after_days: int = strawberry.field(
        description="So many days after an order was fulfilled its points become available."
    )
    expire_after_days: int | None = strawberry.field(
        description="So many days after they became available, or after the last purchase where only idle ones do, "
        "points expire, at the end of that day; null where they expire on a fixed date or never."
    )
    earn_staff_orders: bool = strawberry.field(description="Whether orders of the shop's own staff earn points.")
    settings: ProgramSettings = strawberry.field(description="How it works.")
    paused_at: datetime | None = strawberry.field(description="Since when it stands still; null while it goes on.")

    @classmethod
    def of(cls, held: ProgramInChannels) -> "LoyaltyProgram":
        program = held.program
        return cls(
            id=strawberry.ID(global_id("LoyaltyProgram", program.id)),
            name=program.name,
            currency=program.currency,
            channels=list(held.channels),
            zone=program.zone.key,
            version=program.version,
            earn_rate=LoyaltyRate.of(program.earn, program.currency),
            redeem_rate=LoyaltyRate.of(program.burn, program.currency),
            confirm_after_days=program.confirm_after_days,
            expire_after_days=program.expire_after_days,
            earn_staff_orders=program.earn_staff_orders,
            settings=ProgramSettings.of(program.settings),
            paused_at=program.paused_at,
        )


async def programs_of_shop(info: Info) -> list[LoyaltyProgram]:
    async with info.context.reading.session() as session:
        return [LoyaltyProgram.of(held) for held in await programs(session)]
