"""Programs that staff change, pause and resume."""

from typing import Any, Final
from zoneinfo import ZoneInfo

import msgspec
import strawberry

from saleor_crm_app.jobs import outbox
from saleor_crm_app.kernel.audit import LONGEST_REASON, Subject, audit
from saleor_crm_app.kernel.errors import Refusal
from saleor_crm_app.kernel.ids import ProgramId
from saleor_crm_app.loyalty import points
from saleor_crm_app.loyalty.program import Program, ProgramChange, change_program, pause_program, programs
from saleor_crm_app.staff.context import Info
from saleor_crm_app.staff.health import StaffError
from saleor_crm_app.staff.inputs import BadInputField, uuid_of, words_of
from saleor_crm_app.staff.permissions import ManagesDiscounts
from saleor_crm_app.staff.program import LoyaltyProgram
from saleor_crm_app.staff.program_settings import ProgramSettingsInput, settings_of

_LONGEST_NAME: Final = 100
_MOST_DAYS: Final = 3650
_TEXT: Final = "Why, in your words; staff read it in the audit trail."


@strawberry.input(description="How a program shall be: its settings whole, of the rest what is given.")
class ProgramUpdateInput:
    program_id: strawberry.ID = strawberry.field(description="The program's global id.")
    expected_version: int = strawberry.field(description="The version you read; another one is refused.")
    settings: ProgramSettingsInput = strawberry.field(description="All of its settings.")
    name: str | None = strawberry.field(default=None, description="The program's name.")
    zone: str | None = strawberry.field(default=None, description="The IANA time zone in which its days end.")
    confirm_after_days: int | None = strawberry.field(
        default=None, description="So many days after an order was fulfilled its points become available."
    )
    earn_staff_orders: bool | None = strawberry.field(
        default=None, description="Whether orders of the shop's own staff earn points."
    )
    text: str | None = strawberry.field(default=None, description=_TEXT)


@strawberry.input(description="A program to pause.")
class ProgramPauseInput:
    program_id: strawberry.ID = strawberry.field(description="The program's global id.")
    text: str | None = strawberry.field(default=None, description=_TEXT)


@strawberry.input(description="A program to resume.")
class ProgramResumeInput:
    program_id: strawberry.ID = strawberry.field(description="The program's global id.")
    text: str | None = strawberry.field(default=None, description=_TEXT)


@strawberry.type(description="A program that was changed.")
class ProgramPayload:
    program: LoyaltyProgram | None = strawberry.field(description="The program as it is now.")
    errors: list[StaffError] = strawberry.field(description="What was refused; nothing was changed then.")


@strawberry.type(description="A program with other settings.")
class ProgramUpdate(ProgramPayload):
    """Its own name, as each mutation's payload has."""


@strawberry.type(description="A program that stands still.")
class ProgramPause(ProgramPayload):
    """Its own name, as each mutation's payload has."""


@strawberry.type(description="A program that goes on.")
class ProgramResume(ProgramPayload):
    """Its own name, as each mutation's payload has."""


@strawberry.type(description="What staff may do about programs.")
class ProgramMutation:
    @strawberry.mutation(
        permission_classes=[ManagesDiscounts],
        description="Change a program's settings. What was granted already stays as it is.",
    )
    async def program_update(self, info: Info, input: ProgramUpdateInput) -> ProgramUpdate:
        try:
            return ProgramUpdate(program=await _update(info, input), errors=[])
        except Refusal as refusal:
            return ProgramUpdate(program=None, errors=[StaffError.of(refusal)])

    @strawberry.mutation(
        permission_classes=[ManagesDiscounts],
        description="Have a program stand still: nothing is spent and nothing lapses until it goes on.",
    )
    async def program_pause(self, info: Info, input: ProgramPauseInput) -> ProgramPause:
        try:
            return ProgramPause(program=await _pause(info, input, paused=True), errors=[])
        except Refusal as refusal:
            return ProgramPause(program=None, errors=[StaffError.of(refusal)])

    @strawberry.mutation(
        permission_classes=[ManagesDiscounts],
        description="Have a paused program go on: ends move by the pause, and its orders are posted.",
    )
    async def program_resume(self, info: Info, input: ProgramResumeInput) -> ProgramResume:
        try:
            return ProgramResume(program=await _pause(info, input, paused=False), errors=[])
        except Refusal as refusal:
            return ProgramResume(program=None, errors=[StaffError.of(refusal)])


async def _update(info: Info, given: ProgramUpdateInput) -> LoyaltyProgram:
    context = info.context
    key = ProgramId(uuid_of(given.program_id, "LoyaltyProgram", field="programId"))
    change, reason = _change(given), _reason(given.text)
    async with context.database.shop(context.shop) as session:
        before, after = await change_program(
            session, context.shop, key, change, expected_version=given.expected_version, at=context.at
        )
        line = context.act(
            "programUpdate", subject=_subject(key), before=_state(before), after=_state(after), reason=reason
        )
        await audit(session, context.shop, line)
        if (
            before.settings.dry_run and not after.settings.dry_run
        ):  # what had earned before it was not followed meanwhile
            again = points.memberships.AccrueAgain(installation=context.shop, program=key)
            await outbox.enqueue(session, again)
        return LoyaltyProgram.of(next(each for each in await programs(session) if each.program.id == key))


async def _pause(info: Info, given: ProgramPauseInput | ProgramResumeInput, *, paused: bool) -> LoyaltyProgram:
    context = info.context
    key = ProgramId(uuid_of(given.program_id, "LoyaltyProgram", field="programId"))
    reason = _reason(given.text)
    async with context.database.shop(context.shop) as session:
        if paused:
            before, after = await pause_program(session, context.shop, key, at=context.at)
        else:
            resumed = await points.memberships.resume(session, context.shop, key, at=context.at)
            before, after = resumed.before, resumed.after
        line = context.act(
            "programPause" if paused else "programResume",
            subject=_subject(key),
            before=_standing(before),
            after=_standing(after),
            reason=reason,
        )
        await audit(session, context.shop, line)
        return LoyaltyProgram.of(next(each for each in await programs(session) if each.program.id == key))


def _change(given: ProgramUpdateInput) -> ProgramChange:
    days = given.confirm_after_days
    if days is not None and not 0 <= days <= _MOST_DAYS:
        raise BadInputField("confirmAfterDays", f"Give 0 to {_MOST_DAYS} days.")
    return ProgramChange(
        settings=settings_of(given.settings),
        name=None if given.name is None else words_of(given.name, field="name", most=_LONGEST_NAME),
        zone=None if given.zone is None else _zone(given.zone),
        confirm_after_days=days,
        earn_staff_orders=given.earn_staff_orders,
    )


def _zone(name: str) -> ZoneInfo:
    try:
        return ZoneInfo(name)
    except (KeyError, ValueError, OSError) as error:  # unknown, no name of a zone, a folder of them
        raise BadInputField("zone", "That is no IANA time zone, such as Europe/Berlin.") from error


def _reason(text: str | None) -> str | None:
    return None if text is None else words_of(text, field="text", most=LONGEST_REASON)


def _subject(program: ProgramId) -> Subject:
    return Subject("LoyaltyProgram", str(program))


def _state(program: Program) -> dict[str, Any]:
    return {
        "version": program.version,
        "name": program.name,
        "zone": program.zone.key,
        "confirm_after_days": program.confirm_after_days,
        "earn_staff_orders": program.earn_staff_orders,
        "settings": msgspec.to_builtins(program.settings),
    }


def _standing(program: Program) -> dict[str, Any]:
    paused = program.paused_at
    return {"version": program.version, "paused_at": None if paused is None else paused.isoformat()}
