"""The pool of codes made ahead: each is taken once, for a coupon or for points that are held."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncSession

from saleor_crm_app.kernel.db import insert_rows
from saleor_crm_app.kernel.ids import InstallationId, new_id
from saleor_crm_app.loyalty.coupons.models import VoucherCodeRow


@dataclass(frozen=True, slots=True, kw_only=True)
class StoredCode:
    """A code as it lies at rest: its keyed digest and its ciphertext. Ids are Saleor's."""

    voucher: str
    mac: bytes
    sealed: bytes
    saleor_id: str | None = None


async def keep_codes(
    session: AsyncSession, installation: InstallationId, codes: Sequence[StoredCode], *, taken: Sequence[UUID] = ()
) -> None:
    """Add codes to the pool, each for the one of `taken` at its place where these are given; known ones stay."""
    rows = [
        {
            "installation_id": installation,
            "id": new_id(),
            "voucher_id": code.voucher,
            "saleor_id": code.saleor_id,
            "mac": code.mac,
            "sealed": code.sealed,
            "taken_by": taken[n] if taken else None,
        }
        for n, code in enumerate(codes)
    ]
    await insert_rows(session, VoucherCodeRow.__table__, rows, ignore_conflicts=True)


async def code_taken_by(session: AsyncSession, taker: UUID) -> StoredCode | None:
    """The code that somebody has."""
    row = await session.scalar(sa.select(VoucherCodeRow).where(VoucherCodeRow.taken_by == taker))
    return None if row is None else _code(row)


async def known_codes(session: AsyncSession, macs: Collection[bytes]) -> set[bytes]:
    """Which of these digests are of codes of ours, free or taken; one statement, none for none."""
    if not macs:
        return set()
    return set(await session.scalars(sa.select(VoucherCodeRow.mac).where(VoucherCodeRow.mac.in_(macs))))


async def take_code(session: AsyncSession, voucher: str, *, taker: UUID) -> StoredCode | None:
    """Take a free code of a voucher; takers at once get different ones and do not wait for each other."""
    row = await session.scalar(
        sa.select(VoucherCodeRow)
        .where(VoucherCodeRow.voucher_id == voucher, VoucherCodeRow.taken_by.is_(None))
        .order_by(VoucherCodeRow.id)
        .limit(1)
        .with_for_update(skip_locked=True)
    )
    if row is None:
        return None
    row.taken_by = taker
    await session.flush()
    return _code(row)


async def free_codes(session: AsyncSession, vouchers: Collection[str]) -> dict[str, int]:
    """How many codes of these vouchers nobody has taken."""
    if not vouchers:
        return {}
    counted = sa.select(VoucherCodeRow.voucher_id, sa.func.count()).where(
        VoucherCodeRow.voucher_id.in_(vouchers), VoucherCodeRow.taken_by.is_(None)
    )
    found = {voucher: int(number) for voucher, number in await session.execute(counted.group_by("voucher_id"))}
    return {voucher: found.get(voucher, 0) for voucher in vouchers}


async def is_low(session: AsyncSession, voucher: str, *, few: int) -> bool:
    """Whether at most so many codes of a voucher are free; counts no further."""
    some = sa.select(VoucherCodeRow.id).where(VoucherCodeRow.voucher_id == voucher, VoucherCodeRow.taken_by.is_(None))
    counted = sa.select(sa.func.count()).select_from(some.limit(few + 1).subquery())
    return int((await session.execute(counted)).scalar_one()) <= few


async def withdraw_free(session: AsyncSession, voucher: str) -> None:
    """Take a voucher's free codes out of the pool, so that nobody gets one any more; each is its own taker then."""
    free = (
        sa.select(VoucherCodeRow.id)
        .where(VoucherCodeRow.voucher_id == voucher, VoucherCodeRow.taken_by.is_(None))
        .with_for_update(skip_locked=True)
    )
    await session.execute(
        sa.update(VoucherCodeRow)
        .where(VoucherCodeRow.id.in_(free))
        .values(taken_by=VoucherCodeRow.id)
        .execution_options(synchronize_session=False)
    )


async def withdrawn_of(session: AsyncSession, voucher: str) -> list[StoredCode]:
    """The codes of a voucher that were taken out of the pool, whether or not the shop still has them."""
    out = sa.select(VoucherCodeRow).where(
        VoucherCodeRow.voucher_id == voucher, VoucherCodeRow.taken_by == VoucherCodeRow.id
    )
    return [_code(row) for row in await session.scalars(out)]


async def free_of(session: AsyncSession, voucher: str) -> list[StoredCode]:
    """The codes of a voucher that nobody has taken."""
    free = sa.select(VoucherCodeRow).where(VoucherCodeRow.voucher_id == voucher, VoucherCodeRow.taken_by.is_(None))
    return [_code(row) for row in await session.scalars(free)]


async def withdraw(session: AsyncSession, macs: Collection[bytes]) -> None:
    """Give these codes to nobody, where nobody has them."""
    if macs:
        await session.execute(
            sa.update(VoucherCodeRow)
            .where(VoucherCodeRow.mac.in_(macs), VoucherCodeRow.taken_by.is_(None))
            .values(taken_by=VoucherCodeRow.id)
            .execution_options(synchronize_session=False)
        )


def _code(row: VoucherCodeRow) -> StoredCode:
    return StoredCode(voucher=row.voucher_id, mac=row.mac, sealed=row.sealed, saleor_id=row.saleor_id)
