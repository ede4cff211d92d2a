"""What a customer owes: a second look in the shop when a delivery was incomplete."""

from saleor_crm_app.jobs.outbox import Job
from saleor_crm_app.kernel.ids import CustomerId


class ReadCustomer(Job, frozen=True, kw_only=True):
    """Read one customer in the shop and put what it says into the inbox."""

    customer: CustomerId
