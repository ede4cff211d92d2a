"""What facts owe: the rollups of customers who have none yet, or of everybody."""

from saleor_crm_app.jobs.outbox import Job


class RollUp(Job, frozen=True, kw_only=True):
    """Roll up the orders of customers behind (`shard_after`, `customer_after`): everybody's, or those not yet done."""

    everybody: bool = False
    shard_after: int | None = None
    customer_after: str | None = None
