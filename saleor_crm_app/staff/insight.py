"""Phases and ranks of all customers as staff see them: how many are where, who moved, what they have brought."""

from datetime import datetime, timedelta
from enum import Enum
from typing import Annotated, Final

import strawberry

from saleor_crm_app.crm import insight
from saleor_crm_app.crm.facts import Cell, Phase
from saleor_crm_app.staff.context import Info
from saleor_crm_app.staff.inputs import BadInputField, instant
from saleor_crm_app.staff.permissions import ManagesDiscounts
from saleor_crm_app.staff.scalars import BigInt
from saleor_crm_app.staff.segments import InsufficientData

_USUAL_SPAN: Final = timedelta(days=30)

SinceArgument = Annotated[
    datetime | None, strawberry.argument(description="The earlier instant; 30 days before the later one if left out.")
]
UntilArgument = Annotated[datetime | None, strawberry.argument(description="The later instant; now if left out.")]


@strawberry.enum(description="Where a customer's life with the shop stands.")
class CustomerPhase(Enum):
    ACQUISITION = strawberry.enum_value("ACQUISITION", description="Has an account and has bought nothing.")
    LAUNCH = strawberry.enum_value("LAUNCH", description="Has bought on one day.")
    DEVELOPMENT = strawberry.enum_value("DEVELOPMENT", description="Has bought on several days.")
    SEPARATION = strawberry.enum_value("SEPARATION", description="Has been silent for twice the usual gap.")


@strawberry.enum(description="What recency, frequency and money say of a purchaser together.")
class RfmCell(Enum):
    CHAMPION = strawberry.enum_value("CHAMPION", description="Bought lately, often and for much.")
    LOYAL = strawberry.enum_value("LOYAL", description="Buys often or for much.")
    POTENTIAL_LOYAL = strawberry.enum_value("POTENTIAL_LOYAL", description="Bought lately and could become loyal.")
    NEW = strawberry.enum_value("NEW", description="Bought very lately, little so far.")
    PROMISING = strawberry.enum_value("PROMISING", description="Bought lately, little so far.")
    NEEDS_ATTENTION = strawberry.enum_value("NEEDS_ATTENTION", description="In the middle, and about to cool.")
    ABOUT_TO_SLEEP = strawberry.enum_value("ABOUT_TO_SLEEP", description="Bought little, some time ago.")
    AT_RISK = strawberry.enum_value("AT_RISK", description="Bought well, long ago.")
    CANNOT_LOSE = strawberry.enum_value("CANNOT_LOSE", description="Was among the best, long ago.")
    HIBERNATING = strawberry.enum_value("HIBERNATING", description="Bought little, long ago.")
    LOST = strawberry.enum_value("LOST", description="Bought little, longest ago, or nothing for two years.")


@strawberry.type(description="How many customers are in a phase, how long they stay, and how many move on.")
class PhaseOfMix:
    phase: CustomerPhase = strawberry.field(description="The phase.")
    customers: BigInt = strawberry.field(description="How many are in it now.")
    days_so_far: float | None = strawberry.field(description="Half of them have been in it for so many days.")
    stays: BigInt = strawberry.field(description="How many came into it since this is kept; some have left again.")
    median_days: int | None = strawberry.field(
        description="After so many days half have left it, those who are still in it taken into account; null while "
        "fewer than half have, or where data are insufficient."
    )
    conversion: float | None = strawberry.field(
        description="The share, 0 to 1, that buys its way on: from acquisition to a first order, from launch to a "
        "second, from separation back. Null for development, where customers are to stay, and where data are "
        "insufficient."
    )
    insufficient_data: list[InsufficientData] = strawberry.field(description="What lacks for the last two.")

    @classmethod
    def of(cls, row: insight.PhaseShare) -> "PhaseOfMix":
        leads_on = bool(insight.ONWARD[row.phase])
        return cls(
            phase=CustomerPhase[row.phase.value],
            customers=BigInt(row.customers),
            days_so_far=row.days_so_far,
            stays=BigInt(row.stays),
            median_days=None if row.course is None else row.course.median_days,
            conversion=None if row.course is None or not leads_on else row.course.moving_on,
            insufficient_data=[InsufficientData.of(one) for one in row.missing],
        )


@strawberry.type(description="How many were in one phase at the earlier instant and in another at the later one.")
class PhaseMove:
    from_phase: CustomerPhase | None = strawberry.field(description="The earlier phase; null: not known yet.")
    to_phase: CustomerPhase = strawberry.field(description="The later phase, which may be the same.")
    customers: BigInt = strawberry.field(description="How many.")
    share: float | None = strawberry.field(description="Of those with the same earlier phase, 0 to 1.")


@strawberry.type(description="Who went from which phase into which. Deleted customers are in no count.")
class PhaseMoves:
    since: datetime = strawberry.field(description="The earlier instant.")
    until: datetime = strawberry.field(description="The later instant.")
    moves: list[PhaseMove] = strawberry.field(description="Every pair of phases, also those that nobody went.")
    insufficient_data: list[InsufficientData] = strawberry.field(description="What lacks; there are no moves then.")

    @classmethod
    def of(cls, row: insight.PhaseMoves, *, since: datetime, until: datetime) -> "PhaseMoves":
        return cls(
            since=since,
            until=until,
            moves=[_move(one, row) for one in row.moves],
            insufficient_data=[InsufficientData.of(one) for one in row.missing],
        )


@strawberry.type(description="What purchasers of a cell have brought in one currency.")
class CellRevenue:
    currency: str = strawberry.field(description="The currency.")
    amount: BigInt = strawberry.field(description="What was paid less what was paid back, in minor units.")
    share: float | None = strawberry.field(description="Of all revenue in this currency, 0 to 1.")


@strawberry.type(description="Purchasers in a cell.")
class RfmCellSize:
    cell: RfmCell = strawberry.field(description="The cell.")
    customers: BigInt = strawberry.field(description="How many are in it.")
    revenue: list[CellRevenue] = strawberry.field(description="What they have brought, by currency.")

    @classmethod
    def of(cls, row: insight.CellSize) -> "RfmCellSize":
        revenue = [
            CellRevenue(currency=one.currency, amount=BigInt(one.minor), share=row.shares.get(one.currency))
            for one in row.revenue
        ]
        return cls(cell=RfmCell[row.cell.value], customers=BigInt(row.customers), revenue=revenue)


@strawberry.type(description="Purchasers with the same ranks.")
class RfmSquare:
    recency: int = strawberry.field(description="From 1, longest ago, to 5.")
    value: int = strawberry.field(description="The mean of frequency and money, from 1, least, to 5.")
    cell: RfmCell = strawberry.field(description="The cell it lies in.")
    customers: BigInt = strawberry.field(description="How many have these ranks.")


@strawberry.type(description="Purchasers by recency, frequency and money, as of the last night.")
class RfmGrid:
    cells: list[RfmCellSize] = strawberry.field(description="All eleven cells.")
    squares: list[RfmSquare] = strawberry.field(
        description="The ranks that somebody has; who has bought nothing for two years has none."
    )
    insufficient_data: list[InsufficientData] = strawberry.field(description="What lacks; the grid is empty then.")

    @classmethod
    def of(cls, row: insight.RfmGrid) -> "RfmGrid":
        squares = [
            RfmSquare(
                recency=one.recency, value=one.value, cell=RfmCell[one.cell.value], customers=BigInt(one.customers)
            )
            for one in row.squares
        ]
        return cls(
            cells=[RfmCellSize.of(one) for one in row.cells],
            squares=squares,
            insufficient_data=[InsufficientData.of(one) for one in row.missing],
        )


@strawberry.type(description="What staff may read of phases and ranks.")
class InsightQuery:
    @strawberry.field(permission_classes=[ManagesDiscounts], description="The four phases and who is in them.")
    async def phase_mix(self, info: Info) -> list[PhaseOfMix]:
        context = info.context
        async with context.reading.session() as session:
            found = await insight.phase_mix(session, context.shop, at=context.at)
        return [PhaseOfMix.of(one) for one in found]

    @strawberry.field(permission_classes=[ManagesDiscounts], description="Moves between phases in a time.")
    async def phase_moves(
        self, info: Info, since: SinceArgument = strawberry.UNSET, until: UntilArgument = strawberry.UNSET
    ) -> PhaseMoves:
        context = info.context
        last = min(instant(until) or context.at, context.at)
        first = instant(since) or last - _USUAL_SPAN
        if first >= last:
            raise BadInputField("since", "Give an instant in the past, before `until`.")
        async with context.reading.session() as session:
            found = await insight.phase_moves(session, context.shop, since=first, until=last, at=context.at)
        return PhaseMoves.of(found, since=first, until=last)

    @strawberry.field(permission_classes=[ManagesDiscounts], description="The grid of purchasers' ranks.")
    async def rfm_grid(self, info: Info) -> RfmGrid:
        async with info.context.reading.session() as session:
            return RfmGrid.of(await insight.rfm_grid(session, info.context.shop))


def _move(move: insight.PhaseMove, among: insight.PhaseMoves) -> PhaseMove:
    whole = sum(one.customers for one in among.moves if one.from_phase is move.from_phase)
    return PhaseMove(
        from_phase=phase_of(move.from_phase),
        to_phase=CustomerPhase[move.to_phase.value],
        customers=BigInt(move.customers),
        share=move.customers / whole if whole else None,
    )


def phase_of(phase: Phase | None) -> CustomerPhase | None:
    """As the schema names it."""
    return None if phase is None else CustomerPhase[phase.value]


def cell_of(cell: Cell | None) -> RfmCell | None:
    """As the schema names it."""
    return None if cell is None else RfmCell[cell.value]
