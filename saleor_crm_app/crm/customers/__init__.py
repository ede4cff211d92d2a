"""Customers as the shop knows them: facts without names or addresses."""

from saleor_crm_app.crm.customers.birthdays import (
    Birthday,
    birthday_of,
    birthdays_on,
    forget_birthdays,
    is_day,
    tell_birthdays,
)
from saleor_crm_app.crm.customers.deleted import sweep_of
from saleor_crm_app.crm.customers.facts import CustomerSeen, confirm, forget, record
from saleor_crm_app.crm.customers.jobs import ReadCustomer
from saleor_crm_app.crm.customers.known import Place, living_customers, would_learn
from saleor_crm_app.crm.customers.language import languages_of
from saleor_crm_app.crm.customers.occasions import (
    Occasion,
    Told,
    forget_occasions,
    known_keys,
    note_occasions,
    occasions_since,
)
from saleor_crm_app.crm.customers.standing import CustomerStanding, standings_of, was_deleted

__all__ = [
    "Birthday", "CustomerSeen", "CustomerStanding", "Occasion", "Place", "ReadCustomer", "Told", "birthday_of",
    "birthdays_on", "confirm", "forget", "forget_birthdays", "forget_occasions", "is_day", "known_keys", "languages_of",
    "living_customers", "note_occasions", "occasions_since", "record", "standings_of", "sweep_of", "tell_birthdays",
    "was_deleted", "would_learn",
]  # fmt: skip
