"""What keeps idle points alive, where only those lapse: orders and redemptions."""

from datetime import datetime

from saleor_crm_app.loyalty.points.journal import Journal, OpenAccount
from saleor_crm_app.loyalty.points.lots import Lot
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
    for lot in shelf.lots.values():
        keep_alive(journal, account, lot, program=program)


def keep_alive(journal: Journal, account: OpenAccount, lot: Lot, *, program: Program) -> None:
    """Where only idle points lapse, give a lot the end that the account's last activity allows, if that is later.

    What has lapsed by now stays lapsed, whether or not the job was there before we heard of the activity.
    """
    activates, expires = lot.terms.activates_at, lot.terms.expires_at
    if not isinstance(program.settings.expiry, Inactivity) or activates is None or expires is None:
        return
    end = expiry_of(activates, program, last_active=account.last_active_at)
    if end is not None and end > expires and not lot.terms.lapsed_at(journal.recorded_at):
        lot.terms = Terms(activates, end)
        journal.date_lot(account, lot)
