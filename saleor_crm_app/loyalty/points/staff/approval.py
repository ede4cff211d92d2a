"""Whether staff act alone or ask a second person, and what happens when that one decides."""

from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any, Final, assert_never
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from saleor_crm_app.kernel.audit import Actor
from saleor_crm_app.kernel.ids import EntryId, InstallationId, ShardKey
from saleor_crm_app.loyalty.points.reading.history import EntryLine, EntryWindow, entries_of
from saleor_crm_app.loyalty.points.staff.act_errors import SecondPersonNeeded
from saleor_crm_app.loyalty.points.staff.acts import (
    Adjustment,
    Desk,
    Goodwill,
    Instruction,
    Reversal,
    adjust,
    conclude,
    grant_goodwill,
    open_desk,
)
from saleor_crm_app.loyalty.points.staff.allowance import may_move_alone
from saleor_crm_app.loyalty.points.staff.reversal import reverse
from saleor_crm_app.loyalty.points.staff.staff_requests import (
    RequestState,
    StaffRequest,
    lock_waiting,
    open_request,
    save_decision,
)

_PROGRAMS_KEY: Final = "ApiKey:"


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """An account's sums at one moment of a transaction."""

    balance: int
    deficit: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """What became of an instruction: an entry, or a request that waits; and the account before and after."""

    line: EntryLine | None
    request: StaffRequest | None
    shard: ShardKey
    points: int
    before: Standing
    after: Standing

    @property
    def entry(self) -> EntryId | None:
        return None if self.line is None else self.line.id


async def perform(session: AsyncSession, installation: InstallationId, wanted: Instruction, *, at: datetime) -> Outcome:
    """Do it, whoever asks and however much it is: for what was approved, and for the app's own acts.

    Raises what acts on points refuse.
    """
    before, desk = await _prepared(session, installation, wanted, at=at)
    return await _concluded(session, installation, desk, wanted, before)


async def instruct(
    session: AsyncSession, installation: InstallationId, wanted: Instruction, *, at: datetime
) -> Outcome:
    """Do it within what one person may do alone, else have it wait for a second one.

    Raises what acts on points refuse; what could not be done now does not wait either.
    """
    before, desk = await _prepared(session, installation, wanted, at=at)
    points = desk.journal.entries[-1]["points"]
    alone = await may_move_alone(session, installation, desk.program, actor=wanted.actor.id, points=abs(points), at=at)
    if alone:
        return await _concluded(session, installation, desk, wanted, before)
    shard = desk.account.shard
    request = await open_request(session, installation, wanted, shard=shard, points=points, at=at)
    return Outcome(line=None, request=request, shard=shard, points=points, before=before, after=before)


async def approve(
    session: AsyncSession, installation: InstallationId, request: UUID, *, by: Actor, at: datetime
) -> tuple[StaffRequest, Outcome]:
    """Do what another person asked for; their day's limit is not touched, since two stand for it.

    Gives the request as it stands then.

    Raises RequestNotFound, RequestDecided, SecondPersonNeeded, and what acts on points refuse.
    """
    waiting = await lock_waiting(session, installation, request, at=at)
    if by.id == waiting.requester.id or by.id.startswith(_PROGRAMS_KEY):
        raise SecondPersonNeeded
    outcome = await perform(session, installation, waiting.instruction(), at=at)
    decided = replace(waiting, state=RequestState.APPROVED, decider=by, decided_at=at, entry=outcome.entry)
    await save_decision(session, installation, decided)
    return decided, outcome


async def reject(
    session: AsyncSession, installation: InstallationId, request: UUID, *, by: Actor, at: datetime
) -> StaffRequest:
    """Refuse a request for good; who asked may take it back so. Gives it as it stands then.

    Raises RequestNotFound and RequestDecided.
    """
    waiting = await lock_waiting(session, installation, request, at=at)
    decided = replace(waiting, state=RequestState.REJECTED, decider=by, decided_at=at)
    await save_decision(session, installation, decided)
    return decided


async def _prepared(
    session: AsyncSession, installation: InstallationId, wanted: Instruction, *, at: datetime
) -> tuple[Standing, Desk]:
    """The desk with everything posted in memory and nothing written; the account's lock is held."""
    desk = await open_desk(session, installation, wanted, at=at)
    before = _standing(desk)
    why: dict[str, Any] = {"code": wanted.act.code.value}
    match wanted.act:
        case Adjustment():
            adjust(desk, wanted.act, key=wanted.key, why=why)
        case Goodwill():
            grant_goodwill(desk, wanted.act, key=wanted.key, why=why)
        case Reversal():
            await reverse(session, installation, desk, wanted.act, key=wanted.key, why=why)
        case _:
            assert_never(wanted.act)
    return before, desk


async def _concluded(
    session: AsyncSession, installation: InstallationId, desk: Desk, wanted: Instruction, before: Standing
) -> Outcome:
    await conclude(session, installation, desk, wanted)
    account = desk.account
    written = EntryWindow(most=1, older_than=account.last_seq + 1)
    [line] = (await entries_of(session, installation, desk.member, written)).lines
    return Outcome(
        line=line, request=None, shard=account.shard, points=line.points, before=before, after=_standing(desk)
    )


def _standing(desk: Desk) -> Standing:
    return Standing(balance=desk.account.balance, deficit=desk.account.deficit)
