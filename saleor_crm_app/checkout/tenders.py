"""Reads and writes tenders."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncSession

from saleor_crm_app.checkout.models import TenderKind, TenderRow, TenderState, TenderVoucherRow
from saleor_crm_app.checkout.voucher_seen import VoucherSeen
from saleor_crm_app.kernel.db import insert_rows
from saleor_crm_app.kernel.ids import CustomerId, HoldId, InstallationId, ProgramId, ShardKey, shard_key
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
    busy_until: datetime | None = None
    turns: int = 0

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

    def is_by(self, voucher: VoucherSeen) -> bool:
        """Whether it pays by a code of the voucher that an order tells of."""
        if self.kind is not TenderKind.VOUCHER:
            return False
        if voucher.id is not None:
            return self.voucher_id == voucher.id
        return (self.channel, self.worth) == (voucher.channel, voucher.worth)

    def points_for(self, amount: int) -> int:
        """What an amount in minor units of `worth` costs in these points: rounded up, all of them for all of it."""
        return min(self.points, -(-amount * self.points // self.worth.minor))


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


async def open_tenders_of(
    session: AsyncSession, installation: InstallationId, customers: Collection[CustomerId]
) -> list[HoldKey]:
    """What pays for points of these customers somewhere now; one statement, none for nobody."""
    if not customers:
        return []
    shards = {shard_key(installation, customer) for customer in customers}
    wanted = sa.select(TenderRow.shard_key, TenderRow.hold_id).where(
        TenderRow.installation_id == installation,
        TenderRow.shard_key.in_(shards),
        TenderRow.customer_id.in_(customers),
        TenderRow.state.in_(OPEN),
    )
    rows = await session.execute(wanted.order_by(TenderRow.shard_key, TenderRow.hold_id))
    return [(ShardKey(row.shard_key), HoldId(row.hold_id)) for row in rows]


async def our_vouchers(session: AsyncSession, vouchers: Collection[str]) -> set[str]:
    """Which of these vouchers stand for points, or did once."""
    if not vouchers:
        return set()
    now = sa.select(TenderVoucherRow.voucher_id).where(TenderVoucherRow.voucher_id.in_(vouchers))
    once = sa.select(TenderRow.voucher_id).where(TenderRow.voucher_id.in_(vouchers))
    return {str(voucher) for voucher in await session.scalars(now.union(once))}


async def tender_by_code(
    session: AsyncSession,
    installation: InstallationId,
    *,
    macs: Collection[bytes],
    voucher: VoucherSeen,
    checkout: str | None,
    customer: CustomerId | None,
) -> Tender | None:
    """Whose code an order bears.

    Where Saleor does not say which, it is one of that voucher: the checkout's own, else the customer's; the newest,
    and one that still pays before one that does not. A voucher without an id is told by channel and worth.
    """
    if macs:
        wanted = sa.select(TenderRow).where(TenderRow.code_mac.in_(macs))
    else:
        theirs = TenderRow.checkout_id == checkout
        if customer is not None:
            shard = shard_key(installation, customer)
            theirs = sa.or_(theirs, sa.and_(TenderRow.shard_key == shard, TenderRow.customer_id == customer))
        wanted = sa.select(TenderRow).where(_is_by(voucher), theirs)
    likely = (TenderRow.checkout_id == (checkout or "")).desc(), TenderRow.state.in_(OPEN).desc()
    row = await session.scalar(wanted.order_by(*likely, TenderRow.hold_id.desc()).limit(1))
    return None if row is None else _tender(row)


def _is_by(voucher: VoucherSeen) -> sa.ColumnElement[bool]:
    """`Tender.is_by` for the database."""
    if voucher.id is not None:
        return TenderRow.voucher_id == voucher.id
    if voucher.worth is None:
        return sa.false()
    return sa.and_(
        TenderRow.kind == TenderKind.VOUCHER.value,
        TenderRow.channel == voucher.channel,
        TenderRow.currency == voucher.worth.currency,
        TenderRow.amount == voucher.worth.minor,
    )


_LEAST_WAIT = timedelta(hours=1)


async def ask_for_end(session: AsyncSession, keys: Collection[HoldKey]) -> tuple[list[Tender], set[HoldKey]]:
    """The open tenders of these holds, and of them those whose end was not asked for within the last hour.

    A job that asked is tried again by itself, so asking each minute while a shop is away would only pile jobs up.
    """
    if not keys:
        return [], set()
    theirs = sa.and_(_is_one_of(keys), TenderRow.state.in_(OPEN))
    found = [_tender(row) for row in await session.scalars(sa.select(TenderRow).where(theirs))]
    asked = await session.execute(
        sa.update(TenderRow)
        .where(theirs, sa.or_(TenderRow.asked_at.is_(None), TenderRow.asked_at < _NOW - _LEAST_WAIT))
        .values(asked_at=_NOW)
        .returning(TenderRow.shard_key, TenderRow.hold_id)
        .execution_options(synchronize_session=False)
    )
    return found, {(ShardKey(row.shard_key), HoldId(row.hold_id)) for row in asked}


async def claim(session: AsyncSession, key: HoldKey, *, lasting: timedelta) -> Tender | None:
    """Be the only one at work on a tender for a while, by the database's clock; None while somebody else is."""
    row = await session.scalar(
        sa.update(TenderRow)
        .where(_is_one_of([key]), sa.or_(TenderRow.busy_until.is_(None), TenderRow.busy_until < _NOW))
        .values(busy_until=_NOW + lasting, turns=TenderRow.turns + 1)
        .returning(TenderRow)
        .execution_options(synchronize_session=False)
    )
    return None if row is None else _tender(row)


async def let_go(session: AsyncSession, tender: Tender) -> None:
    """Give back what `claim` gave, unless somebody else has it by now."""
    await session.execute(
        sa.update(TenderRow)
        .where(_is_one_of([tender.key]), TenderRow.busy_until == tender.busy_until)
        .values(busy_until=None)
        .execution_options(synchronize_session=False)
    )


_NOW = sa.func.clock_timestamp(type_=sa.DateTime(timezone=True))


def _is_one_of(keys: Collection[HoldKey]) -> sa.ColumnElement[bool]:
    return sa.tuple_(TenderRow.shard_key, TenderRow.hold_id).in_(list(keys))


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
        busy_until=row.busy_until,
        turns=row.turns,
    )
