"""The audit trail: who did what to what, from which state to which, why, and in which request; it only grows."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final
from uuid import UUID

import msgspec
import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import Mapped, mapped_column

from saleor_crm_app.kernel.db import Base, insert_rows
from saleor_crm_app.kernel.ids import InstallationId, new_id

LONGEST_REASON: Final = 500
"""Characters of a reason; longer ones are for the door to refuse."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Actor:
    """Who acts, from a verified token or key and never from input: Saleor's user key, or `ApiKey:<id>`.

    `name` is how people know them; it can be erased later and the trail still says who it was.
    """

    id: str
    name: str | None = None


@dataclass(frozen=True, slots=True)
class Subject:
    """What is acted upon: a kind such as `Member`, and the key that names one of them."""

    kind: str
    id: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Act:
    """One thing done: `name` is that of the operation, such as `pointsAdjust`.

    `before` and `after` hold ids, numbers and codes; text about people belongs into `reason`, which can be erased.
    """

    name: str
    actor: Actor
    subject: Subject | None = None
    before: Mapping[str, Any] | None = None
    after: Mapping[str, Any] | None = None
    reason: str | None = None
    request_id: str
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class AuditLine:
    """One row of the trail as it is read."""

    id: UUID
    act: Act


class AuditRow(Base):
    """One act. The database refuses every change of it but the erasure of its actor's name and its reason."""

    __tablename__ = "audit_trail"

    installation_id: Mapped[UUID] = mapped_column(primary_key=True)
    id: Mapped[UUID] = mapped_column(primary_key=True)
    at: Mapped[datetime] = mapped_column(sa.DateTime(timezone=True))
    actor_id: Mapped[str] = mapped_column(sa.Text)
    actor_name: Mapped[str | None] = mapped_column(sa.Text)
    act: Mapped[str] = mapped_column(sa.Text)
    subject_kind: Mapped[str | None] = mapped_column(sa.Text)
    subject_id: Mapped[str | None] = mapped_column(sa.Text)
    before: Mapped[dict[str, Any] | None] = mapped_column(JSONB)
    after: Mapped[dict[str, Any] | None] = mapped_column(JSONB)
    reason: Mapped[str | None] = mapped_column(sa.Text)
    request_id: Mapped[str] = mapped_column(sa.Text)

    __table_args__ = (
        sa.CheckConstraint("(subject_kind IS NULL) = (subject_id IS NULL)", name="subject"),
        sa.Index("ix_audit_trail_by_subject", "installation_id", "subject_kind", "subject_id", "id"),
        sa.Index("ix_audit_trail_by_actor", "installation_id", "actor_id", "id"),
    )


async def audit(session: AsyncSession, installation: InstallationId, act: Act) -> UUID:
    """Write an act down in the transaction that does it, so that neither is there without the other."""
    row = {
        "installation_id": installation,
        "id": new_id(),
        "at": act.at,
        "actor_id": act.actor.id,
        "actor_name": act.actor.name,
        "act": act.name,
        "subject_kind": None if act.subject is None else act.subject.kind,
        "subject_id": None if act.subject is None else act.subject.id,
        "before": _json(act.before),
        "after": _json(act.after),
        "reason": act.reason,
        "request_id": act.request_id,
    }
    await insert_rows(session, AuditRow.__table__, [row])
    return row["id"]  # type: ignore[return-value] # the mapping mixes every column's type


_TRAIL = sa.text(
    """
    SELECT * FROM audit_trail
    WHERE installation_id = :installation AND id < :before
      AND (CAST(:subject_kind AS text) IS NULL OR (subject_kind = :subject_kind AND subject_id = :subject_id))
      AND (CAST(:actor AS text) IS NULL OR actor_id = :actor)
    ORDER BY id DESC LIMIT :most
    """
)
_LAST_KEY: Final = UUID(int=2**128 - 1)


async def audit_trail(
    session: AsyncSession,
    installation: InstallationId,
    *,
    most: int,
    before: UUID | None = None,
    subject: Subject | None = None,
    actor: str | None = None,
) -> Sequence[AuditLine]:
    """Acts, newest first; `subject` and `actor` narrow to what was done to one thing, or by one person."""
    wanted = {
        "installation": installation,
        "before": before or _LAST_KEY,
        "subject_kind": None if subject is None else subject.kind,
        "subject_id": None if subject is None else subject.id,
        "actor": actor,
        "most": most,
    }
    return [_line(row) for row in await session.execute(_TRAIL, wanted)]


_ERASE = sa.text(
    "UPDATE audit_trail SET reason = NULL WHERE installation_id = :installation AND subject_kind = :kind"
    " AND subject_id = ANY(CAST(:subjects AS text[]))"
)


async def erase_reasons(
    session: AsyncSession, installation: InstallationId, kind: str, subjects: Collection[str]
) -> None:
    """Forget the words in which acts on these things were explained; that they were done stays."""
    await session.execute(_ERASE, {"installation": installation, "kind": kind, "subjects": list(subjects)})


def _line(row: sa.Row[tuple[object, ...]]) -> AuditLine:
    return AuditLine(
        id=row.id,
        act=Act(
            name=row.act,
            actor=Actor(id=row.actor_id, name=row.actor_name),
            subject=None if row.subject_kind is None else Subject(row.subject_kind, row.subject_id),
            before=_document(row.before),
            after=_document(row.after),
            reason=row.reason,
            request_id=row.request_id,
            at=row.at,
        ),
    )


def _json(document: Mapping[str, Any] | None) -> str | None:
    return None if document is None else msgspec.json.encode(document).decode()


def _document(stored: Any) -> Mapping[str, Any] | None:  # noqa: ANN401 # JSON comes as text or read, by the statement
    document: Mapping[str, Any] | None = msgspec.json.decode(stored) if isinstance(stored, str) else stored
    return document
