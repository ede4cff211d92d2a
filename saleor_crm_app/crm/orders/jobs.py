"""What an order owes: a second look in the shop when a delivery cannot be trusted alone."""

from saleor_crm_app.jobs.outbox import Job
from saleor_crm_app.kernel.ids import OrderId


class ReadOrder(Job, frozen=True, kw_only=True):
    """Read one order in the shop and put what it says into the inbox."""

    order: OrderId
