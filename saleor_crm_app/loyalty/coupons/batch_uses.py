"""The orders that used the codes of a batch, as they are kept; what follows from them: `batch_outcomes`."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncSession

from saleor_crm_app.kernel.ids import BatchId, CouponId, CustomerId, OrderId
from saleor_crm_app.loyalty.coupons.batch_outcomes import CodeUse
from saleor_crm_app.loyalty.coupons.coupons import Coupon, as_coupon
from saleor_crm_app.loyalty.coupons.models import CouponRow, CouponUseRow
from saleor_crm_app.loyalty.coupons.outcomes import Outcome
from saleor_crm_app.loyalty.coupons.uses import as_use


@dataclass(frozen=True, slots=True)
class BatchTally:
    """How many orders that were not cancelled used a batch's codes, and what they were given."""

    uses: int
    spent: int


async def tally_of(session: AsyncSession, batch: BatchId) -> BatchTally:
    """Count and sum up, by an index alone: right whatever was noted before."""
    is_live = sa.not_(CouponUseRow.is_void)
    counted = sa.select(
        sa.func.count().filter(is_live),
        sa.func.coalesce(sa.func.sum(CouponUseRow.amount).filter(is_live), 0),
    ).where(CouponUseRow.batch_id == batch)
    uses, spent = (await session.execute(counted)).one()
    return BatchTally(int(uses), int(spent))


async def uses_of_batch(
    session: AsyncSession,
    batch: BatchId,
    *,
    code: CouponId | None = None,
    customers: Collection[CustomerId] | None = None,
) -> list[CodeUse]:
    """The uses of a batch: all, those of some customers, or those of one code.

    With a code and customers all on which the outcomes of these depend: also what others used of the customers'
    codes, and what those who used the code used besides.
    """
    wanted = (
        sa.select(CouponUseRow, sa.func.coalesce(CouponRow.ended_at, CouponRow.expires_at))
        .join(CouponRow, _SAME)
        .where(CouponUseRow.batch_id == batch)
        .execution_options(populate_existing=True)
    )
    asked = [] if code is None else [CouponUseRow.coupon_id == code]
    if customers is not None:
        asked.append(CouponUseRow.customer_id.in_(customers))
    if code is not None and customers is not None:
        seen = sa.select(CouponUseRow).where(CouponUseRow.batch_id == batch)
        theirs = seen.where(CouponUseRow.customer_id.in_(customers)).with_only_columns(CouponUseRow.coupon_id)
        others = seen.where(CouponUseRow.coupon_id == code).with_only_columns(CouponUseRow.customer_id)
        asked += [CouponUseRow.coupon_id.in_(theirs), CouponUseRow.customer_id.in_(others)]
    if asked:
        wanted = wanted.where(sa.or_(*asked))
    return [_code_use(row, over_since) for row, over_since in await session.execute(wanted)]


async def use_of(session: AsyncSession, coupon: Coupon, order: OrderId) -> CodeUse | None:
    """One use as it was noted, if it was."""
    wanted = sa.select(CouponUseRow).where(
        CouponUseRow.shard_key == coupon.shard, CouponUseRow.coupon_id == coupon.id, CouponUseRow.order_id == order
    )
    row = (await session.scalars(wanted.execution_options(populate_existing=True))).one_or_none()
    return None if row is None else _code_use(row, coupon.ended_at or coupon.expires_at)


async def write_code_outcomes(
    session: AsyncSession, batch: BatchId, outcomes: Mapping[tuple[CouponId, OrderId], Outcome]
) -> None:
    """Note what these uses came to."""
    for (code, order), outcome in outcomes.items():
        await session.execute(
            sa.update(CouponUseRow)
            .where(CouponUseRow.batch_id == batch, CouponUseRow.coupon_id == code, CouponUseRow.order_id == order)
            .values(outcome=outcome.value)
            .execution_options(synchronize_session=False)
        )


async def likely_code(
    session: AsyncSession, batch: BatchId, *, customer: CustomerId | None, moment: datetime, within: timedelta
) -> Coupon | None:
    """The code that another order used about then: one of the same customer's, else the nearest."""
    apart = sa.func.abs(sa.extract("epoch", CouponUseRow.ordered_at - moment))
    is_theirs = CouponUseRow.customer_id.is_not_distinct_from(customer)
    wanted = (
        sa.select(CouponRow)
        .join(CouponUseRow, _SAME)
        .where(CouponUseRow.batch_id == batch, CouponUseRow.ordered_at.between(moment - within, moment + within))
        .order_by(is_theirs.desc(), apart, CouponUseRow.coupon_id)
        .limit(1)
    )
    row = await session.scalar(wanted)
    return None if row is None else as_coupon(row)


async def orders_of_codes(session: AsyncSession, codes: Sequence[Coupon]) -> Mapping[CouponId, list[OrderId]]:
    """The orders that used these codes, oldest first, without those that were cancelled; one statement."""
    keys = [one.key for one in codes]
    found: dict[CouponId, list[OrderId]] = {one.id: [] for one in codes}
    wanted = (
        sa.select(CouponUseRow.coupon_id, CouponUseRow.order_id)
        .where(sa.tuple_(CouponUseRow.shard_key, CouponUseRow.coupon_id).in_(keys), sa.not_(CouponUseRow.is_void))
        .order_by(CouponUseRow.ordered_at, CouponUseRow.order_id)
    )
    for row in await session.execute(wanted):
        found[CouponId(row.coupon_id)].append(OrderId(row.order_id))
    return found


_SAME = sa.and_(CouponRow.shard_key == CouponUseRow.shard_key, CouponRow.id == CouponUseRow.coupon_id)


def _code_use(row: CouponUseRow, over_since: datetime | None) -> CodeUse:
    return CodeUse(code=CouponId(row.coupon_id), use=as_use(row), outcome=Outcome(row.outcome), over_since=over_since)
