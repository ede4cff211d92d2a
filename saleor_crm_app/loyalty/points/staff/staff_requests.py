"""What one member of staff asks another to approve: acts too large for one person, waiting for the second."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any, Final
from uuid import UUID

import msgspec
import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import Mapped, mapped_column

from saleor_crm_app.kernel.audit import Actor
from saleor_crm_app.kernel.db import Base, insert_rows
from saleor_crm_app.kernel.ids import AccountId, EntryId, InstallationId, ShardKey, new_id
from saleor_crm_app.loyalty.points.staff.act_errors import RequestDecided, RequestNotFound
from saleor_crm_app.loyalty.points.staff.acts import Instruction, StaffAct

WAITS: Final = timedelta(days=14)


class RequestState(StrEnum):
    """How a request stands; it is expired by time alone, no job is waited for."""

    WAITING = "WAITING"
    APPROVED = "APPROVED"
    REJECTED = "REJECTED"
    EXPIRED = "EXPIRED"


class StaffRequestRow(Base):
    """One act that waits, or waited. Nobody approves their own: the table refuses it too."""

    __tablename__ = "staff_request"

    installation_id: Mapped[UUID] = mapped_column(primary_key=True)
    shard_key: Mapped[int] = mapped_column(sa.BigInteger, primary_key=True)
    id: Mapped[UUID] = mapped_column(primary_key=True)
    account_id: Mapped[UUID]
    points: Mapped[int] = mapped_column(sa.BigInteger)
    act: Mapped[dict[str, Any]] = mapped_column(JSONB)
    reason: Mapped[str | None] = mapped_column(sa.Text)
    requester_id: Mapped[str] = mapped_column(sa.Text)
    requester_name: Mapped[str | None] = mapped_column(sa.Text)
    requested_at: Mapped[datetime] = mapped_column(sa.DateTime(timezone=True))
    expires_at: Mapped[datetime] = mapped_column(sa.DateTime(timezone=True))
    state: Mapped[str] = mapped_column(sa.Text, server_default="WAITING")
    decider_id: Mapped[str | None] = mapped_column(sa.Text)
    decider_name: Mapped[str | None] = mapped_column(sa.Text)
    decided_at: Mapped[datetime | None] = mapped_column(sa.DateTime(timezone=True))
    entry_id: Mapped[UUID | None]

    __table_args__ = (
        sa.CheckConstraint("state IN ('WAITING', 'APPROVED', 'REJECTED')", name="state"),
        sa.CheckConstraint("(state = 'WAITING') = (decider_id IS NULL)", name="decided"),
        sa.CheckConstraint("(state = 'APPROVED') = (entry_id IS NOT NULL)", name="entry"),
        sa.CheckConstraint("state <> 'APPROVED' OR decider_id <> requester_id", name="four_eyes"),
        sa.Index("ix_staff_request_newest", "installation_id", "id"),
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class StaffRequest:
    """A request as it stands; `points` are those that the account would gain, or lose where negative."""

    id: UUID
    shard: ShardKey
    account: AccountId
    act: StaffAct
    points: int
    reason: str | None
    requester: Actor
    requested_at: datetime
    expires_at: datetime
    state: RequestState
    decider: Actor | None = None
    decided_at: datetime | None = None
    entry: EntryId | None = None

    def instruction(self) -> Instruction:
        """What is to be done once it is approved: it stays the requester's act, with a key of its own."""
        return Instruction(
            account=self.account,
            act=self.act,
            reason=self.reason or "",
            actor=self.requester,
            key=f"staff:request:{self.id}",
        )


async def open_request(
    session: AsyncSession,
    installation: InstallationId,
    wanted: Instruction,
    *,
    shard: ShardKey,
    points: int,
    at: datetime,
) -> StaffRequest:
    """Have an act wait for a second person, for 14 days."""
    made = StaffRequest(
        id=new_id(),
        shard=shard,
        account=wanted.account,
        act=wanted.act,
        points=points,
        reason=wanted.reason,
        requester=wanted.actor,
        requested_at=at,
        expires_at=at + WAITS,
        state=RequestState.WAITING,
    )
    row = {
        "installation_id": installation,
        "shard_key": shard,
        "id": made.id,
        "account_id": made.account,
        "points": points,
        "act": msgspec.json.encode(made.act).decode(),
        "reason": made.reason,
        "requester_id": made.requester.id,
        "requester_name": made.requester.name,
        "requested_at": made.requested_at,
        "expires_at": made.expires_at,
    }
    await insert_rows(session, StaffRequestRow.__table__, [row])
    return made


_LOCK = sa.text("SELECT * FROM staff_request WHERE installation_id = :installation AND id = :request FOR UPDATE")


async def lock_waiting(
    session: AsyncSession, installation: InstallationId, request: UUID, *, at: datetime
) -> StaffRequest:
    """Lock a request that waits, so that it is decided once.

    Raises RequestNotFound and RequestDecided.
    """
    row = (await session.execute(_LOCK, {"installation": installation, "request": request})).one_or_none()
    if row is None:
        raise RequestNotFound
    found = _request(row, at)
    if found.state is not RequestState.WAITING:
        raise RequestDecided(state=found.state.value)
    return found


_DECIDE = sa.text(
    """
    UPDATE staff_request SET state = :state, decider_id = :decider, decider_name = :name, decided_at = :at,
                             entry_id = :entry
    WHERE installation_id = :installation AND shard_key = :shard AND id = :id
    """
).bindparams(
    sa.bindparam("at", type_=sa.DateTime(timezone=True)),
    sa.bindparam("entry", type_=sa.Uuid),
    sa.bindparam("shard", type_=sa.BigInteger),
)


async def save_decision(session: AsyncSession, installation: InstallationId, decided: StaffRequest) -> None:
    """Write down what became of a locked request."""
    decider = decided.decider
    decision = {
        "installation": installation,
        "shard": decided.shard,
        "id": decided.id,
        "state": decided.state.value,
        "decider": None if decider is None else decider.id,
        "name": None if decider is None else decider.name,
        "at": decided.decided_at,
        "entry": decided.entry,
    }
    await session.execute(_DECIDE, decision)


_ONE = sa.text("SELECT * FROM staff_request WHERE installation_id = :installation AND id = :request")


async def staff_request(
    session: AsyncSession, installation: InstallationId, request: UUID, *, at: datetime
) -> StaffRequest | None:
    """One request as it stands at an instant."""
    row = (await session.execute(_ONE, {"installation": installation, "request": request})).one_or_none()
    return None if row is None else _request(row, at)


_REQUESTS = sa.text(
    """
    SELECT * FROM staff_request
    WHERE installation_id = :installation AND id < :before
      AND (CAST(:state AS text) IS NULL
           OR CASE WHEN state = 'WAITING' AND expires_at <= :at THEN 'EXPIRED' ELSE state END = :state)
    ORDER BY id DESC LIMIT :most
    """
).bindparams(sa.bindparam("at", type_=sa.DateTime(timezone=True)))
_LAST_KEY: Final = UUID(int=2**128 - 1)


async def staff_requests(
    session: AsyncSession,
    installation: InstallationId,
    *,
    most: int,
    at: datetime,
    before: UUID | None = None,
    state: RequestState | None = None,
) -> Sequence[StaffRequest]:
    """Requests as they stand at an instant, newest first; `state` narrows to those that stand so."""
    wanted = {
        "installation": installation,
        "before": before or _LAST_KEY,
        "state": None if state is None else state.value,
        "at": at,
        "most": most,
    }
    return [_request(row, at) for row in await session.execute(_REQUESTS, wanted)]


_ERASE = sa.text(
    "UPDATE staff_request SET reason = NULL WHERE installation_id = :installation AND shard_key = :shard"
    " AND account_id = ANY(CAST(:accounts AS uuid[]))"
)


async def erase_requests(
    session: AsyncSession, installation: InstallationId, shard: ShardKey, accounts: Sequence[AccountId]
) -> None:
    """Forget what was written about one person."""
    await session.execute(_ERASE, {"installation": installation, "shard": shard, "accounts": list(accounts)})


def _request(row: sa.Row[tuple[object, ...]], at: datetime) -> StaffRequest:
    late = row.state == RequestState.WAITING and row.expires_at <= at
    act = (
        msgspec.json.decode(row.act, type=StaffAct) if isinstance(row.act, str) else msgspec.convert(row.act, StaffAct)
    )
    return StaffRequest(
        id=row.id,
        shard=row.shard_key,
        account=row.account_id,
        act=act,
        points=row.points,
        reason=row.reason,
        requester=Actor(id=row.requester_id, name=row.requester_name),
        requested_at=row.requested_at,
        expires_at=row.expires_at,
        state=RequestState.EXPIRED if late else RequestState(row.state),
        decider=None if row.decider_id is None else Actor(id=row.decider_id, name=row.decider_name),
        decided_at=row.decided_at,
        entry=row.entry_id,
    )
