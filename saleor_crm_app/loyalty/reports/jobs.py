"""What-if runs and recalculations that are owed."""

from datetime import datetime
from uuid import UUID

from saleor_crm_app.jobs.outbox import Job
from saleor_crm_app.kernel.ids import ProgramId


class Simulate(Job, frozen=True, kw_only=True):
    """Count on with a what-if run, to its end."""

    simulation: UUID


class Recalculate(Job, frozen=True, kw_only=True):
    """Let a program's orders, made from `since` until `until`, count by another version of its rules from now on.

    Customers up to (`shard_after`, `customer_after`) are done.
    """

    program: ProgramId
    version: int
    since: datetime | None
    until: datetime
    shard_after: int | None = None
    customer_after: str | None = None
