"""What other floors use of statements under one name: `points.statements.explain` and what belongs to it."""

from saleor_crm_app.loyalty.points.reading.explanations import Explanation, by_rules_of, explain, numbers_of, replay
from saleor_crm_app.loyalty.points.reading.statement import (
    LotMove,
    Period,
    StatementLine,
    StatementTooLong,
    ledger,
    moves_of_entries,
    statement,
)
from saleor_crm_app.loyalty.points.reading.statement_table import STATEMENT_COLUMNS, ledger_rows, statement_rows
from saleor_crm_app.loyalty.points.reading.time_travel import Moment, balance_as_of, balances_as_of

__all__ = [
    "STATEMENT_COLUMNS",
    "Explanation",
    "LotMove",
    "Moment",
    "Period",
    "StatementLine",
    "StatementTooLong",
    "balance_as_of",
    "balances_as_of",
    "by_rules_of",
    "explain",
    "ledger",
    "ledger_rows",
    "moves_of_entries",
    "numbers_of",
    "replay",
    "statement",
    "statement_rows",
]
