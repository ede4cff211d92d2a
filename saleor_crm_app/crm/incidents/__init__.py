"""Incidents: what went wrong between the shop and its customers, until somebody has seen to it."""

from saleor_crm_app.crm.incidents.errors import IncidentClosed, IncidentNotFound
from saleor_crm_app.crm.incidents.incidents import (
    Incident,
    close_incident,
    incidents,
    open_incidents,
    withdraw_incidents,
)

__all__ = [
    "Incident", "IncidentClosed", "IncidentNotFound", "close_incident", "incidents", "open_incidents",
    "withdraw_incidents",
]  # fmt: skip
