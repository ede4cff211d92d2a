"""Sweeps on what comes to merged accounts, in transactions of its own, so that all lock accounts in one order."""

from collections.abc import Collection

from sqlalchemy.ext.asyncio import AsyncSession

from saleor_crm_app.crm.orders import OrderFact
from saleor_crm_app.jobs import outbox
from saleor_crm_app.kernel.db import Database
from saleor_crm_app.kernel.ids import AccountId, CustomerId, InstallationId
from saleor_crm_app.loyalty import points
from saleor_crm_app.saleor.business_time import business_time
from saleor_crm_app.saleor.installation_store import all_installations
from saleor_crm_app.saleor.installations import InstallationState


def customers_of(facts: Collection[OrderFact]) -> set[CustomerId]:
    """Whose orders these are."""
    return {fact.customer for fact in facts if fact.customer is not None}


async def owed_sweeps(
    session: AsyncSession, installation: InstallationId, customers: Collection[CustomerId]
) -> list[points.memberships.SweepMerged]:
    """The jobs that news of these customers make, where an account of theirs was merged; one statement at most."""
    merged = await points.memberships.merged_of(session, installation, customers) if customers else []
    return [_job(installation, account) for account in merged]


class Sweeper:
    """Does these jobs; a second time nothing is left to move."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def sweep(self, job: points.memberships.SweepMerged) -> None:
        """Sweep one account; where its points went on to a merged one, that one is next."""
        async with self._database.shop(job.installation) as session:
            at = await business_time(session, job.installation)
            following = await points.memberships.sweep(session, job.installation, job.account, at=at)
            if following is not None:
                await outbox.enqueue(session, _job(job.installation, following))

    async def sweep_all(self) -> None:
        """Owe a sweep to every merged account that holds or owes something, however it came there."""
        for shop in await all_installations(self._database):
            if shop.state is not InstallationState.ACTIVE:
                continue
            async with self._database.shop(shop.id) as session:
                left = await points.memberships.unswept(session, shop.id)
                await outbox.enqueue(session, *(_job(shop.id, account) for account in left))


def _job(installation: InstallationId, account: AccountId) -> points.memberships.SweepMerged:
    return points.memberships.SweepMerged(installation=installation, account=account)
