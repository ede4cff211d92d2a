"""Does what-if runs and recalculations, a page of customers in each transaction; what was stopped goes on."""

from functools import partial

from saleor_crm_app.jobs import outbox
from saleor_crm_app.kernel.db import Database
from saleor_crm_app.loyalty import points, reports, tiers
from saleor_crm_app.reactions.merges import customers_of, owed_sweeps
from saleor_crm_app.reactions.tiers import follow_orders
from saleor_crm_app.saleor.business_time import business_time


class Reporter:
    """The handlers of one job process."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def simulate(self, job: reports.Simulate) -> None:
        """Count to the end of a run, unless it is stopped meanwhile."""
        more = True
        while more:
            async with self._database.shop(job.installation) as session:
                at = await business_time(session, job.installation)
                more = await reports.count_on(session, job.installation, job.simulation, at=at)

    async def recalculate(self, job: reports.Recalculate) -> None:
        """Post the difference for a page of customers, and owe the next page."""
        shop = job.installation
        async with self._database.shop(shop) as session:
            at = await business_time(session, shop)
            facts, following = await reports.orders_to_recalculate(session, job)
            then = partial(tiers.tiers_of_orders, session, shop, at=at)
            await points.accrue(session, shop, facts, at=at, tiers_then=then, by_version=job.version)
            await follow_orders(session, shop, facts, at=at)
            owed = [*await owed_sweeps(session, shop, customers_of(facts)), *([following] if following else [])]
            await outbox.enqueue(session, *owed)
