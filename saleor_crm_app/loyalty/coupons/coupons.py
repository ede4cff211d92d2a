"""Coupons as they are read and written: grants of rewards, each to one customer or to whoever has a campaign's code."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncSession

from saleor_crm_app.kernel.db import insert_rows
from saleor_crm_app.kernel.ids import (
    BatchId,
    CouponId,
    CustomerId,
    InstallationId,
    OrderId,
    ProgramId,
    RedemptionId,
    RewardId,
    ShardKey,
    shard_key,
)
from saleor_crm_app.kernel.money import Points
from saleor_crm_app.loyalty.coupons.models import CouponMedium, CouponOrigin, CouponRow, CouponState

CouponKey = tuple[ShardKey, CouponId]
NO_POINTS: Final = Points(0)
OPEN = (CouponState.HELD, CouponState.ISSUED)


@dataclass(frozen=True, slots=True, kw_only=True)
class Coupon:
    """One grant; see `CouponRow` for its parts. `customer` is None for a campaign's code."""

    id: CouponId
    shard: ShardKey
    program: ProgramId
    reward: RewardId
    customer: CustomerId | None
    origin: CouponOrigin
    medium: CouponMedium
    state: CouponState
    currency: str
    issued_at: datetime
    expires_at: datetime | None = None
    points: Points = NO_POINTS
    redemption: RedemptionId | None = None
    returned: Points = NO_POINTS
    cost: int = 0
    worth: int | None = None
    batch: BatchId | None = None
    voucher_key: UUID | None = None
    saleor_id: str | None = None
    mac: bytes | None = None
    sealed: bytes | None = None
    deliver_by: datetime | None = None
    ended_at: datetime | None = None
    order: OrderId | None = None
    replaces: CouponId | None = None
    revoking: bool = False
    busy_until: datetime | None = None

    @property
    def key(self) -> CouponKey:
        return self.shard, self.id

    @property
    def is_open(self) -> bool:
        return self.state in OPEN

    @property
    def tag(self) -> str:
        """What a gift card made for it is found by, should its making not have been noted."""
        return f"saleor-crm:coupon:{self.id}"

    def state_at(self, at: datetime) -> CouponState:
        """One whose time is over reads as expired, whether or not a job has seen to it."""
        over = self.state is CouponState.ISSUED and self.expires_at is not None and self.expires_at <= at
        return CouponState.EXPIRED if over else self.state


def place_of(installation: InstallationId, coupon: CouponId, customer: CustomerId | None) -> ShardKey:
    """Where a coupon lies: with its customer, one of nobody's by itself."""
    return shard_key(installation, coupon if customer is None else customer)


async def insert_coupons(session: AsyncSession, installation: InstallationId, coupons: Sequence[Coupon]) -> None:
    """Keep new ones; one statement."""
    await insert_rows(session, CouponRow.__table__, [_row(installation, one) for one in coupons])


async def coupon_of(session: AsyncSession, key: CouponKey, *, for_update: bool = False) -> Coupon | None:
    """One coupon of the session's installation."""
    shard, coupon = key
    wanted = sa.select(CouponRow).where(CouponRow.shard_key == shard, CouponRow.id == coupon)
    row = await session.scalar(_fresh(wanted.with_for_update() if for_update else wanted))
    return None if row is None else as_coupon(row)


async def coupon_by_id(session: AsyncSession, coupon: CouponId, *, for_update: bool = False) -> Coupon | None:
    """One coupon where it is not known whose it is."""
    wanted = sa.select(CouponRow).where(CouponRow.id == coupon)
    row = await session.scalar(_fresh(wanted.with_for_update() if for_update else wanted))
    return None if row is None else as_coupon(row)


async def coupons_by_code(session: AsyncSession, macs: Collection[bytes]) -> list[Coupon]:
    """Whose codes these are."""
    if not macs:
        return []
    rows = await session.scalars(_fresh(sa.select(CouponRow).where(CouponRow.code_mac.in_(macs))))
    return [as_coupon(row) for row in rows]


async def coupons_by_card(session: AsyncSession, cards: Collection[str]) -> list[Coupon]:
    """Which coupons these gift cards are."""
    if not cards:
        return []
    wanted = sa.select(CouponRow).where(CouponRow.saleor_id.in_(cards), CouponRow.medium == CouponMedium.GIFT_CARD)
    return [as_coupon(row) for row in await session.scalars(_fresh(wanted))]


async def change_coupon(session: AsyncSession, coupon: Coupon, **columns: Any) -> None:  # noqa: ANN401 # any column's
    """Write some of its columns."""
    await session.execute(
        sa.update(CouponRow)
        .where(CouponRow.shard_key == coupon.shard, CouponRow.id == coupon.id)
        .values(**columns)
        .execution_options(synchronize_session=False)
    )


_NOW = sa.func.clock_timestamp(type_=sa.DateTime(timezone=True))


async def take_coupon(session: AsyncSession, key: CouponKey, *, lasting: timedelta) -> Coupon | None:
    """Be the only one at work on a coupon in the shop for a while; None while somebody else is."""
    shard, coupon = key
    free = sa.or_(CouponRow.busy_until.is_(None), CouponRow.busy_until < _NOW)
    taken = sa.update(CouponRow).where(CouponRow.shard_key == shard, CouponRow.id == coupon, free)
    row = await session.scalar(
        taken.values(busy_until=_NOW + lasting)
        .returning(CouponRow)
        .execution_options(synchronize_session=False, populate_existing=True)
    )
    return None if row is None else as_coupon(row)


async def let_coupon_go(session: AsyncSession, coupon: Coupon) -> None:
    """Give back what `take_coupon` gave, unless somebody else has it by now."""
    await session.execute(
        sa.update(CouponRow)
        .where(
            CouponRow.shard_key == coupon.shard,
            CouponRow.id == coupon.id,
            CouponRow.busy_until == coupon.busy_until,
        )
        .values(busy_until=None)
        .execution_options(synchronize_session=False)
    )


def _fresh(wanted: sa.Select[CouponRow]) -> sa.Select[CouponRow]:
    return wanted.execution_options(populate_existing=True)


def as_coupon(row: CouponRow) -> Coupon:
    """Read a row."""
    return Coupon(
        id=CouponId(row.id),
        shard=ShardKey(row.shard_key),
        program=ProgramId(row.program_id),
        reward=RewardId(row.reward_id),
        customer=None if row.customer_id is None else CustomerId(row.customer_id),
        batch=None if row.batch_id is None else BatchId(row.batch_id),
        origin=CouponOrigin(row.origin),
        medium=CouponMedium(row.medium),
        state=CouponState(row.state),
        points=Points(row.points),
        redemption=None if row.redemption_id is None else RedemptionId(row.redemption_id),
        returned=Points(row.returned),
        cost=row.cost,
        worth=row.worth,
        currency=row.currency,
        voucher_key=row.voucher_key,
        saleor_id=row.saleor_id,
        mac=row.code_mac,
        sealed=row.code_sealed,
        issued_at=row.issued_at,
        expires_at=row.expires_at,
        deliver_by=row.deliver_by,
        ended_at=row.ended_at,
        order=None if row.order_id is None else OrderId(row.order_id),
        replaces=None if row.replaces is None else CouponId(row.replaces),
        revoking=row.revoking,
        busy_until=row.busy_until,
    )


def _row(installation: InstallationId, coupon: Coupon) -> dict[str, Any]:
    return {
        "installation_id": installation,
        "shard_key": coupon.shard,
        "id": coupon.id,
        "program_id": coupon.program,
        "reward_id": coupon.reward,
        "customer_id": coupon.customer,
        "batch_id": coupon.batch,
        "origin": coupon.origin.value,
        "medium": coupon.medium.value,
        "state": coupon.state.value,
        "points": coupon.points,
        "redemption_id": coupon.redemption,
        "cost": coupon.cost,
        "worth": coupon.worth,
        "currency": coupon.currency,
        "voucher_key": coupon.voucher_key,
        "saleor_id": coupon.saleor_id,
        "code_mac": coupon.mac,
        "code_sealed": coupon.sealed,
        "issued_at": coupon.issued_at,
        "expires_at": coupon.expires_at,
        "deliver_by": coupon.deliver_by,
        "replaces": coupon.replaces,
    }
