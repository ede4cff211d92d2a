"""Dead letters: deliveries that were buried, with their reason, and the way to try them again."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncSession

from saleor_crm_app.jobs.models import InboxRow, InboxState


@dataclass(frozen=True, slots=True, kw_only=True)
class DeadLetter:
    """One buried delivery, without its body, which may hold personal data."""

    id: UUID
    kind: str
    source: str
    received_at: datetime
    attempts: int
    reason: str


_BURIED = sa.select(InboxRow).where(InboxRow.state == InboxState.BURIED.value)


async def dead_letters(session: AsyncSession, *, first: int, after: UUID | None) -> Sequence[DeadLetter]:
    """List the buried deliveries of the session's installation, oldest first."""
    wanted = _BURIED.order_by(InboxRow.id).limit(first)
    if after is not None:
        wanted = wanted.where(InboxRow.id > after)
    return [
        DeadLetter(
            id=row.id,
            kind=row.kind,
            source=row.source,
            received_at=row.received_at,
            attempts=row.attempts,
            reason=row.reason or "",
        )
        for row in await session.scalars(wanted)
    ]


async def count_dead_letters(session: AsyncSession) -> int:
    """How many deliveries of the session's installation are buried."""
    buried = _BURIED.with_only_columns(sa.func.count(), maintain_column_froms=True)
    return (await session.execute(buried)).scalar_one()


async def replay(session: AsyncSession, ids: Sequence[UUID]) -> int:
    """Put buried deliveries back into the inbox; says how many there were."""
    again = (
        sa.update(InboxRow)
        .where(InboxRow.id.in_(ids), InboxRow.state == InboxState.BURIED.value)
        .values(state=InboxState.NEW.value, reason=None, applied_at=None, lease_until=None, attempts=0)
        .returning(InboxRow.id)
    )
    return len((await session.execute(again)).all())
