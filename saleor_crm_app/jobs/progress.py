"""How far each way of reading a shop has come, kept so that a reading which was stopped goes on from there."""

from collections.abc import Sequence
from dataclasses import dataclass, fields
from datetime import datetime
from typing import Self

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from saleor_crm_app.jobs.models import ReadingRow
from saleor_crm_app.jobs.outbox import Job
from saleor_crm_app.kernel.ids import InstallationId


class ReconcileShop(Job, frozen=True, kw_only=True):
    """Compare one shop with what we know of it and repair; `full` compares also what leaves no trace of a change."""

    full: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Counts:
    """What was found: `missing` was unknown to us, `stale` known otherwise, `gone` is there no more.

    `untold` was unknown too, but no webhook of ours tells of such; `unusable` can never be booked. Neither is a
    difference that a lost delivery could have made.
    """

    seen: int = 0
    untold: int = 0
    missing: int = 0
    stale: int = 0
    equal: int = 0
    gone: int = 0
    unusable: int = 0

    @property
    def differences(self) -> int:
        return self.missing + self.stale + self.gone

    def __add__(self, other: Self) -> "Counts":
        return Counts(**{one.name: getattr(self, one.name) + getattr(other, one.name) for one in fields(self)})


@dataclass(frozen=True, slots=True, kw_only=True)
class Progress:
    """One way of reading, as it stands; see `ReadingRow` for the moments.

    `trouble` says why the last run stopped before its end.
    """

    subject: str
    since: datetime | None
    cursor: str | None = None
    reached: datetime | None = None
    known_until: datetime | None = None
    expected: int | None = None
    counts: Counts = Counts()
    started_at: datetime
    finished_at: datetime | None = None
    trouble: str | None = None

    @property
    def is_finished(self) -> bool:
        return self.finished_at is not None


_COUNTS = tuple(one.name for one in fields(Counts))


async def progress_of(session: AsyncSession, installation: InstallationId, subject: str) -> Progress | None:
    """How far one way of reading has come; None if it was never begun."""
    wanted = sa.select(ReadingRow).where(ReadingRow.installation_id == installation, ReadingRow.subject == subject)
    row = (await session.execute(wanted)).scalar_one_or_none()
    return None if row is None else _progress(row)


async def readings_of(session: AsyncSession, installation: InstallationId) -> Sequence[Progress]:
    """Every way in which the shop was read, the latest begun first."""
    wanted = sa.select(ReadingRow).where(ReadingRow.installation_id == installation)
    rows = await session.scalars(wanted.order_by(ReadingRow.started_at.desc(), ReadingRow.subject))
    return [_progress(row) for row in rows]


async def save_progress(session: AsyncSession, installation: InstallationId, progress: Progress) -> None:
    """Keep it over what was kept before."""
    values = {
        "since": progress.since,
        "cursor": progress.cursor,
        "reached": progress.reached,
        "known_until": progress.known_until,
        "expected": progress.expected,
        "started_at": progress.started_at,
        "finished_at": progress.finished_at,
        "trouble": progress.trouble,
    } | {name: getattr(progress.counts, name) for name in _COUNTS}
    statement = insert(ReadingRow).values(installation_id=installation, subject=progress.subject, **values)
    await session.execute(statement.on_conflict_do_update(index_elements=["installation_id", "subject"], set_=values))


def _progress(row: ReadingRow) -> Progress:
    return Progress(
        subject=row.subject,
        since=row.since,
        cursor=row.cursor,
        reached=row.reached,
        known_until=row.known_until,
        expected=row.expected,
        counts=Counts(**{name: getattr(row, name) for name in _COUNTS}),
        started_at=row.started_at,
        finished_at=row.finished_at,
        trouble=row.trouble,
    )
