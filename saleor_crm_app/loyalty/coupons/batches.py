"""Batches of a campaign's codes, as they are read and written; the codes themselves: `batch_codes`."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass, fields
from datetime import datetime
from typing import Any, Final
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncSession

from saleor_crm_app.kernel.db import insert_rows
from saleor_crm_app.kernel.ids import BatchId, InstallationId, ProgramId, RewardId
from saleor_crm_app.loyalty.coupons.models import BatchEnd, BatchState, CouponBatchRow


@dataclass(frozen=True, slots=True, kw_only=True)
class Batch:
    """One batch; see `CouponBatchRow` for its parts."""

    id: BatchId
    program: ProgramId
    reward: RewardId
    name: str
    prefix: str = ""
    state: BatchState
    wanted: int
    made: int = 0
    left_out: int = 0
    is_shared: bool = False
    most_uses: int | None = None
    once_per_customer: bool = False
    budget: int | None = None
    spent: int = 0
    uses: int = 0
    currency: str
    expires_at: datetime | None = None
    asked_by: str
    asked_at: datetime
    ended_at: datetime | None = None
    end_reason: BatchEnd | None = None
    trouble: str | None = None

    @property
    def is_over(self) -> bool:
        return self.state is BatchState.ENDED


_AS_COLUMNS: Final = {"program": "program_id", "reward": "reward_id"}
_COLUMNS: Final = {one.name: _AS_COLUMNS.get(one.name, one.name) for one in fields(Batch)}


async def insert_batch(session: AsyncSession, installation: InstallationId, batch: Batch) -> None:
    """Keep a new one."""
    row = {column: getattr(batch, name) for name, column in _COLUMNS.items()}
    await insert_rows(session, CouponBatchRow.__table__, [{"installation_id": installation} | row])


async def batch_by_id(session: AsyncSession, batch: BatchId, *, for_update: bool = False) -> Batch | None:
    """One batch of the session's installation; locked, it stands still for all who make, use and end its codes."""
    wanted = sa.select(CouponBatchRow).where(CouponBatchRow.id == batch)
    return next(iter(await _read(session, wanted.with_for_update() if for_update else wanted)), None)


async def batches_by_id(session: AsyncSession, batches: Collection[BatchId]) -> dict[BatchId, Batch]:
    """Those of these batches that are there; one statement, none for none."""
    if not batches:
        return {}
    found = await _read(session, sa.select(CouponBatchRow).where(CouponBatchRow.id.in_(batches)))
    return {one.id: one for one in found}


async def batches_of(
    session: AsyncSession, program: ProgramId, *, most: int, before: UUID | None = None
) -> Sequence[Batch]:
    """A program's batches, the newest first; those after the one that `before` names."""
    wanted = sa.select(CouponBatchRow).where(CouponBatchRow.program_id == program)
    if before is not None:
        wanted = wanted.where(CouponBatchRow.id < before)
    return await _read(session, wanted.order_by(CouponBatchRow.id.desc()).limit(most))


async def overdue_batches(session: AsyncSession, *, at: datetime, most: int) -> Sequence[Batch]:
    """Those whose time is over and that have not ended; locked, and none that somebody else has locked."""
    over = sa.select(CouponBatchRow).where(
        CouponBatchRow.state != BatchState.ENDED.value, CouponBatchRow.expires_at <= at
    )
    return await _read(session, over.order_by(CouponBatchRow.id).limit(most).with_for_update(skip_locked=True))


async def change_batch(session: AsyncSession, batch: BatchId, **columns: Any) -> Batch:  # noqa: ANN401 # any column's
    """Write some of its columns, and give it as it is then."""
    changed = sa.update(CouponBatchRow).where(CouponBatchRow.id == batch).values(**columns).returning(CouponBatchRow)
    options = {"synchronize_session": False, "populate_existing": True}
    row = (await session.scalars(changed.execution_options(**options))).one()
    return _batch(row)


async def _read(session: AsyncSession, wanted: sa.Select[CouponBatchRow]) -> list[Batch]:
    rows = await session.scalars(wanted.execution_options(populate_existing=True))
    return [_batch(row) for row in rows]


def _batch(row: CouponBatchRow) -> Batch:
    read = {name: getattr(row, column) for name, column in _COLUMNS.items()}
    read["state"] = BatchState(row.state)
    read["end_reason"] = None if row.end_reason is None else BatchEnd(row.end_reason)
    return Batch(**read)
