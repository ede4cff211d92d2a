"""The orders that used each coupon, as they are kept; what follows from them: `outcomes`."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from saleor_crm_app.kernel.ids import CouponId, CustomerId, InstallationId, OrderId, ShardKey
from saleor_crm_app.loyalty.coupons.coupons import Coupon, CouponKey, as_coupon
from saleor_crm_app.loyalty.coupons.models import CouponRow, CouponUseRow
from saleor_crm_app.loyalty.coupons.outcomes import Outcome, Use


@dataclass(frozen=True, slots=True, kw_only=True)
class KeptUse:
    """A use, what it came to so far, and the points that were taken for it."""

    use: Use
    outcome: Outcome
    charged: int


async def note_use(session: AsyncSession, installation: InstallationId, coupon: Coupon, use: Use) -> None:
    """Keep what is known now of an order that used a coupon; what followed from it before stays noted."""
    row = {
        "installation_id": installation,
        "shard_key": coupon.shard,
        "coupon_id": coupon.id,
        "order_id": use.order,
        "batch_id": coupon.batch,
        "customer_id": use.customer,
        "ordered_at": use.ordered_at,
        "amount": use.amount,
        "is_void": use.is_void,
        "outcome": Outcome.VOID if use.is_void else Outcome.USED,
    }
    changed = {name: row[name] for name in ("customer_id", "ordered_at", "amount", "is_void")}
    key = ["installation_id", "shard_key", "coupon_id", "order_id"]
    await session.execute(insert(CouponUseRow).values(row).on_conflict_do_update(index_elements=key, set_=changed))


async def uses_of(session: AsyncSession, keys: Collection[CouponKey]) -> dict[CouponKey, list[KeptUse]]:
    """The uses of these coupons; one statement, none for none."""
    if not keys:
        return {}
    wanted = sa.select(CouponUseRow).where(sa.tuple_(CouponUseRow.shard_key, CouponUseRow.coupon_id).in_(list(keys)))
    found: dict[CouponKey, list[KeptUse]] = {key: [] for key in keys}
    for row in await session.scalars(wanted.execution_options(populate_existing=True)):
        found[ShardKey(row.shard_key), CouponId(row.coupon_id)].append(
            KeptUse(use=as_use(row), outcome=Outcome(row.outcome), charged=row.charged)
        )
    return found


async def write_outcomes(
    session: AsyncSession, coupon: Coupon, outcomes: Mapping[OrderId, Outcome], charged: Mapping[OrderId, int]
) -> None:
    """Note what each order came to, and the points taken for it."""
    for order, outcome in outcomes.items():
        await session.execute(
            sa.update(CouponUseRow)
            .where(
                CouponUseRow.shard_key == coupon.shard,
                CouponUseRow.coupon_id == coupon.id,
                CouponUseRow.order_id == order,
            )
            .values(outcome=outcome.value, charged=charged.get(order, 0))
            .execution_options(synchronize_session=False)
        )


async def coupons_used_by(session: AsyncSession, orders: Collection[OrderId]) -> dict[OrderId, list[CouponKey]]:
    """Which coupons these orders are known to have used; one statement, none for no order."""
    if not orders:
        return {}
    columns = sa.select(CouponUseRow.order_id, CouponUseRow.shard_key, CouponUseRow.coupon_id)
    found: dict[OrderId, list[CouponKey]] = {}
    for row in await session.execute(columns.where(CouponUseRow.order_id.in_(orders))):
        found.setdefault(OrderId(row.order_id), []).append((ShardKey(row.shard_key), CouponId(row.coupon_id)))
    return found


async def used_around(
    session: AsyncSession,
    voucher_keys: Collection[UUID],
    *,
    since: datetime,
    until: datetime,
    but: OrderId,
    most: int,
) -> list[Coupon]:
    """Coupons of these vouchers that another order used within a time, the newest use first."""
    wanted = (
        sa.select(CouponRow)
        .join(
            CouponUseRow,
            sa.and_(CouponUseRow.shard_key == CouponRow.shard_key, CouponUseRow.coupon_id == CouponRow.id),
        )
        .where(
            CouponRow.voucher_key.in_(voucher_keys),
            CouponUseRow.ordered_at.between(since, until),
            CouponUseRow.order_id != but,
        )
        .order_by(CouponUseRow.ordered_at.desc())
        .limit(most)
    )
    return [as_coupon(row) for row in await session.scalars(wanted)]


def as_use(row: CouponUseRow) -> Use:
    """Read a row."""
    return Use(
        order=OrderId(row.order_id),
        customer=None if row.customer_id is None else CustomerId(row.customer_id),
        ordered_at=row.ordered_at,
        amount=row.amount,
        is_void=row.is_void,
    )
