"""One customer's rollup as it is read."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from sqlalchemy.ext.asyncio import AsyncSession

from saleor_crm_app.crm.facts.models import CustomerRollupRow
from saleor_crm_app.kernel.ids import CustomerId, InstallationId, shard_key
from saleor_crm_app.kernel.money import MinorUnits, Money

MEMBER_EXPIRY_DAYS: Final = 30
"""Points that lapse within so many days are a fact about a member."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Rollup:
    """What a customer's orders came to at `rolled_at`; shares are parts of a thousand, None where nothing tells."""

    orders: int
    orders_365: int
    revenue: Money | None
    revenue_365: Money | None
    first_order_at: datetime | None
    last_order_at: datetime | None
    discount_permille: int | None
    returned_permille: int | None
    gaps: int
    gap_days: float | None
    channels: Mapping[str, int]
    categories: Mapping[str, int]
    collections: Mapping[str, int]
    products: Mapping[str, int]
    is_confirmed: bool
    language: str
    country: str
    joined_at: datetime | None
    birth_month: int | None
    rolled_at: datetime


async def rollup_of(session: AsyncSession, installation: InstallationId, customer: CustomerId) -> Rollup | None:
    """A customer's rollup, if they are known."""
    row = await session.get(CustomerRollupRow, (installation, shard_key(installation, customer), customer))
    if row is None:
        return None

    def money(minor: int) -> Money | None:
        return None if row.currency is None else Money(MinorUnits(minor), row.currency)

    return Rollup(
        orders=row.orders,
        orders_365=row.orders_365,
        revenue=money(row.revenue),
        revenue_365=money(row.revenue_365),
        first_order_at=row.first_order_at,
        last_order_at=row.last_order_at,
        discount_permille=row.discount_permille,
        returned_permille=row.returned_permille,
        gaps=row.gaps,
        gap_days=row.gap_days,
        channels=row.channels,
        categories=row.categories,
        collections=row.collections,
        products=row.products,
        is_confirmed=row.is_confirmed,
        language=row.language,
        country=row.country,
        joined_at=row.joined_at,
        birth_month=row.birth_month,
        rolled_at=row.rolled_at,
    )
