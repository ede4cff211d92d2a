"""Customers as the shop knows them: facts without names or addresses."""

from saleor_crm_app.crm.customers.facts import CustomerSeen, confirm, forget, record
from saleor_crm_app.crm.customers.jobs import ReadCustomer
from saleor_crm_app.crm.customers.known import Place, living_customers, would_learn

__all__ = [
    "CustomerSeen",
    "Place",
    "ReadCustomer",
    "confirm",
    "forget",
    "living_customers",
    "record",
    "would_learn",
]
