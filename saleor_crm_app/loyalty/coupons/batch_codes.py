"""The codes of batches, many at a time: noted before the shop has them, issued then, ended all together."""

from collections.abc import AsyncIterator, Collection, Sequence
from datetime import datetime
from typing import Any, Final
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncSession

from saleor_crm_app.kernel.ids import BatchId, CouponId, InstallationId, new_id
from saleor_crm_app.loyalty.coupons.batches import Batch
from saleor_crm_app.loyalty.coupons.codes import StoredCode, keep_codes
from saleor_crm_app.loyalty.coupons.coupons import OPEN, Coupon, as_coupon, insert_coupons, place_of
from saleor_crm_app.loyalty.coupons.models import CouponMedium, CouponOrigin, CouponRow, CouponState, VoucherCodeRow

AT_ONCE: Final = 1000


async def hold_codes(
    session: AsyncSession,
    installation: InstallationId,
    batch: Batch,
    codes: Sequence[StoredCode],
    *,
    voucher_key: UUID,
    at: datetime,
) -> set[bytes]:
    """Note new codes, each as a coupon that waits for the shop; gives the digests of those that were not there yet."""
    ids = [CouponId(new_id()) for _ in codes]
    await keep_codes(session, installation, codes, taken=ids)
    kept = set(await session.scalars(sa.select(VoucherCodeRow.taken_by).where(VoucherCodeRow.taken_by.in_(ids))))
    fresh = [
        Coupon(
            id=key,
            shard=place_of(installation, key, None),
            program=batch.program,
            reward=batch.reward,
            customer=None,
            batch=batch.id,
            origin=CouponOrigin.BATCH,
            medium=CouponMedium.VOUCHER,
            state=CouponState.HELD,
            currency=batch.currency,
            voucher_key=voucher_key,
            mac=code.mac,
            sealed=code.sealed,
            issued_at=at,
            expires_at=batch.expires_at,
        )
        for key, code in zip(ids, codes, strict=True)
        if key in kept
    ]
    await insert_coupons(session, installation, fresh)
    return {one.mac for one in fresh if one.mac is not None}


async def held_of_batch(session: AsyncSession, batch: BatchId, *, most: int) -> list[Coupon]:
    """Those that the shop is not known to have, the oldest first."""
    wanted = sa.select(CouponRow).where(_held(batch)).order_by(CouponRow.id).limit(most)
    rows = await session.scalars(wanted.execution_options(populate_existing=True))
    return [as_coupon(row) for row in rows]


async def count_held(session: AsyncSession, batch: BatchId) -> int:
    """How many they are."""
    return int((await session.execute(sa.select(sa.func.count()).where(_held(batch)))).scalar_one())


async def turn_codes(
    session: AsyncSession,
    batch: BatchId,
    coupons: Collection[CouponId],
    *,
    into: CouponState,
    out_of: CouponState = CouponState.HELD,
) -> int:
    """Give those of these codes that are in one state another; says how many there were."""
    those = sa.and_(CouponRow.batch_id == batch, CouponRow.id.in_(coupons), CouponRow.state == out_of)
    return await _change(session, those, state=into.value)


async def note_voucher(session: AsyncSession, batch: BatchId, voucher: str) -> None:
    """The shop has the batch's voucher, by this id."""
    theirs = sa.select(CouponRow.id).where(CouponRow.batch_id == batch)
    await session.execute(
        sa.update(VoucherCodeRow)
        .where(VoucherCodeRow.taken_by.in_(theirs))
        .values(voucher_id=voucher)
        .execution_options(synchronize_session=False)
    )


async def end_codes(session: AsyncSession, batch: BatchId, *, state: CouponState, at: datetime, most: int) -> int:
    """End so many of a batch's codes that nobody has used, the shop takes none of them any more; says how many."""
    theirs = sa.and_(CouponRow.batch_id == batch, CouponRow.state.in_(OPEN))
    some = sa.select(CouponRow.id).where(theirs).order_by(CouponRow.id).limit(most)
    return await _change(session, sa.and_(theirs, CouponRow.id.in_(some)), state=state.value, ended_at=at)


async def codes_of_batch(
    session: AsyncSession, batch: BatchId, *, most: int, after: UUID | None = None
) -> Sequence[Coupon]:
    """A batch's codes in the order of their making; those after the one that `after` names."""
    wanted = sa.select(CouponRow).where(CouponRow.batch_id == batch)
    if after is not None:
        wanted = wanted.where(CouponRow.id > after)
    return [as_coupon(row) for row in await session.scalars(wanted.order_by(CouponRow.id).limit(most))]


async def each_code(session: AsyncSession, batch: BatchId) -> AsyncIterator[Sequence[Coupon]]:
    """All of them, page by page."""
    after: UUID | None = None
    while page := await codes_of_batch(session, batch, most=AT_ONCE, after=after):
        yield page
        session.expunge_all()  # a hundred thousand rows are not to be kept in memory
        after = page[-1].id


def _held(batch: BatchId) -> sa.ColumnElement[bool]:
    return sa.and_(CouponRow.batch_id == batch, CouponRow.state == CouponState.HELD)


async def _change(session: AsyncSession, those: sa.ColumnElement[bool], **columns: Any) -> int:  # noqa: ANN401 # any column's
    changed = sa.update(CouponRow).where(those).values(**columns)
    result: sa.CursorResult[Any] = await session.execute(  # type: ignore[assignment] # an update counts its rows
        changed.execution_options(synchronize_session=False)
    )
    return result.rowcount
