"""What segments owe: to ask all of them of every customer."""

from saleor_crm_app.jobs.outbox import Job


class Resegment(Job, frozen=True, kw_only=True):
    """Ask every segment of customers behind (`shard_after`, `customer_after`), and count the segments at the end."""

    shard_after: int | None = None
    customer_after: str | None = None
