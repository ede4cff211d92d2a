"""Orders as facts: what the shop last said of each order, without addresses."""

from saleor_crm_app.crm.orders.buyers import Buyer, buyers, count_buyers
from saleor_crm_app.crm.orders.jobs import ReadOrder
from saleor_crm_app.crm.orders.known import KnownOrder, known_orders, order_numbers, silent_orders
from saleor_crm_app.crm.orders.locks import lock_orders
from saleor_crm_app.crm.orders.paging import orders_of_channels
from saleor_crm_app.crm.orders.record import Observed, OrderFact, Recorded, facts_by_id, orders_of_customers, record
from saleor_crm_app.crm.orders.snapshot import (
    DiscountFact,
    FulfillmentFact,
    LineFact,
    NamedUnits,
    OrderSnapshot,
    RefundFact,
)  # fmt: skip
from saleor_crm_app.crm.orders.usual import usual_order

__all__ = [
    "Buyer", "DiscountFact", "FulfillmentFact", "KnownOrder", "LineFact", "NamedUnits", "Observed", "OrderFact",
    "OrderSnapshot", "ReadOrder", "Recorded", "RefundFact", "buyers", "count_buyers", "facts_by_id", "known_orders",
    "lock_orders", "order_numbers", "orders_of_channels", "orders_of_customers", "record", "silent_orders",
    "usual_order",
]  # fmt: skip
