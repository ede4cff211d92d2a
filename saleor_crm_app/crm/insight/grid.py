"""How many purchasers are in each cell and on each pair of ranks, and what they have brought."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncSession

from saleor_crm_app.crm.facts import LEAST_PURCHASERS, Cell, Missing
from saleor_crm_app.kernel.ids import InstallationId
from saleor_crm_app.kernel.money import MinorUnits, Money


@dataclass(frozen=True, slots=True, kw_only=True)
class CellSize:
    """Purchasers in a cell; their revenue by currency, and the share it is of all revenue in that currency."""

    cell: Cell
    customers: int
    revenue: Sequence[Money]
    shares: Mapping[str, float]


@dataclass(frozen=True, slots=True, kw_only=True)
class Square:
    """Purchasers with these ranks from 1 (worst) to 5; `value` is the mean of frequency and money, rounded."""

    recency: int
    value: int
    cell: Cell
    customers: int


@dataclass(frozen=True, slots=True, kw_only=True)
class RfmGrid:
    """All cells, also empty ones, and the squares with somebody in them; neither where something is `missing`."""

    cells: Sequence[CellSize] = ()
    squares: Sequence[Square] = ()
    missing: Sequence[Missing] = ()


_PURCHASERS: Final = sa.text("SELECT purchasers FROM scoring WHERE installation_id = :installation")
_GRID: Final = sa.text(
    """
    SELECT recency, (frequency + monetary + 1) / 2 AS value, cell, currency, count(*) AS customers,
           CAST(sum(revenue) AS bigint) AS revenue
    FROM customer_score AS known JOIN customer_rollup AS kept USING (installation_id, shard_key, customer_id)
    WHERE known.installation_id = :installation AND cell IS NOT NULL AND NOT kept.is_staff
    GROUP BY recency, value, cell, currency ORDER BY recency, value
    """
)


async def rfm_grid(session: AsyncSession, installation: InstallationId) -> RfmGrid:
    """As of the last night; two statements. Who has not bought for two years is lost, and on no square."""
    wanted = {"installation": installation}
    purchasers = int((await session.execute(_PURCHASERS, wanted)).scalar_one_or_none() or 0)
    if purchasers < LEAST_PURCHASERS:
        return RfmGrid(missing=[Missing(what="PURCHASERS", have=purchasers, needed=LEAST_PURCHASERS)])
    people: Counter[Cell] = Counter()
    revenue: Counter[tuple[Cell, str]] = Counter()
    squares: Counter[tuple[int, int, Cell]] = Counter()
    for row in await session.execute(_GRID, wanted):
        cell = Cell(row.cell)
        people[cell] += row.customers
        revenue[cell, row.currency] += row.revenue
        if row.recency is not None:
            squares[row.recency, row.value, cell] += row.customers
    return RfmGrid(
        cells=[_size(cell, people[cell], revenue) for cell in Cell],
        squares=[
            Square(recency=recency, value=value, cell=cell, customers=number)
            for (recency, value, cell), number in squares.items()
        ],
    )


def _size(cell: Cell, customers: int, revenue: Mapping[tuple[Cell, str], int]) -> CellSize:
    totals: Counter[str] = Counter()
    for (_, currency), amount in revenue.items():
        totals[currency] += amount
    own = {currency: amount for (owner, currency), amount in sorted(revenue.items()) if owner is cell}
    return CellSize(
        cell=cell,
        customers=customers,
        revenue=[Money(MinorUnits(amount), currency) for currency, amount in own.items()],
        shares={currency: amount / totals[currency] for currency, amount in own.items() if totals[currency] > 0},
    )
