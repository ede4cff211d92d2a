"""What is known of one product: its companions, how it sells, and what the shop last said of it."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncSession

from saleor_crm_app.crm.goods.models import ProductPairRow, ProductPopularityRow, ProductShelfRow
from saleor_crm_app.crm.goods.shelf import FRESH_FOR
from saleor_crm_app.kernel.ids import InstallationId
from saleor_crm_app.kernel.money import MinorUnits, Money

ENOUGH_ORDERS: Final = 500
"""From fewer orders companions may be chance."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Companion:
    """A product that is bought with another, `lift` times as often as by chance, in `support` orders."""

    product: str
    lift: float
    support: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Popularity:
    """How a product sells in a channel: of the last 90 days; `gap_days` are those of all channels."""

    channel: str
    buyers: int
    units: int
    gaps: int
    gap_days: float | None


@dataclass(frozen=True, slots=True, kw_only=True)
class ShelfPlace:
    """What the shop last said of a product in a channel; when that is not `is_fresh`, it is not recommended."""

    channel: str
    is_sold: bool
    is_fresh: bool
    name: str
    category: str | None
    price: Money | None
    seen_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class KnownProduct:
    """All of it; empty for a product that nobody has bought of late."""

    companions: Sequence[Companion]
    popularity: Sequence[Popularity]
    shelf: Sequence[ShelfPlace]


async def product_known(
    session: AsyncSession, installation: InstallationId, product: str, *, at: datetime
) -> KnownProduct:
    """What is known of a product, the best companions first; three statements."""

    def of(table: type[ProductPairRow | ProductPopularityRow | ProductShelfRow]) -> tuple[sa.ColumnElement[bool], ...]:
        return table.installation_id == installation, table.product == product

    best = (ProductPairRow.lift.desc(), ProductPairRow.support.desc(), ProductPairRow.companion)
    pairs = await session.scalars(sa.select(ProductPairRow).where(*of(ProductPairRow)).order_by(*best))
    sales = sa.select(ProductPopularityRow).where(*of(ProductPopularityRow)).order_by(ProductPopularityRow.channel)
    shelf = sa.select(ProductShelfRow).where(*of(ProductShelfRow)).order_by(ProductShelfRow.channel)
    return KnownProduct(
        companions=[Companion(product=one.companion, lift=one.lift, support=one.support) for one in pairs],
        popularity=[
            Popularity(channel=one.channel, buyers=one.buyers, units=one.units, gaps=one.gaps, gap_days=one.gap_days)
            for one in await session.scalars(sales)
        ],
        shelf=[_place(one, at=at) for one in await session.scalars(shelf)],
    )


def _place(row: ProductShelfRow, *, at: datetime) -> ShelfPlace:
    price = None if row.price is None or row.currency is None else Money(MinorUnits(row.price), row.currency)
    return ShelfPlace(
        channel=row.channel,
        is_sold=row.is_sold,
        is_fresh=row.seen_at > at - FRESH_FOR,
        name=row.name,
        category=row.category,
        price=price,
        seen_at=row.seen_at,
    )
