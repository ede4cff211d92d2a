"""What a program owes when its orders count anew: a look at each of them, a page at a time."""

from datetime import datetime

from saleor_crm_app.jobs.outbox import Job
from saleor_crm_app.kernel.ids import CustomerId, OrderId, ProgramId


class AccrueAgain(Job, frozen=True, kw_only=True):
    """Post what the orders of a program's channels deserve now, one customer's alone where `customer` is given.

    Orders behind `after` are still to do. What customers did other than order counts from `since` on, where given.
    """

    program: ProgramId
    customer: CustomerId | None = None
    after: OrderId | None = None
    since: datetime | None = None
