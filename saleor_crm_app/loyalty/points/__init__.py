"""Points: a ledger that only grows, its lots, and what orders deserve."""

from saleor_crm_app.loyalty.points.accrual import accrue
from saleor_crm_app.loyalty.points.history import EMPTY_PAGE, EntryLine, EntryPage, EntryWindow, entries_of, entry_pages
from saleor_crm_app.loyalty.points.proof import Finding, Verdict, verify
from saleor_crm_app.loyalty.points.statement import (
    NO_POINTS,
    Balance,
    Member,
    OrderPoints,
    account_of,
    accounts_of,
    balance_of,
    balances_of,
    count_members,
    member_by_account,
    members,
    orders_points,
)

__all__ = [
    "EMPTY_PAGE", "NO_POINTS", "Balance", "EntryLine", "EntryPage", "EntryWindow", "Finding", "Member", "OrderPoints",
    "Verdict", "account_of", "accounts_of", "accrue", "balance_of", "balances_of", "count_members", "entries_of",
    "entry_pages", "member_by_account", "members", "orders_points", "verify",
]  # fmt: skip
