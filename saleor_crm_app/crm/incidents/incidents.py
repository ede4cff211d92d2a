"""Opens incidents once, closes them, and lists them."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from uuid import UUID

import msgspec
import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncSession

from saleor_crm_app.crm.incidents.errors import IncidentClosed, IncidentNotFound
from saleor_crm_app.crm.incidents.models import IncidentRow
from saleor_crm_app.kernel.db import insert_rows
from saleor_crm_app.kernel.ids import CustomerId, InstallationId, OrderId
from saleor_crm_app.kernel.money import MinorUnits, Money


@dataclass(frozen=True, slots=True, kw_only=True)
class Incident:
    """What went wrong: `kind` is a code, `lost` what it cost the shop, `subject` what it is about."""

    id: UUID
    kind: str
    lost: Money
    opened_at: datetime
    customer: CustomerId | None = None
    order: OrderId | None = None
    subject: UUID | None = None
    about: Mapping[str, Any] = field(default_factory=dict)
    closed_at: datetime | None = None
    closed_by: str | None = None


async def open_incidents(session: AsyncSession, installation: InstallationId, incidents: Sequence[Incident]) -> None:
    """Keep those that are not there yet; at most two statements, none for none.

    What had come to nothing by itself and holds again is open again; what staff have closed stays closed.
    """
    if not incidents:
        return
    rows = [
        {
            "installation_id": installation,
            "id": one.id,
            "kind": one.kind,
            "customer_id": one.customer,
            "order_id": one.order,
            "subject_id": one.subject,
            "lost": one.lost.minor,
            "currency": one.lost.currency,
            "about": msgspec.json.encode(one.about).decode(),
            "opened_at": one.opened_at,
        }
        for one in incidents
    ]
    await insert_rows(session, IncidentRow.__table__, rows, ignore_conflicts=True)
    withdrawn = IncidentRow.closed_at.is_not(None), IncidentRow.closed_by.is_(None)
    await session.execute(
        sa.update(IncidentRow)
        .where(IncidentRow.id.in_([one.id for one in incidents]), *withdrawn)
        .values(closed_at=None)
        .execution_options(synchronize_session=False)
    )


async def withdraw_incidents(session: AsyncSession, ids: Collection[UUID], *, at: datetime) -> None:
    """Close these by themselves: what they tell of has come to nothing. Those that are closed stay as they are."""
    if not ids:
        return
    await session.execute(
        sa.update(IncidentRow)
        .where(IncidentRow.id.in_(ids), IncidentRow.closed_at.is_(None))
        .values(closed_at=at)
        .execution_options(synchronize_session=False)
    )


async def close_incident(session: AsyncSession, incident: UUID, *, by: str, at: datetime) -> Incident:
    """Somebody of the staff has seen to it.

    Raises IncidentNotFound and IncidentClosed.
    """
    row = await session.scalar(sa.select(IncidentRow).where(IncidentRow.id == incident).with_for_update())
    if row is None:
        raise IncidentNotFound
    if row.closed_at is not None:
        raise IncidentClosed
    row.closed_at, row.closed_by = at, by
    await session.flush()
    return _incident(row)


async def incidents(
    session: AsyncSession,
    *,
    most: int,
    before: UUID | None = None,
    subject: UUID | None = None,
    is_open: bool | None = None,
) -> Sequence[Incident]:
    """Incidents of the session's installation, newest first; those after the one that `before` names."""
    wanted = sa.select(IncidentRow).order_by(IncidentRow.opened_at.desc(), IncidentRow.id.desc()).limit(most)
    if before is not None:
        last = await session.scalar(sa.select(IncidentRow.opened_at).where(IncidentRow.id == before))
        wanted = wanted.where(sa.tuple_(IncidentRow.opened_at, IncidentRow.id) < sa.tuple_(last, before))
    if subject is not None:
        wanted = wanted.where(IncidentRow.subject_id == subject)
    if is_open is not None:
        wanted = wanted.where(IncidentRow.closed_at.is_(None) if is_open else IncidentRow.closed_at.is_not(None))
    return [_incident(row) for row in await session.scalars(wanted)]


def _incident(row: IncidentRow) -> Incident:
    return Incident(
        id=row.id,
        kind=row.kind,
        lost=Money(MinorUnits(row.lost), row.currency),
        opened_at=row.opened_at,
        customer=None if row.customer_id is None else CustomerId(row.customer_id),
        order=None if row.order_id is None else OrderId(row.order_id),
        subject=row.subject_id,
        about=row.about,
        closed_at=row.closed_at,
        closed_by=row.closed_by,
    )
