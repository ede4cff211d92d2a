"""Statements as rows of a table, for CSV: one row an entry, the same columns wherever they are written."""

from collections.abc import AsyncIterator, Collection, Mapping, Sequence
from typing import Final

from sqlalchemy.ext.asyncio import AsyncSession

from saleor_crm_app.crm.orders import order_numbers
from saleor_crm_app.kernel.ids import InstallationId, OrderId, ProgramId, global_id
from saleor_crm_app.loyalty.points.reading.explanations import explain
from saleor_crm_app.loyalty.points.reading.members import Member
from saleor_crm_app.loyalty.points.reading.statement import Period, StatementLine, ledger, statement

STATEMENT_COLUMNS: Final = (
    "number",
    "occurred_at",
    "recorded_at",
    "kind",
    "source",
    "points",
    "balance",
    "order",
    "order_id",
    "available_at",
    "expires_at",
    "rule_version",
    "lots",
    "explanation",
    "entry_id",
    "customer_id",
    "program_id",
)
_AT_ONCE: Final = 500

Row = Sequence[object]
Currencies = Mapping[ProgramId, str]
"""The currency of every program of the shop."""


async def statement_rows(
    session: AsyncSession,
    installation: InstallationId,
    member: Member,
    period: Period,
    *,
    currencies: Currencies,
    language: str | None = None,
) -> list[Row]:
    """One member's entries, oldest first, below their columns' names; two statements.

    Raises StatementTooLong.
    """
    lines = await statement(session, installation, member, period)
    return [STATEMENT_COLUMNS, *await _rows(session, installation, lines, currencies=currencies, language=language)]


async def ledger_rows(
    session: AsyncSession,
    installation: InstallationId,
    period: Period,
    *,
    members: Sequence[Member] | None,
    currencies: Currencies,
    language: str | None = None,
) -> AsyncIterator[list[Row]]:
    """All entries of a shop or of some members, some hundreds at a time, below their columns' names."""
    yield [STATEMENT_COLUMNS]
    lines: list[StatementLine] = []
    for member in [None] if members is None else members:
        async for line in ledger(session, installation, member=member, period=period):
            lines.append(line)
            if len(lines) == _AT_ONCE:
                yield await _rows(session, installation, lines, currencies=currencies, language=language)
                lines = []
    yield await _rows(session, installation, lines, currencies=currencies, language=language)


async def _rows(
    session: AsyncSession,
    installation: InstallationId,
    lines: Collection[StatementLine],
    *,
    currencies: Currencies,
    language: str | None,
) -> list[Row]:
    orders = {line.entry.order for line in lines if line.entry.order is not None}
    numbers = await order_numbers(session, installation, orders)
    return [_row(line, numbers, currencies[line.program], language) for line in lines]


def _row(line: StatementLine, numbers: Mapping[OrderId, str], currency: str, language: str | None) -> Row:
    entry = line.entry
    return (
        entry.seq,
        entry.occurred_at,
        entry.recorded_at,
        entry.kind,
        entry.source,
        entry.points,
        line.balance,
        None if entry.order is None else numbers.get(entry.order),
        None if entry.order is None else global_id("Order", entry.order),
        entry.available_at,
        entry.expires_at,
        entry.program_version,
        "; ".join(f"{'owed' if move.lot is None else move.lot}: {move.points}" for move in line.moves),
        explain(entry, currency=currency, language=language).text,
        global_id("PointsEntry", entry.id),
        global_id("User", line.customer),
        global_id("LoyaltyProgram", line.program),
    )
