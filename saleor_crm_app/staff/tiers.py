"""Tiers that staff read, try out and change, and members whom they place or protect; each act is written down."""

from datetime import datetime
from typing import Annotated, Any

import strawberry

from saleor_crm_app.kernel.audit import LONGEST_REASON, Subject, audit
from saleor_crm_app.kernel.errors import LoyaltyErrorCode, Refusal
from saleor_crm_app.kernel.ids import AccountId, CustomerId, ProgramId, global_id
from saleor_crm_app.loyalty import points, tiers
from saleor_crm_app.loyalty.program import Program, ProgramInChannels, programs
from saleor_crm_app.loyalty.tiers import LiveLadder, Placed, Standing, TierCode
from saleor_crm_app.staff.context import Info
from saleor_crm_app.staff.health import StaffError
from saleor_crm_app.staff.inputs import given, instant, uuid_of, words_of
from saleor_crm_app.staff.permissions import ManagesDiscounts, ManagesUsers
from saleor_crm_app.staff.points import Member
from saleor_crm_app.staff.tier_types import TierLadder, TierLadderInput

_TEXT = "Why, in your words; staff read it in the audit trail."

ProgramArgument = Annotated[strawberry.ID, strawberry.argument(description="The program's global id.")]


class NoSuch(Refusal):
    """A program or member that this shop does not have."""

    code = LoyaltyErrorCode.NOT_FOUND

    def __init__(self, field: str) -> None:
        self.field = field
        super().__init__("There is no such one in this shop.")


@strawberry.input(description="Tiers to try out.")
class TierPreviewInput:
    program_id: strawberry.ID = strawberry.field(description="The program's global id.")
    ladder: TierLadderInput = strawberry.field(description="The tiers as they might be.")


@strawberry.type(description="Members who would go from one tier to another.")
class TierMove:
    before: str | None = strawberry.field(description="The code of the tier they are in; null below the first one.")
    after: str | None = strawberry.field(description="The code of the tier they would be in; null below the first one.")
    members: int = strawberry.field(description="How many they are.")
    examples: list[strawberry.ID] = strawberry.field(description="Global ids in Saleor of up to ten of them.")


@strawberry.type(description="What saving these tiers would do to members at once.")
class TierPreview:
    members: int = strawberry.field(description="How many members the program has.")
    noticed: int = strawberry.field(description="How many would be given notice.")
    moves: list[TierMove] = strawberry.field(description="Who would move, the most common way first.")
    errors: list[StaffError] = strawberry.field(description="Why the tiers cannot be used.")

    @classmethod
    def of(cls, found: tiers.Moves) -> "TierPreview":
        moves = [
            TierMove(
                before=move.before,
                after=move.after,
                members=move.members,
                examples=[strawberry.ID(global_id("User", customer)) for customer in move.examples],
            )
            for move in found.moves
        ]
        return cls(members=found.members, noticed=found.noticed, moves=moves, errors=[])


@strawberry.input(description="How a program's tiers shall be, all of them.")
class TierUpdateInput:
    program_id: strawberry.ID = strawberry.field(description="The program's global id.")
    expected_version: int = strawberry.field(
        description="The version you read, 0 where there were no tiers; another one is refused."
    )
    ladder: TierLadderInput = strawberry.field(description="The tiers.")
    text: str | None = strawberry.field(default=None, description=_TEXT)


@strawberry.type(description="Tiers that were changed; all members are measured soon.")
class TierUpdate:
    ladder: TierLadder | None = strawberry.field(description="The tiers as they are now.")
    errors: list[StaffError] = strawberry.field(description="What was refused; nothing was changed then.")


@strawberry.input(description="A member to put in a tier.")
class MemberTierSetInput:
    member_id: strawberry.ID = strawberry.field(description="The member's global id.")
    tier: str | None = strawberry.field(description="The tier's code; null for below the first one.")
    text: str = strawberry.field(description=_TEXT)


@strawberry.input(description="A member whose tier to protect.")
class MemberTierProtectInput:
    member_id: strawberry.ID = strawberry.field(description="The member's global id.")
    until: datetime | None = strawberry.field(description="Until when; null ends a protection now.")
    text: str = strawberry.field(description=_TEXT)


@strawberry.type(description="A member who was put in a tier.")
class MemberTierSet:
    member: Member | None = strawberry.field(description="The member as it stands now.")
    errors: list[StaffError] = strawberry.field(description="What was refused.")


@strawberry.type(description="A member whose tier is protected, or is so no more.")
class MemberTierProtect:
    member: Member | None = strawberry.field(description="The member as it stands now.")
    errors: list[StaffError] = strawberry.field(description="What was refused.")


@strawberry.type(description="What staff may read of tiers.")
class TierQuery:
    @strawberry.field(permission_classes=[ManagesDiscounts], description="A program's tiers; null while it has none.")
    async def tiers(self, info: Info, program_id: ProgramArgument) -> TierLadder | None:
        program = ProgramId(uuid_of(program_id, "LoyaltyProgram", field="programId"))
        async with info.context.reading.session() as session:
            live = (await tiers.ladders_of(session, info.context.shop, [program])).get(program)
        return None if live is None else TierLadder.of(live)

    @strawberry.field(
        permission_classes=[ManagesDiscounts],
        description="Who would change tiers, were these saved now; nothing is changed.",
    )
    async def tier_preview(self, info: Info, input: TierPreviewInput) -> TierPreview:
        try:
            return TierPreview.of(await _preview(info, input))
        except Refusal as refusal:
            return TierPreview(members=0, noticed=0, moves=[], errors=[StaffError.of(refusal)])


@strawberry.type(description="What staff may do about tiers.")
class TierMutation:
    @strawberry.mutation(
        permission_classes=[ManagesDiscounts],
        description="Change a program's tiers. Nobody loses one by it before the term for which it was promised.",
    )
    async def tier_update(self, info: Info, input: TierUpdateInput) -> TierUpdate:
        try:
            return TierUpdate(ladder=TierLadder.of(await _update(info, input)), errors=[])
        except Refusal as refusal:
            return TierUpdate(ladder=None, errors=[StaffError.of(refusal)])

    @strawberry.mutation(
        permission_classes=[ManagesUsers],
        description="Put a member in a tier, which is kept for its term; what is bought later lets them climb.",
    )
    async def member_tier_set(self, info: Info, input: MemberTierSetInput) -> MemberTierSet:
        try:
            return MemberTierSet(member=await _set(info, input), errors=[])
        except Refusal as refusal:
            return MemberTierSet(member=None, errors=[StaffError.of(refusal)])

    @strawberry.mutation(
        permission_classes=[ManagesUsers],
        description="Let a member keep the tier until a date whatever is bought, or end that.",
    )
    async def member_tier_protect(self, info: Info, input: MemberTierProtectInput) -> MemberTierProtect:
        try:
            return MemberTierProtect(member=await _protect(info, input), errors=[])
        except Refusal as refusal:
            return MemberTierProtect(member=None, errors=[StaffError.of(refusal)])


async def _preview(info: Info, wanted: TierPreviewInput) -> tiers.Moves:
    plan = wanted.ladder.read()
    async with info.context.reading.session() as session:
        program = _program_of(await programs(session), wanted.program_id)
        return await tiers.who_would_move(session, info.context.shop, program, plan=plan, at=info.context.at)


async def _update(info: Info, wanted: TierUpdateInput) -> LiveLadder:
    context, plan = info.context, wanted.ladder.read()
    text = given(wanted.text)
    reason = None if text is None else words_of(text, field="text", most=LONGEST_REASON)
    async with context.database.shop(context.shop) as session:
        program = _program_of(await programs(session), wanted.program_id).id
        before = (await tiers.ladders_of(session, context.shop, [program])).get(program)
        await tiers.save_ladder(
            session,
            context.shop,
            program,
            plan=plan,
            expected=wanted.expected_version,
            author=context.actor.id,
            at=context.at,
        )
        after = (await tiers.ladders_of(session, context.shop, [program]))[program]
        line = context.act(
            "tierUpdate",
            subject=Subject("LoyaltyProgram", str(program)),
            before=None if before is None else _plan(before),
            after=_plan(after),
            reason=reason,
        )
        await audit(session, context.shop, line)
        return after


async def _set(info: Info, wanted: MemberTierSetInput) -> Member:
    code = None if wanted.tier is None else TierCode(words_of(wanted.tier, field="tier", most=31))
    context, account, reason = info.context, _account(wanted.member_id), _reason(wanted.text)
    async with context.database.shop(context.shop) as session:
        member = await points.member_by_account(session, context.shop, account)
        if member is None:
            raise NoSuch("memberId")
        placed = await tiers.set_tier(session, context.shop, _owner(member), tier=code, at=context.at)
        await audit(session, context.shop, context.act("memberTierSet", **_told(member, placed), reason=reason))
    return Member.of(member)


async def _protect(info: Info, wanted: MemberTierProtectInput) -> Member:
    context, account, reason = info.context, _account(wanted.member_id), _reason(wanted.text)
    async with context.database.shop(context.shop) as session:
        member = await points.member_by_account(session, context.shop, account)
        if member is None:
            raise NoSuch("memberId")
        until = instant(wanted.until)
        placed = await tiers.protect(session, context.shop, _owner(member), until=until, at=context.at)
        await audit(session, context.shop, context.act("memberTierProtect", **_told(member, placed), reason=reason))
    return Member.of(member)


def _program_of(held: list[ProgramInChannels], text: str) -> Program:
    """Raises BadInputField and NoSuch."""
    wanted = uuid_of(text, "LoyaltyProgram", field="programId")
    for one in held:
        if one.program.id == wanted:
            return one.program
    raise NoSuch("programId")


def _account(text: str) -> AccountId:
    return AccountId(uuid_of(text, "Member", field="memberId"))


def _owner(member: points.Member) -> tuple[CustomerId, ProgramId]:
    return member.customer, member.program


def _reason(text: str) -> str:
    return words_of(text, field="text", most=LONGEST_REASON)


def _plan(live: LiveLadder) -> dict[str, Any]:
    """A ladder as the audit trail keeps it: numbers and codes."""
    plan = live.ladder.plan
    return {
        "version": live.ladder.version,
        "basis": plan.basis.value,
        "window": [plan.window.kind.value, plan.window.months],
        "keep_months": plan.keep_months,
        "notice_days": plan.notice_days,
        "grace_days": plan.grace_days,
        "tiers": [[tier.code, tier.threshold, tier.multiplier_percent] for tier in plan.tiers],
    }


def _told(member: points.Member, placed: Placed) -> dict[str, Any]:
    return {
        "subject": Subject("Member", str(member.account)),
        "before": _stands(placed.before),
        "after": _stands(placed.after),
    }


def _stands(standing: Standing) -> dict[str, Any]:
    protected = standing.protected_until
    return {"tier": standing.tier, "protected_until": None if protected is None else protected.isoformat()}
