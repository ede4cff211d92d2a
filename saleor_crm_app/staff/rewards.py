"""The reward catalog that staff keep; each change is written down."""

from typing import Annotated, Any

import msgspec
import strawberry

from saleor_crm_app.kernel.audit import Subject, audit
from saleor_crm_app.kernel.errors import LoyaltyErrorCode, Refusal
from saleor_crm_app.kernel.ids import ProgramId, RewardId
from saleor_crm_app.loyalty import rewards
from saleor_crm_app.loyalty.program import Program, programs_by_id
from saleor_crm_app.saleor.gift_cards import can_bind_cards
from saleor_crm_app.staff.context import Info
from saleor_crm_app.staff.health import StaffError
from saleor_crm_app.staff.inputs import BadInputField, given, reason_of, uuid_of
from saleor_crm_app.staff.permissions import ManagesDiscounts
from saleor_crm_app.staff.reward_types import Reward, RewardTermsInput, RewardVoucherState

_TEXT = "Why, in your words; staff read it in the audit trail."

ProgramArgument = Annotated[strawberry.ID, strawberry.argument(description="The program's global id.")]
RetiredArgument = Annotated[bool | None, strawberry.argument(description="With those that are given no more.")]
RewardArgument = Annotated[strawberry.ID, strawberry.argument(description="The reward's global id.")]


class CardsNotBindableHere(Refusal):
    """A gift card that anybody could spend is no reward for one customer."""

    code = LoyaltyErrorCode.NOT_ELIGIBLE
    field = "terms"

    def __init__(self) -> None:
        super().__init__(
            "This shop's Saleor is older than 3.23.19 and cannot bind gift cards to a customer; give a fixed amount."
        )


@strawberry.input(description="A reward to put into the catalog.")
class RewardCreateInput:
    program_id: strawberry.ID = strawberry.field(description="The program's global id.")
    reward: RewardTermsInput = strawberry.field(description="The reward.")
    text: str | None = strawberry.field(default=None, description=_TEXT)


@strawberry.input(description="A reward to change.")
class RewardUpdateInput:
    id: strawberry.ID = strawberry.field(description="The reward's global id.")
    expected_version: int = strawberry.field(description="The version you read; another one is refused.")
    reward: RewardTermsInput = strawberry.field(description="All of it as it shall be.")
    text: str | None = strawberry.field(default=None, description=_TEXT)


@strawberry.input(description="A reward to give no more.")
class RewardRetireInput:
    id: strawberry.ID = strawberry.field(description="The reward's global id.")
    text: str | None = strawberry.field(default=None, description=_TEXT)


@strawberry.type(description="A reward that was changed.")
class RewardPayload:
    reward: Reward | None = strawberry.field(description="The reward as it is now.")
    errors: list[StaffError] = strawberry.field(description="What was refused; nothing was changed then.")


@strawberry.type(description="A reward in the catalog; the shop gets its voucher, and codes ahead, soon.")
class RewardCreate(RewardPayload):
    """Its own name, as each mutation's payload has."""


@strawberry.type(description="A reward that was changed; coupons that are out stay as they were promised.")
class RewardUpdate(RewardPayload):
    """Its own name, as each mutation's payload has."""


@strawberry.type(description="A reward that is given no more; coupons that are out stay good.")
class RewardRetire(RewardPayload):
    """Its own name, as each mutation's payload has."""


@strawberry.type(description="What staff may read of rewards.")
class RewardsQuery:
    @strawberry.field(permission_classes=[ManagesDiscounts], description="A program's rewards, in the order shown.")
    async def rewards(
        self, info: Info, program_id: ProgramArgument, retired: RetiredArgument = strawberry.UNSET
    ) -> list[Reward]:
        program = ProgramId(uuid_of(program_id, "LoyaltyProgram", field="programId"))
        async with info.context.reading.session() as session:
            return [
                Reward.of(one) for one in await rewards.rewards_of(session, [program], retired=bool(given(retired)))
            ]

    @strawberry.field(
        permission_classes=[ManagesDiscounts],
        description="The vouchers that stand for a reward in the shop, and what was found of them there.",
    )
    async def reward_vouchers(self, info: Info, reward_id: RewardArgument) -> list[RewardVoucherState]:
        async with info.context.reading.session() as session:
            held = await rewards.vouchers.vouchers_of(session, [reward_key(reward_id)])
        return [RewardVoucherState.of(one) for one in held]


@strawberry.type(description="What staff may do about rewards.")
class RewardsMutation:
    @strawberry.mutation(permission_classes=[ManagesDiscounts], description="Put a reward into a program's catalog.")
    async def reward_create(self, info: Info, input: RewardCreateInput) -> RewardCreate:
        try:
            return RewardCreate(reward=Reward.of(await _create(info, input)), errors=[])
        except Refusal as refusal:
            return RewardCreate(reward=None, errors=[StaffError.of(refusal)])

    @strawberry.mutation(
        permission_classes=[ManagesDiscounts],
        description="Change a reward. Coupons that are out stay good for what they were given for; where what they do "
        "changes, new ones get another voucher.",
    )
    async def reward_update(self, info: Info, input: RewardUpdateInput) -> RewardUpdate:
        try:
            return RewardUpdate(reward=Reward.of(await _update(info, input)), errors=[])
        except Refusal as refusal:
            return RewardUpdate(reward=None, errors=[StaffError.of(refusal)])

    @strawberry.mutation(
        permission_classes=[ManagesDiscounts],
        description="Give a reward no more. Codes that nobody has are withdrawn from the shop.",
    )
    async def reward_retire(self, info: Info, input: RewardRetireInput) -> RewardRetire:
        try:
            return RewardRetire(reward=Reward.of(await _retire(info, input)), errors=[])
        except Refusal as refusal:
            return RewardRetire(reward=None, errors=[StaffError.of(refusal)])


async def _create(info: Info, wanted: RewardCreateInput) -> rewards.Reward:
    context, terms = info.context, wanted.reward.read()
    _demand_possible(info, terms)
    async with context.database.shop(context.shop) as session:
        known = await programs_by_id(session)
        program = _program(known, ProgramId(uuid_of(wanted.program_id, "LoyaltyProgram", field="programId")))
        made = await rewards.create_reward(session, context.shop, program, terms, at=context.at)
        line = context.act("rewardCreate", subject=_subject(made), after=_told(made), reason=reason_of(wanted.text))
        await audit(session, context.shop, line)
    return made


async def _update(info: Info, wanted: RewardUpdateInput) -> rewards.Reward:
    context, terms = info.context, wanted.reward.read()
    _demand_possible(info, terms)
    async with context.database.shop(context.shop) as session:
        key = reward_key(wanted.id)
        held = (await rewards.rewards_by_id(session, [key])).get(key)
        if held is None:
            raise rewards.RewardNotFound
        before, after = await rewards.update_reward(
            session,
            context.shop,
            key,
            terms,
            program=(await programs_by_id(session))[held.program],
            expected_version=wanted.expected_version,
            at=context.at,
        )
        line = context.act(
            "rewardUpdate",
            subject=_subject(after),
            before=_told(before),
            after=_told(after),
            reason=reason_of(wanted.text),
        )
        await audit(session, context.shop, line)
    return after


async def _retire(info: Info, wanted: RewardRetireInput) -> rewards.Reward:
    context = info.context
    async with context.database.shop(context.shop) as session:
        before, after = await rewards.retire_reward(session, context.shop, reward_key(wanted.id), at=context.at)
        line = context.act(
            "rewardRetire",
            subject=_subject(after),
            before=_told(before),
            after=_told(after),
            reason=reason_of(wanted.text),
        )
        await audit(session, context.shop, line)
    return after


def reward_key(text: str) -> RewardId:
    """Raises BadInputField."""
    return RewardId(uuid_of(text, "LoyaltyReward", field="rewardId"))


def _demand_possible(info: Info, terms: rewards.RewardTerms) -> None:
    version = info.context.staff.installation.saleor_version
    if terms.kind is rewards.RewardKind.GIFT_CARD and not can_bind_cards(version):
        raise CardsNotBindableHere


def _program(known: dict[ProgramId, Program], wanted: ProgramId) -> Program:
    if wanted not in known:
        raise BadInputField("programId", "There is no such program.")
    return known[wanted]


def _subject(reward: rewards.Reward) -> Subject:
    return Subject("LoyaltyReward", str(reward.id))


def _told(reward: rewards.Reward) -> dict[str, Any]:
    """A reward as the audit trail keeps it."""
    terms: dict[str, Any] = msgspec.to_builtins(reward.terms)
    return {"version": reward.version, "retired": reward.retired_at is not None, "terms": terms}
