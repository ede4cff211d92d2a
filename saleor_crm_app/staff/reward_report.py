"""What rewards came to, and advice on them, for staff."""

from datetime import datetime, timedelta
from typing import Annotated, Final

import strawberry

from saleor_crm_app.crm import orders
from saleor_crm_app.kernel.ids import ProgramId, global_id
from saleor_crm_app.loyalty import rewards
from saleor_crm_app.loyalty.program import programs
from saleor_crm_app.loyalty.rewards import RewardFigures
from saleor_crm_app.staff.context import Info
from saleor_crm_app.staff.inputs import BadInputField, instant, uuid_of
from saleor_crm_app.staff.permissions import ManagesDiscounts
from saleor_crm_app.staff.reward_types import Reward
from saleor_crm_app.staff.rewards import ProgramArgument
from saleor_crm_app.staff.scalars import BigInt

_LOOK_BACK: Final = timedelta(days=180)

SinceArgument = Annotated[datetime | None, strawberry.argument(description="Coupons issued from then on.")]
UntilArgument = Annotated[datetime | None, strawberry.argument(description="Coupons issued before then.")]


@strawberry.type(description="What a reward came to: of the coupons issued in a time, how they stand now.")
class RewardReport:
    reward_id: strawberry.ID = strawberry.field(description="The reward's global id.")
    issued: BigInt = strawberry.field(description="How many coupons were issued.")
    used: BigInt = strawberry.field(description="How many of them orders used.")
    expired: BigInt = strawberry.field(description="How many lapsed unused.")
    revoked: BigInt = strawberry.field(description="How many were taken back or replaced.")
    failed: BigInt = strawberry.field(description="How many got no code in time.")
    outstanding: BigInt = strawberry.field(description="How many can still be used.")
    points: BigInt = strawberry.field(description="Points that were spent on them and did not come back.")
    given: BigInt = strawberry.field(description="What orders got by them, in minor units.")
    liability: BigInt = strawberry.field(description="What those outstanding may cost, in minor units.")
    redemption_rate: float | None = strawberry.field(description="The share that was used, 0 to 1.")
    breakage: float | None = strawberry.field(description="Of those that are over, the share nobody used, 0 to 1.")
    row: strawberry.Private[RewardFigures]

    @strawberry.field(description="The reward.")
    async def reward(self, info: Info) -> Reward | None:
        found = await info.context.loaders.rewards.load(self.row.reward)
        return None if found is None else Reward.of(found)

    @classmethod
    def of(cls, row: RewardFigures) -> "RewardReport":
        return cls(
            row=row,
            reward_id=strawberry.ID(global_id("LoyaltyReward", row.reward)),
            issued=BigInt(row.issued),
            used=BigInt(row.used),
            expired=BigInt(row.expired),
            revoked=BigInt(row.revoked),
            failed=BigInt(row.failed),
            outstanding=BigInt(row.outstanding),
            points=BigInt(row.points),
            given=BigInt(row.given),
            liability=BigInt(row.liability),
            redemption_rate=row.redemption,
            breakage=row.breakage,
        )


@strawberry.type(description="A piece of advice on a program's rewards.")
class RewardAdvice:
    code: str = strawberry.field(description="What it is about, as a code such as `FIRST_TOO_FAR`.")
    text: str = strawberry.field(description="The advice with its numbers.")


@strawberry.type(description="What rewards came to.")
class RewardReportQuery:
    @strawberry.field(permission_classes=[ManagesDiscounts], description="What each of a program's rewards came to.")
    async def reward_report(
        self,
        info: Info,
        program_id: ProgramArgument,
        since: SinceArgument = strawberry.UNSET,
        until: UntilArgument = strawberry.UNSET,
    ) -> list[RewardReport]:
        program = _program(program_id)
        async with info.context.reading.session() as session:
            found = await rewards.reward_figures(
                session,
                info.context.shop,
                program,
                since=instant(since),
                until=instant(until),
                at=info.context.at,
            )
        return [RewardReport.of(one) for one in found]

    @strawberry.field(
        permission_classes=[ManagesDiscounts],
        description="What could be better about a program's rewards as a ladder, by its orders of half a year.",
    )
    async def reward_advice(self, info: Info, program_id: ProgramArgument) -> list[RewardAdvice]:
        wanted, context = _program(program_id), info.context
        async with context.reading.session() as session:
            held = next((one for one in await programs(session) if one.program.id == wanted), None)
            if held is None:
                raise BadInputField("programId", "There is no such program.")
            catalog = await rewards.rewards_of(session, [wanted])
            usual = await orders.usual_order(session, context.shop, held.channels, since=context.at - _LOOK_BACK)
        return [
            RewardAdvice(code=one.code.value, text=one.text)
            for one in rewards.advise(held.program, catalog, usual_order=usual)
        ]


def _program(text: str) -> ProgramId:
    return ProgramId(uuid_of(text, "LoyaltyProgram", field="programId"))
