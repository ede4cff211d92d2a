"""What keeps idle points alive, where only those lapse: orders and redemptions."""

from datetime import datetime

from saleor_crm_app.loyalty.points.journal import Journal
from saleor_crm_app.loyalty.points.shelf import Shelf
from saleor_crm_app.loyalty.points.terms import Terms, expiry_of
from saleor_crm_app.loyalty.program import Inactivity, Program


def note_activity(journal: Journal, shelf: Shelf, program: Program, *, when: datetime) -> None:
    """Remember the newest, and give the account's lots their later end. The shelf holds all open lots then."""
    account = shelf.account
    if account.last_active_at is not None and account.last_active_at >= when:
        return
    account.last_active_at = when
    journal.touch_account(account)
    if isinstance(program.settings.expiry, Inactivity):
        _keep_alive(journal, shelf, program, active=when)


def _keep_alive(journal: Journal, shelf: Shelf, program: Program, *, active: datetime) -> None:
    """What lapsed before the activity stays lapsed."""
    for lot in shelf.lots.values():
        activates = lot.terms.activates_at
        if activates is None or lot.terms.lapsed_at(active):
            continue
        terms = Terms(activates, expiry_of(activates, program, last_active=active))
        if terms != lot.terms:
            lot.terms = terms
            journal.date_lot(shelf.account, lot)
