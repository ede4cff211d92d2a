"""Reads a shop's whole history, oldest first, into the inbox: what is known already is passed over."""

from dataclasses import replace
from datetime import date
from typing import Final

from saleor_crm_app.outbound.reconcile_customers import joined_customers
from saleor_crm_app.outbound.reconcile_orders import created_orders
from saleor_crm_app.outbound.reconcile_routes import Route, Subject, Visit

BEFORE_ALL: Final = date(2012, 1, 1)
"""There was no Saleor yet."""


def history(visit: Visit, *, since: date | None) -> list[Route]:
    """Customers first, so that an order's customer is known when it comes; from `since` on, else from the beginning."""
    first_day = since or BEFORE_ALL
    routes = [
        joined_customers(visit, Subject.CUSTOMERS_HISTORY, first_day=first_day),
        created_orders(visit, Subject.ORDERS_HISTORY, first_day=first_day),
    ]
    # a history may be long, and nothing of it comes twice
    return [replace(route, is_met_again=False) for route in routes]
