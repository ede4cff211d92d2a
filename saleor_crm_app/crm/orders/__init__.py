"""Orders as facts: what the shop last said of each order, without addresses."""

from saleor_crm_app.crm.orders.jobs import ReadOrder
from saleor_crm_app.crm.orders.known import KnownOrder, known_orders, silent_orders
from saleor_crm_app.crm.orders.record import Observed, OrderFact, Recorded, record
from saleor_crm_app.crm.orders.snapshot import (
    FulfillmentFact,
    LineFact,
    NamedUnits,
    OrderSnapshot,
    RefundFact,
)

__all__ = [
    "FulfillmentFact",
    "KnownOrder",
    "LineFact",
    "NamedUnits",
    "Observed",
    "OrderFact",
    "OrderSnapshot",
    "ReadOrder",
    "Recorded",
    "RefundFact",
    "known_orders",
    "record",
    "silent_orders",
]
