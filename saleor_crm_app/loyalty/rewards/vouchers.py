"""Which voucher in the shop stands for which reward: one for each effect it has had, one for each batch of codes."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

import msgspec
import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncSession

from saleor_crm_app.kernel.db import insert_rows
from saleor_crm_app.kernel.ids import BatchId, InstallationId, RewardId, new_id
from saleor_crm_app.loyalty.rewards.models import RewardVoucherRow
from saleor_crm_app.loyalty.rewards.plans import VoucherPlan, voucher_name


@dataclass(frozen=True, slots=True, kw_only=True)
class RewardVoucher:
    """A voucher of ours; `saleor_id` is missing until the shop has it. `drift` is what differed there last."""

    key: UUID
    reward: RewardId
    name: str
    plan: VoucherPlan
    is_current: bool
    batch: BatchId | None = None
    saleor_id: str | None = None
    ended_at: datetime | None = None
    checked_at: datetime | None = None
    drift: tuple[str, ...] = ()


async def current_voucher(session: AsyncSession, reward: RewardId) -> RewardVoucher | None:
    """The voucher whose codes a reward's new coupons get."""
    return next((one for one in await vouchers_of(session, [reward]) if one.is_current), None)


async def vouchers_of(session: AsyncSession, rewards: Collection[RewardId]) -> list[RewardVoucher]:
    """All vouchers that these rewards have or had, without those of batches; the oldest first."""
    wanted = sa.select(RewardVoucherRow).where(
        RewardVoucherRow.reward_id.in_(rewards), RewardVoucherRow.batch_id.is_(None)
    )
    return await _read(session, wanted.order_by(RewardVoucherRow.id))


async def voucher_by_key(session: AsyncSession, key: UUID, *, for_update: bool = False) -> RewardVoucher | None:
    wanted = sa.select(RewardVoucherRow).where(RewardVoucherRow.id == key)
    return next(iter(await _read(session, wanted.with_for_update() if for_update else wanted)), None)


async def vouchers_by_key(session: AsyncSession, keys: Collection[UUID]) -> list[RewardVoucher]:
    """These vouchers, ended ones too; one statement, also for none."""
    return await _read(session, sa.select(RewardVoucherRow).where(RewardVoucherRow.id.in_(keys)))


async def voucher_of_batch(session: AsyncSession, batch: BatchId) -> RewardVoucher | None:
    found = await _read(session, sa.select(RewardVoucherRow).where(RewardVoucherRow.batch_id == batch))
    return next(iter(found), None)


async def vouchers_seen(session: AsyncSession, *, ids: Collection[str], names: Collection[str]) -> list[RewardVoucher]:
    """Which vouchers of ours have these ids in the shop, or these names; one statement, none for nothing."""
    if not ids and not names:
        return []
    seen = sa.or_(RewardVoucherRow.voucher_id.in_(ids), RewardVoucherRow.name.in_(names))
    return await _read(session, sa.select(RewardVoucherRow).where(seen))


async def live_vouchers(session: AsyncSession) -> list[RewardVoucher]:
    """All of the session's installation that the shop should have."""
    wanted = sa.select(RewardVoucherRow).where(RewardVoucherRow.ended_at.is_(None))
    return await _read(session, wanted.order_by(RewardVoucherRow.id))


async def settle_voucher(
    session: AsyncSession,
    installation: InstallationId,
    reward: RewardId,
    plan: VoucherPlan | None,
    *,
    name: str,
    at: datetime,
) -> RewardVoucher | None:
    """Have a reward's current voucher be one of this plan, the one it had with it before where there is one.

    Coupons that are out keep the voucher they have; None leaves none current. Gives the current one.
    """
    held = await vouchers_of(session, [reward])
    digest = None if plan is None else plan.digest()
    fit = next((one for one in reversed(held) if one.plan.digest() == digest and one.ended_at is None), None)
    others = [one.key for one in held if one.is_current and (fit is None or one.key != fit.key)]
    if others:
        await _change(session, others, is_current=False)
    if plan is None:
        return None
    if fit is None:
        return await make_voucher(session, installation, reward, plan, name=name, at=at)
    if not fit.is_current:
        await _change(session, [fit.key], is_current=True)
    return fit


async def make_voucher(
    session: AsyncSession,
    installation: InstallationId,
    reward: RewardId,
    plan: VoucherPlan,
    *,
    name: str,
    at: datetime,
    batch: BatchId | None = None,
) -> RewardVoucher:
    """Note a new one; the shop gets it by a job."""
    key = new_id()
    made = RewardVoucher(
        key=key, reward=reward, name=voucher_name(name, key), plan=plan, is_current=batch is None, batch=batch
    )
    row = {
        "installation_id": installation,
        "id": key,
        "reward_id": reward,
        "batch_id": batch,
        "name": made.name,
        "digest": plan.digest(),
        "plan": msgspec.json.encode(plan).decode(),
        "is_current": made.is_current,
        "made_at": at,
    }
    await insert_rows(session, RewardVoucherRow.__table__, [row])
    return made


async def note_voucher(session: AsyncSession, key: UUID, saleor_id: str) -> None:
    """The shop has it, by this id."""
    await _change(session, [key], voucher_id=saleor_id)


async def note_checked(session: AsyncSession, key: UUID, drift: Sequence[str], *, at: datetime) -> None:
    """It was compared with the shop, where these of its parts differed."""
    await _change(session, [key], checked_at=at, drift=list(drift))


async def end_voucher(session: AsyncSession, key: UUID, *, at: datetime) -> None:
    """Its codes are good no more."""
    await _change(session, [key], ended_at=at, is_current=False)


_NOW = sa.func.clock_timestamp(type_=sa.DateTime(timezone=True))


async def take_voucher(session: AsyncSession, key: UUID, *, lasting: timedelta) -> datetime | None:
    """Be the only one at work on a voucher in the shop for a while; None while somebody else is."""
    free = sa.or_(RewardVoucherRow.busy_until.is_(None), RewardVoucherRow.busy_until < _NOW)
    taken = sa.update(RewardVoucherRow).where(RewardVoucherRow.id == key, free).values(busy_until=_NOW + lasting)
    until: datetime | None = await session.scalar(
        taken.returning(RewardVoucherRow.busy_until).execution_options(synchronize_session=False)
    )
    return until


async def let_voucher_go(session: AsyncSession, key: UUID, until: datetime) -> None:
    """Give back what `take_voucher` gave, unless somebody else has it by now."""
    await session.execute(
        sa.update(RewardVoucherRow)
        .where(RewardVoucherRow.id == key, RewardVoucherRow.busy_until == until)
        .values(busy_until=None)
        .execution_options(synchronize_session=False)
    )


async def _change(session: AsyncSession, keys: Collection[UUID], **columns: Any) -> None:  # noqa: ANN401 # any column's
    await session.execute(
        sa.update(RewardVoucherRow)
        .where(RewardVoucherRow.id.in_(keys))
        .values(**columns)
        .execution_options(synchronize_session=False)
    )


async def _read(session: AsyncSession, wanted: sa.Select[RewardVoucherRow]) -> list[RewardVoucher]:
    rows = await session.scalars(wanted.execution_options(populate_existing=True))
    return [
        RewardVoucher(
            key=row.id,
            reward=RewardId(row.reward_id),
            batch=None if row.batch_id is None else BatchId(row.batch_id),
            name=row.name,
            plan=msgspec.convert(row.plan, VoucherPlan),
            is_current=row.is_current,
            saleor_id=row.voucher_id,
            ended_at=row.ended_at,
            checked_at=row.checked_at,
            drift=tuple(row.drift or ()),
        )
        for row in rows
    ]
