"""What a customer will soon have used up: bought before, with a usual gap that is nearly over."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from itertools import pairwise
from statistics import median
from typing import Final

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.ext.asyncio import AsyncSession

from saleor_crm_app.crm.goods.owned import Bought, bought_by
from saleor_crm_app.crm.goods.shelf import FRESH_FOR
from saleor_crm_app.kernel.ids import CustomerId, InstallationId

LEAST_OWN_GAPS: Final = 2
LEAST_GAPS: Final = 5
"""So many of all customers together stand in for one's own."""

NEARLY: Final = 0.9
LONG_OVER: Final = 2.0
"""Shares of the gap: from the first on a product is due, from the second on it is not wanted any more."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Due:
    """A product to be bought again about `due_at`; `is_own_gap` unless the gap is that of all who buy it again."""

    product: str
    last_at: datetime
    due_at: datetime
    gap_days: float
    is_own_gap: bool


@dataclass(frozen=True, slots=True)
class UsualGap:
    """The median of so many gaps."""

    gaps: int
    days: float


def due(bought: Bought, usual: UsualGap | None, *, at: datetime) -> Due | None:
    """When this will be bought again, if that is near: by the customer's own gap, else by everybody's."""
    own = _own_gap(bought.days)
    gap = own if own is not None else usual if usual is not None and usual.gaps >= LEAST_GAPS else None
    if gap is None or bought.last_at is None or bought.came_back:
        return None
    if not NEARLY <= (at - bought.last_at) / timedelta(days=gap.days) < LONG_OVER:
        return None
    return Due(
        product=bought.product,
        last_at=bought.last_at,
        due_at=bought.last_at + timedelta(days=gap.days),
        gap_days=gap.days,
        is_own_gap=gap is own,
    )


def _own_gap(days: Sequence[date]) -> UsualGap | None:
    gaps = [(later - earlier).days for earlier, later in pairwise(sorted(days))]
    return UsualGap(len(gaps), median(gaps)) if len(gaps) >= LEAST_OWN_GAPS else None


_FOR_SALE = sa.text(
    """
    SELECT shelf.product, gaps, gap_days FROM product_shelf AS shelf
    LEFT JOIN product_popularity AS counted
      ON counted.installation_id = :installation AND counted.channel = :channel AND counted.product = shelf.product
    WHERE shelf.installation_id = :installation AND shelf.channel = :channel AND shelf.product = ANY(:products)
      AND shelf.is_sold AND shelf.seen_at > :since
    ORDER BY shelf.product COLLATE "C"
    """
).bindparams(sa.bindparam("since", type_=sa.DateTime(timezone=True)), sa.bindparam("products", type_=ARRAY(sa.Text)))


async def replenishment(
    session: AsyncSession, installation: InstallationId, customer: CustomerId, *, channel: str, at: datetime
) -> Sequence[Due]:
    """Products that this customer is about to need again and can buy in the channel, the soonest first.

    Two statements, one for who has bought nothing. What they once returned is not among them.
    """
    owned = {one.product: one for one in await bought_by(session, installation, customer) if one.days}
    if not owned:
        return ()
    wanted = {"installation": installation, "channel": channel, "products": list(owned), "since": at - FRESH_FOR}
    rows = await session.execute(_FOR_SALE, wanted)
    found = [due(owned[row.product], UsualGap(row.gaps, row.gap_days) if row.gaps else None, at=at) for row in rows]
    return sorted((one for one in found if one is not None), key=lambda one: (one.due_at, one.product))
