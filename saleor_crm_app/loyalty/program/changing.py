"""Changes a program: its settings whole, by who has read them last, and whether it stands still."""

from dataclasses import dataclass
from datetime import datetime
from zoneinfo import ZoneInfo

import msgspec
import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncSession

from saleor_crm_app.kernel.errors import LoyaltyErrorCode, Refusal
from saleor_crm_app.kernel.ids import InstallationId, ProgramId
from saleor_crm_app.loyalty.program.registry import Program, programs
from saleor_crm_app.loyalty.program.settings import ProgramSettings


class ProgramNotFound(Refusal):
    """No program of this shop has that id."""

    code = LoyaltyErrorCode.NOT_FOUND
    field = "programId"

    def __init__(self) -> None:
        super().__init__("There is no such program.")


class ProgramChangedMeanwhile(Refusal):
    """Somebody else was faster; `found` is the version that holds now."""

    code = LoyaltyErrorCode.STALE_VERSION
    field = "expectedVersion"

    def __init__(self, *, expected: int, found: int) -> None:
        self.expected = expected
        self.found = found
        super().__init__(f"The program is at version {found} by now, not at {expected}; read it again.")


class PauseUnchanged(Refusal):
    """The program stands still already, or does not."""

    code = LoyaltyErrorCode.INVALID
    field = "programId"

    def __init__(self, *, paused: bool) -> None:
        self.paused = paused
        super().__init__("This program is paused already." if paused else "This program is not paused.")


@dataclass(frozen=True, slots=True, kw_only=True)
class ProgramChange:
    """How a program shall be: `settings` whole, of the rest what is not None."""

    settings: ProgramSettings
    name: str | None = None
    zone: ZoneInfo | None = None
    confirm_after_days: int | None = None
    earn_staff_orders: bool | None = None


_LOCK = sa.text("SELECT version FROM program WHERE installation_id = :installation AND id = :program FOR UPDATE")
_CHANGE = sa.text(
    """
    UPDATE program SET settings = CAST(:settings AS jsonb), name = coalesce(:name, name), zone = coalesce(:zone, zone),
                       confirm_after_days = coalesce(:confirm, confirm_after_days),
                       earn_staff_orders = coalesce(:staff, earn_staff_orders), version = version + 1
    WHERE installation_id = :installation AND id = :program
    """
).bindparams(sa.bindparam("confirm", type_=sa.Integer), sa.bindparam("staff", type_=sa.Boolean))
_PAUSE = sa.text(
    "UPDATE program SET paused_at = :at, version = version + 1 WHERE installation_id = :installation AND id = :program"
).bindparams(sa.bindparam("at", type_=sa.DateTime(timezone=True)))


async def change_program(
    session: AsyncSession,
    installation: InstallationId,
    program: ProgramId,
    change: ProgramChange,
    *,
    expected_version: int,
    at: datetime,
) -> tuple[Program, Program]:
    """Give a program other settings; gives it as it was and as it is then.

    Where a dry run ends by it, only what comes from `at` on earns. Raises ProgramNotFound and ProgramChangedMeanwhile.
    """
    before = await _locked(session, installation, program)
    if before.version != expected_version:
        raise ProgramChangedMeanwhile(expected=expected_version, found=before.version)
    values = {
        "installation": installation,
        "program": program,
        "settings": msgspec.json.encode(_since(before.settings, change.settings, at)).decode(),
        "name": change.name,
        "zone": None if change.zone is None else change.zone.key,
        "confirm": change.confirm_after_days,
        "staff": change.earn_staff_orders,
    }
    await session.execute(_CHANGE, values)
    return before, await _read(session, program)


async def pause_program(
    session: AsyncSession, installation: InstallationId, program: ProgramId, *, at: datetime | None
) -> tuple[Program, Program]:
    """Have a program stand still from `at` on, or go on where that is None; gives it as it was and as it is then.

    Raises ProgramNotFound and PauseUnchanged.
    """
    before = await _locked(session, installation, program)
    if (before.paused_at is None) is (at is None):
        raise PauseUnchanged(paused=at is not None)
    await session.execute(_PAUSE, {"installation": installation, "program": program, "at": at})
    return before, await _read(session, program)


def _since(before: ProgramSettings, wanted: ProgramSettings, at: datetime) -> ProgramSettings:
    """What nobody chooses: from when on orders earn."""
    ends = before.dry_run and not wanted.dry_run
    return msgspec.structs.replace(wanted, earn_since=at if ends else before.earn_since)


async def _locked(session: AsyncSession, installation: InstallationId, program: ProgramId) -> Program:
    name = {"installation": installation, "program": program}
    if (await session.execute(_LOCK, name)).one_or_none() is None:
        raise ProgramNotFound
    return await _read(session, program)


async def _read(session: AsyncSession, program: ProgramId) -> Program:
    session.expire_all()  # what was read before the change is not what is stored now
    return next(each.program for each in await programs(session) if each.program.id == program)
