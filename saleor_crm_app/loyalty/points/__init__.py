"""Points: a ledger that only grows, its lots, and what orders deserve."""

from saleor_crm_app.loyalty.points import errors
from saleor_crm_app.loyalty.points.accounts import memberships
from saleor_crm_app.loyalty.points.earning.accrual import accrue
from saleor_crm_app.loyalty.points.earning.foretelling import foretell, foretell_each, tried_by
from saleor_crm_app.loyalty.points.earning.giving_back import give_back
from saleor_crm_app.loyalty.points.earning.targets import Due
from saleor_crm_app.loyalty.points.expiry import expire_due
from saleor_crm_app.loyalty.points.months import accounting, liability
from saleor_crm_app.loyalty.points.proof import books
from saleor_crm_app.loyalty.points.proof.books import Finding, Verdict, verify
from saleor_crm_app.loyalty.points.reading import statements
from saleor_crm_app.loyalty.points.reading.balances import (
    BALANCE, NO_POINTS, Balance, Expiring, balance_from, balance_of, balances_of, key_of,
)  # fmt: skip
from saleor_crm_app.loyalty.points.reading.earned import OrderPoints, orders_points
from saleor_crm_app.loyalty.points.reading.history import (
    EMPTY_PAGE, EntryLine, EntryPage, EntryWindow, entries_of, entry_pages,
)  # fmt: skip
from saleor_crm_app.loyalty.points.reading.members import (
    Member, account_of, accounts_in_channels, accounts_of, count_members, member_by_account, members,
)  # fmt: skip
from saleor_crm_app.loyalty.points.reading.qualifying import Qualified, Qualifying, owners_of_program, qualifying_of
from saleor_crm_app.loyalty.points.spending.hold_rows import Hold, HoldKey, holds_by_key, overdue_holds
from saleor_crm_app.loyalty.points.spending.holds import Capture, capture, hold, release
from saleor_crm_app.loyalty.points.spending.limits import demand_within_limits, most_for_order
from saleor_crm_app.loyalty.points.spending.spent import charge, redeem
from saleor_crm_app.loyalty.points.staff import staff_acts

__all__ = [
    "BALANCE", "EMPTY_PAGE", "NO_POINTS", "Balance", "Capture", "Due", "EntryLine", "EntryPage", "EntryWindow",
    "Expiring", "Finding", "Hold", "HoldKey", "Member", "OrderPoints", "Qualified", "Qualifying", "Verdict",
    "account_of", "accounting", "accounts_in_channels", "accounts_of", "accrue", "balance_from", "balance_of",
    "balances_of", "books", "capture", "charge", "count_members", "demand_within_limits", "entries_of", "entry_pages",
    "errors", "expire_due", "foretell", "foretell_each", "give_back", "hold", "holds_by_key", "key_of", "liability",
    "member_by_account", "members", "memberships", "most_for_order", "orders_points", "overdue_holds",
    "owners_of_program", "qualifying_of", "redeem", "release", "staff_acts", "statements", "tried_by", "verify",
]  # fmt: skip
