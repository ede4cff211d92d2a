"""Customers as the shop knows them: facts without names or addresses."""

from saleor_crm_app.crm.customers.facts import CustomerSeen, confirm, forget, record
from saleor_crm_app.crm.customers.jobs import ReadCustomer

__all__ = ["CustomerSeen", "ReadCustomer", "confirm", "forget", "record"]
