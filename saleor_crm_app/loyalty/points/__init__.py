"""Points: a ledger that only grows, its lots, and what orders deserve."""

from saleor_crm_app.loyalty.points.accrual import accrue
from saleor_crm_app.loyalty.points.proof import Finding, Verdict, verify
from saleor_crm_app.loyalty.points.statement import (
    Balance,
    EntryLine,
    EntryPage,
    Member,
    OrderPoints,
    account_of,
    balance_of,
    entries_of,
    members,
    orders_points,
)

__all__ = [
    "Balance",
    "EntryLine",
    "EntryPage",
    "Finding",
    "Member",
    "OrderPoints",
    "Verdict",
    "account_of",
    "accrue",
    "balance_of",
    "entries_of",
    "members",
    "orders_points",
    "verify",
]
