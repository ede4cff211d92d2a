"""Reads and writes tenders."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncSession

from saleor_crm_app.checkout.models import TenderKind, TenderRow, TenderState, TenderVoucherRow
from saleor_crm_app.kernel.db import insert_rows
from saleor_crm_app.kernel.ids import CustomerId, HoldId, InstallationId, ProgramId, ShardKey
from saleor_crm_app.kernel.money import MinorUnits, Money
from saleor_crm_app.loyalty.points import HoldKey

OPEN = (TenderState.OPENING, TenderState.LIVE)


@dataclass(frozen=True, slots=True, kw_only=True)
class Tender:
    """What pays at one checkout for one hold."""

    hold: HoldId
    shard: ShardKey
    customer: CustomerId
    program: ProgramId
    points: int
    checkout: str
    channel: str
    worth: Money
    kind: TenderKind
    state: TenderState
    saleor_id: str | None
    voucher_id: str | None
    sealed: bytes | None

    @property
    def key(self) -> HoldKey:
        return self.shard, self.hold

    @property
    def tag(self) -> str:
        """What a gift card made for it is found by, should its making not have been noted."""
        return f"saleor-crm:{self.hold}"

    @property
    def is_open(self) -> bool:
        return self.state in OPEN


async def insert_tender(session: AsyncSession, installation: InstallationId, tender: Tender, *, at: datetime) -> None:
    """Keep a new one."""
    row = {
        "installation_id": installation,
        "shard_key": tender.shard,
        "hold_id": tender.hold,
        "customer_id": tender.customer,
        "program_id": tender.program,
        "points": tender.points,
        "checkout_id": tender.checkout,
        "channel": tender.channel,
        "currency": tender.worth.currency,
        "amount": tender.worth.minor,
        "kind": tender.kind.value,
        "state": tender.state.value,
        "made_at": at,
    }
    await insert_rows(session, TenderRow.__table__, [row])


async def tender_of(session: AsyncSession, key: HoldKey, *, for_update: bool = False) -> Tender | None:
    """One tender of the session's installation by its hold."""
    shard, hold = key
    wanted = sa.select(TenderRow).where(TenderRow.shard_key == shard, TenderRow.hold_id == hold)
    row = await session.scalar(wanted.with_for_update() if for_update else wanted)
    return None if row is None else _tender(row)


async def open_tender_of(session: AsyncSession, checkout: str) -> Tender | None:
    """What pays at a checkout now, if anything does."""
    wanted = sa.select(TenderRow).where(TenderRow.checkout_id == checkout, TenderRow.state.in_(OPEN))
    row = await session.scalar(wanted.order_by(TenderRow.hold_id.desc()).limit(1))
    return None if row is None else _tender(row)


async def tenders_seen(session: AsyncSession, *, checkouts: Collection[str], cards: Collection[str]) -> list[Tender]:
    """Those that orders of these checkouts, or with these gift cards, may have been placed with; one statement."""
    wanted = sa.select(TenderRow).where(sa.or_(TenderRow.checkout_id.in_(checkouts), TenderRow.saleor_id.in_(cards)))
    return [_tender(row) for row in await session.scalars(wanted.order_by(TenderRow.hold_id))]


async def our_vouchers(session: AsyncSession, vouchers: Collection[str]) -> set[str]:
    """Which of these vouchers stand for points."""
    if not vouchers:
        return set()
    wanted = sa.select(TenderVoucherRow.voucher_id).where(TenderVoucherRow.voucher_id.in_(vouchers))
    return set(await session.scalars(wanted))


async def tender_by_code(
    session: AsyncSession, *, macs: Collection[bytes], voucher: str, customer: CustomerId | None
) -> Tender | None:
    """Whose code an order bears; where Saleor does not say which, the customer's newest one of that voucher."""
    if macs:
        wanted = sa.select(TenderRow).where(TenderRow.code_mac.in_(macs))
    else:
        wanted = sa.select(TenderRow).where(TenderRow.voucher_id == voucher, TenderRow.customer_id == customer)
    row = await session.scalar(wanted.order_by(TenderRow.hold_id.desc()).limit(1))
    return None if row is None else _tender(row)


async def change_tender(session: AsyncSession, tender: Tender, **columns: Any) -> None:  # noqa: ANN401 # any column's
    """Write some of its columns."""
    await session.execute(
        sa.update(TenderRow)
        .where(TenderRow.shard_key == tender.shard, TenderRow.hold_id == tender.hold)
        .values(**columns)
    )


def _tender(row: TenderRow) -> Tender:
    return Tender(
        hold=HoldId(row.hold_id),
        shard=ShardKey(row.shard_key),
        customer=CustomerId(row.customer_id),
        program=ProgramId(row.program_id),
        points=row.points,
        checkout=row.checkout_id,
        channel=row.channel,
        worth=Money(MinorUnits(row.amount), row.currency),
        kind=TenderKind(row.kind),
        state=TenderState(row.state),
        saleor_id=row.saleor_id,
        voucher_id=row.voucher_id,
        sealed=row.code_sealed,
    )
