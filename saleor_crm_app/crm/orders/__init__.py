"""Orders as facts: what the shop last said of each order, without addresses."""

from saleor_crm_app.crm.orders.jobs import ReadOrder
from saleor_crm_app.crm.orders.known import KnownOrder, known_orders, order_numbers, silent_orders
from saleor_crm_app.crm.orders.record import Observed, OrderFact, Recorded, record
from saleor_crm_app.crm.orders.snapshot import (
    DiscountFact,
    FulfillmentFact,
    LineFact,
    NamedUnits,
    OrderSnapshot,
    RefundFact,
)

__all__ = [
    "DiscountFact",
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
    "order_numbers",
    "record",
    "silent_orders",
]
