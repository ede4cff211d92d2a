"""Segments as they are written down: made, changed, retired, found."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final
from uuid import UUID

import msgspec
import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncSession

from saleor_crm_app.crm.segments.conditions import Condition
from saleor_crm_app.crm.segments.errors import SegmentNotFound, SegmentStale, TooManySegments
from saleor_crm_app.crm.segments.jobs import Resegment
from saleor_crm_app.crm.segments.locks import lock_for_all, lock_for_some
from saleor_crm_app.crm.segments.membership import Range, empty, resegment
from saleor_crm_app.crm.segments.models import SegmentRow
from saleor_crm_app.crm.segments.ready import READY
from saleor_crm_app.jobs import outbox
from saleor_crm_app.kernel.db import insert_rows
from saleor_crm_app.kernel.ids import CustomerId, InstallationId, new_id

MOST_SEGMENTS: Final = 100


@dataclass(frozen=True, slots=True, kw_only=True)
class Segment:
    """A stored condition by its name; `key` is that of the ready set."""

    id: UUID
    key: str | None
    name: str
    version: int
    condition: Condition
    made_at: datetime


async def segments(session: AsyncSession, installation: InstallationId) -> list[Segment]:
    """Those that live, oldest first; one statement."""
    wanted = sa.select(SegmentRow).where(SegmentRow.installation_id == installation, SegmentRow.retired_at.is_(None))
    return [_segment(row) for row in await session.scalars(wanted.order_by(SegmentRow.id))]


async def segments_to_name(session: AsyncSession, installation: InstallationId) -> frozenset[UUID]:
    """The keys of those that live; until the transaction ends none of them is changed or retired."""
    wanted = sa.select(SegmentRow.id).where(SegmentRow.installation_id == installation, SegmentRow.retired_at.is_(None))
    return frozenset(await session.scalars(wanted.order_by(SegmentRow.id).with_for_update(read=True)))


async def follow(
    session: AsyncSession,
    installation: InstallationId,
    customers: Collection[CustomerId],
    *,
    at: datetime,
    not_before: Mapping[CustomerId, datetime] | None = None,
) -> None:
    """Ask all segments of these customers, whose facts are up to date; three statements, none for nobody.

    What changes for those in `not_before` is dated then, if that is later than `at`.
    """
    if not customers:
        return
    await lock_for_some(session, installation)
    conditions = {one.id: one.condition for one in await segments(session, installation)}
    await resegment(session, installation, conditions, set(customers), at=at, not_before=not_before)


async def follow_all(session: AsyncSession, installation: InstallationId, among: Range, *, at: datetime) -> None:
    """Ask all segments of a range of customers; those who have news wait until the transaction ends."""
    await lock_for_all(session, installation)
    conditions = {one.id: one.condition for one in await segments(session, installation)}
    await resegment(session, installation, conditions, among, at=at)


async def segment_by_id(session: AsyncSession, installation: InstallationId, segment: UUID) -> Segment:
    """One that lives.

    Raises SegmentNotFound.
    """
    return _segment(await _live(session, installation, segment))


async def segment_names(session: AsyncSession, installation: InstallationId, keys: Collection[UUID]) -> dict[UUID, str]:
    """The names of these, of retired ones too; one statement."""
    wanted = sa.select(SegmentRow.id, SegmentRow.name).where(
        SegmentRow.installation_id == installation, SegmentRow.id.in_(keys)
    )
    return {row.id: row.name for row in await session.execute(wanted)}


async def held_segment(session: AsyncSession, installation: InstallationId, segment: UUID) -> Segment:
    """One that lives; until the transaction ends nobody else changes it, retires it or begins to ask for it.

    Raises SegmentNotFound.
    """
    return _segment(await _live(session, installation, segment, lock=True))


async def create_segment(
    session: AsyncSession, installation: InstallationId, *, name: str, condition: Condition, at: datetime
) -> Segment:
    """Keep a segment, and owe its members.

    Raises TooManySegments.
    """
    [made] = await _create(session, installation, [(None, name, condition)], at=at)
    return made


async def create_ready(session: AsyncSession, installation: InstallationId, *, at: datetime) -> list[Segment]:
    """Keep those of the ready set that are not kept yet, and owe their members.

    Raises TooManySegments.
    """
    known = {one.key for one in await segments(session, installation)}
    lacking = [(one.key, one.name, one.condition) for one in READY if one.key not in known]
    return await _create(session, installation, lacking, at=at)


async def update_segment(
    session: AsyncSession,
    installation: InstallationId,
    segment: UUID,
    *,
    expected_version: int,
    name: str,
    condition: Condition,
) -> Segment:
    """Change a segment, and owe what follows for its members.

    Raises SegmentNotFound, SegmentStale.
    """
    row = await _live(session, installation, segment, lock=True)
    if row.version != expected_version:
        raise SegmentStale
    row.name, row.condition, row.version = name, msgspec.to_builtins(condition), row.version + 1
    await session.flush()
    await outbox.enqueue(session, Resegment(installation=installation))
    return _segment(row)


async def retire_segment(
    session: AsyncSession, installation: InstallationId, segment: UUID, *, at: datetime
) -> Segment:
    """End a segment: all leave it.

    Raises SegmentNotFound.
    """
    row = await _live(session, installation, segment, lock=True)
    row.retired_at = at
    await session.flush()
    await lock_for_all(session, installation)  # last, since everybody's news wait for it
    await empty(session, installation, segment, at=at)
    return _segment(row)


async def _create(
    session: AsyncSession,
    installation: InstallationId,
    wanted: Sequence[tuple[str | None, str, Condition]],
    *,
    at: datetime,
) -> list[Segment]:
    if len(await segments(session, installation)) + len(wanted) > MOST_SEGMENTS:
        raise TooManySegments(MOST_SEGMENTS)
    made = [
        Segment(id=new_id(), key=key, name=name, version=1, condition=condition, made_at=at)
        for key, name, condition in wanted
    ]
    rows = [
        {
            "installation_id": installation,
            "id": one.id,
            "key": one.key,
            "name": one.name,
            "condition": msgspec.json.encode(one.condition).decode(),
            "made_at": at,
        }
        for one in made
    ]
    await insert_rows(session, SegmentRow.__table__, rows)
    if made:
        await outbox.enqueue(session, Resegment(installation=installation))
    return made


async def _live(
    session: AsyncSession, installation: InstallationId, segment: UUID, *, lock: bool = False
) -> SegmentRow:
    wanted = sa.select(SegmentRow).where(
        SegmentRow.installation_id == installation, SegmentRow.id == segment, SegmentRow.retired_at.is_(None)
    )
    row = await session.scalar(wanted.with_for_update() if lock else wanted)
    if row is None:
        raise SegmentNotFound
    return row


def _segment(row: SegmentRow) -> Segment:
    return Segment(
        id=row.id,
        key=row.key,
        name=row.name,
        version=row.version,
        condition=msgspec.convert(row.condition, Condition),
        made_at=row.made_at,
    )
