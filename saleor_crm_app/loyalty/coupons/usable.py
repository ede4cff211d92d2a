"""Coupons that a customer could use at this moment."""

from collections.abc import Sequence
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncSession

from saleor_crm_app.kernel.ids import CustomerId, InstallationId, ProgramId, shard_key
from saleor_crm_app.loyalty.coupons.coupons import Coupon, as_coupon
from saleor_crm_app.loyalty.coupons.models import CouponMedium, CouponRow, CouponState


def is_usable(coupon: Coupon, *, at: datetime) -> bool:
    """Whether its code is there and good now."""
    return coupon.medium is not CouponMedium.NONE and not coupon.revoking and coupon.state_at(at) is CouponState.ISSUED


async def usable_coupons(
    session: AsyncSession,
    installation: InstallationId,
    customer: CustomerId,
    program: ProgramId,
    *,
    at: datetime,
    most: int,
) -> Sequence[Coupon]:
    """A customer's own in a program, those that expire first foremost; one statement."""
    wanted = sa.select(CouponRow).where(
        CouponRow.installation_id == installation,
        CouponRow.shard_key == shard_key(installation, customer),
        CouponRow.customer_id == customer,
        CouponRow.program_id == program,
        CouponRow.state == CouponState.ISSUED,
        CouponRow.medium != CouponMedium.NONE,
        CouponRow.revoking.is_(False),
        sa.or_(CouponRow.expires_at.is_(None), CouponRow.expires_at > at),
    )
    rows = await session.scalars(wanted.order_by(CouponRow.expires_at.nulls_last(), CouponRow.id).limit(most))
    return [as_coupon(row) for row in rows]
