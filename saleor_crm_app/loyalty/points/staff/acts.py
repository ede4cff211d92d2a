"""Points that staff move: adjustments, goodwill, and the undoing of one entry; each names who, why and by which key."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

import msgspec
import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncSession

from saleor_crm_app.kernel.audit import Actor
from saleor_crm_app.kernel.idempotency import IdempotencyConflict
from saleor_crm_app.kernel.ids import AccountId, EntryId, InstallationId, LotId, new_id, shard_key
from saleor_crm_app.loyalty.points.errors import AccountClosed, NotEnoughPoints
from saleor_crm_app.loyalty.points.journal import Journal, OpenAccount, Posted
from saleor_crm_app.loyalty.points.ledger import lock_accounts, write
from saleor_crm_app.loyalty.points.lots import Draw, Lot, give, take_back
from saleor_crm_app.loyalty.points.models import AccountStatus, EntryKind, EntrySource
from saleor_crm_app.loyalty.points.reading.members import Member, member_by_account
from saleor_crm_app.loyalty.points.shelf import Shelf, fill
from saleor_crm_app.loyalty.points.staff.act_errors import DeficitNotAllowed, MemberNotFound
from saleor_crm_app.loyalty.points.staff.notes import EntryNote, ReasonCode, write_note
from saleor_crm_app.loyalty.points.terms import Terms, expiry_of
from saleor_crm_app.loyalty.program import DeficitPolicy, Program, programs


class Adjustment(msgspec.Struct, frozen=True, kw_only=True, tag="ADJUST"):
    """Points given (+) or taken (-). Taken are free ones by nearest expiry; more only where the account may owe."""

    points: int
    code: ReasonCode
    allow_deficit: bool = False


class Goodwill(msgspec.Struct, frozen=True, kw_only=True, tag="GOODWILL"):
    """Points given as a courtesy, on a cost center of their own: the program's, unless one is named."""

    points: int
    code: ReasonCode = ReasonCode.GOODWILL
    cost_center: str | None = None


class Reversal(msgspec.Struct, frozen=True, kw_only=True, tag="REVERSE"):
    """One entry undone."""

    entry: UUID
    code: ReasonCode
    allow_deficit: bool = False


StaffAct = Adjustment | Goodwill | Reversal


@dataclass(frozen=True, slots=True, kw_only=True)
class Instruction:
    """What somebody of the staff wants done to an account. `key` is the entry's, one for each instruction."""

    account: AccountId
    act: StaffAct
    reason: str
    actor: Actor
    key: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Desk:
    """An account under lock with its program and all its open lots, ready to be acted upon."""

    member: Member
    shelf: Shelf
    program: Program
    journal: Journal

    @property
    def account(self) -> OpenAccount:
        return self.shelf.account

    @property
    def at(self) -> datetime:
        return self.journal.recorded_at

    def post(self, posted: Posted) -> None:
        """Add an entry, and have the lots it moved written."""
        self.journal.post(self.account, posted)
        self.shelf.touch(self.journal, posted.draws)

    def lapse(self) -> None:
        """Let go what is past its end before anything is taken; in a paused program nothing lapses."""
        if self.program.paused_at is None:
            self.shelf.lapse(self.journal)


_TAKEN = sa.text(
    "SELECT 1 FROM entry WHERE installation_id = :installation AND shard_key = :shard AND account_id = :account"
    " AND key = :key"
)


async def open_desk(session: AsyncSession, installation: InstallationId, wanted: Instruction, *, at: datetime) -> Desk:
    """Lock the account and read what an act on it needs.

    Raises MemberNotFound, AccountClosed, and IdempotencyConflict for a key whose entry is there already.
    """
    member = await member_by_account(session, installation, wanted.account)
    if member is None:
        raise MemberNotFound
    shard = shard_key(installation, member.customer)
    account = (await lock_accounts(session, installation, [(shard, wanted.account)]))[wanted.account]
    if account.status not in {AccountStatus.ACTIVE, AccountStatus.HELD}:
        raise AccountClosed
    name = {"installation": installation, "shard": shard, "account": account.id, "key": wanted.key}
    if (await session.execute(_TAKEN, name)).first() is not None:
        raise IdempotencyConflict
    shelf = Shelf(account)
    await fill(session, installation, {account.id: shelf}, [account.id])
    known = {each.program.id: each.program for each in await programs(session)}
    return Desk(member=member, shelf=shelf, program=known[account.program], journal=Journal(installation, at))


def adjust(desk: Desk, act: Adjustment, *, key: str, why: dict[str, Any]) -> None:
    """Give or take points.

    Raises NotEnoughPoints and DeficitNotAllowed.
    """
    if act.points > 0:
        draws = give_now(desk, act.points, source=EntrySource.STAFF)
    else:
        draws = take(desk, -act.points, own=None, may_owe=act.allow_deficit)
    _post(desk, EntryKind.ADJUST, EntrySource.STAFF, key, why, draws)


def grant_goodwill(desk: Desk, act: Goodwill, *, key: str, why: dict[str, Any]) -> None:
    """Give points that a cost center pays for."""
    draws = give_now(desk, act.points, source=EntrySource.GOODWILL, cost_center=cost_center_of(desk, act))
    _post(desk, EntryKind.EARN, EntrySource.GOODWILL, key, why, draws)


def cost_center_of(desk: Desk, act: StaffAct) -> str | None:
    """Who pays for a courtesy; nobody in particular for anything else."""
    if not isinstance(act, Goodwill):
        return None
    return act.cost_center or desk.program.settings.staff.goodwill_cost_center


def give_now(desk: Desk, points: int, *, source: EntrySource, cost_center: str | None = None) -> list[Draw]:
    """Points that are available at once and lapse as the program's do, after what the account owes is made up."""
    terms = Terms(desk.at, expiry_of(desk.at, desk.program, last_active=desk.account.last_active_at))
    lot = Lot(LotId(new_id()), granted=0, remaining=0, terms=terms, fresh=True, source=source, cost_center=cost_center)
    draws = give(lot, points, deficit=desk.account.deficit)
    if lot.granted:
        desk.shelf.lots[lot.id] = lot
        desk.journal.date_lot(desk.account, lot)
    return draws


def take(desk: Desk, points: int, *, own: Lot | None, may_owe: bool) -> list[Draw]:
    """Take free points: those of the own lot, then pending ones, then by nearest expiry; what lacks is owed.

    Raises NotEnoughPoints where it must not be owed, and DeficitNotAllowed where the program lets nobody owe.
    """
    desk.lapse()
    lots = desk.shelf.lots.values()
    free = sum(lot.free for lot in lots)
    if points > free and not may_owe:
        raise NotEnoughPoints(available=free, short_by=points - free)
    if points > free and desk.program.settings.deficit is not DeficitPolicy.ALLOW_DEFICIT:
        raise DeficitNotAllowed(short_by=points - free)
    first = own or Lot(LotId(new_id()), granted=0, remaining=0)
    return take_back(first, [lot for lot in lots if lot is not first], points, at=desk.at)


def _post(
    desk: Desk, kind: EntryKind, source: EntrySource, key: str, why: dict[str, Any], draws: Sequence[Draw]
) -> None:
    desk.post(
        Posted(
            kind=kind,
            source=source,
            key=key,
            order=None,
            program_version=desk.program.version,
            explanation=why,
            occurred_at=desk.at,
            draws=draws,
        )
    )


async def conclude(session: AsyncSession, installation: InstallationId, desk: Desk, wanted: Instruction) -> None:
    """Write what was done at a desk, and the words beside it."""
    await write(session, desk.journal)
    entry = EntryId(desk.journal.entries[-1]["id"])
    note = EntryNote(
        code=wanted.act.code,
        reason=wanted.reason,
        actor=wanted.actor,
        cost_center=cost_center_of(desk, wanted.act),
    )
    await write_note(session, installation, (desk.account.shard, entry), note)
