"""Lets customers enter and leave segments: who has news at once, everybody at night."""

from collections.abc import Collection, Iterable, Mapping
from datetime import datetime, timedelta
from typing import Final

from sqlalchemy.ext.asyncio import AsyncSession

from saleor_crm_app.crm import insight, segments
from saleor_crm_app.crm.customers import Place
from saleor_crm_app.crm.orders import OrderFact
from saleor_crm_app.crm.segments import Resegment
from saleor_crm_app.jobs import outbox
from saleor_crm_app.kernel.db import Database, retrying
from saleor_crm_app.kernel.ids import CustomerId, InstallationId, ShardKey
from saleor_crm_app.saleor.business_time import business_time
from saleor_crm_app.saleor.installation_store import all_installations
from saleor_crm_app.saleor.installations import InstallationState

PAGE: Final = 20_000
"""Customers asked in one transaction: who has news waits for it, a few tenths of a second."""

MOST_AHEAD: Final = timedelta(minutes=10)
"""So far may the shop's clock be ahead of ours."""


def made_ahead(changed: Iterable[OrderFact], at: datetime) -> dict[CustomerId, datetime]:
    """Behind which moments news of customers count whose orders were made later than `at` by the shop's clock.

    An order is asked for the segments of its own moment; where the shop's clock runs ahead of ours, an order would else
    count for itself. It is followed MOST_AHEAD at most.
    """
    found: dict[CustomerId, datetime] = {}
    for one in changed:
        if one.customer is not None and one.snapshot.created_at >= at:
            behind = min(one.snapshot.created_at + timedelta(microseconds=1), at + MOST_AHEAD)
            found[one.customer] = max(behind, found.get(one.customer, behind))
    return found


async def follow_customers(
    session: AsyncSession,
    installation: InstallationId,
    touched: Collection[CustomerId],
    gone: Collection[CustomerId],
    *,
    at: datetime,
    not_before: Mapping[CustomerId, datetime] | None = None,
) -> None:
    """Ask all segments of these customers, whose facts are up to date; three statements whatever their number.

    What changes for those in `not_before` is dated then, if that is later than `at`.
    """
    await segments.follow(session, installation, touched, at=at, not_before=not_before)
    await segments.forget_members(session, installation, gone)


class Segmenter:
    """Asks all segments of everybody, many customers in each transaction; twice does no harm."""

    def __init__(self, database: Database, *, page: int = PAGE) -> None:
        self._database = database
        self._page = page

    async def owe_all(self) -> None:
        """Owe this to every shop."""
        for shop in await all_installations(self._database):
            if shop.state is InstallationState.ACTIVE:
                async with self._database.shop(shop.id) as session:
                    await outbox.enqueue(session, Resegment(installation=shop.id))

    async def resegment(self, job: Resegment) -> None:
        """Score everybody, see to one page and owe the next; behind the last one count how many are in each segment."""
        if job.shard_after is None:
            await retrying(lambda: self._score(job.installation))
        await retrying(lambda: self._resegment(job))

    async def _score(self, shop: InstallationId) -> None:
        """In a transaction of its own: an order that comes meanwhile waits for the locks of what has changed."""
        async with self._database.shop(shop) as session:
            at = await business_time(session, shop)
            await insight.score_all(session, shop, at=at)

    async def _resegment(self, job: Resegment) -> None:
        shop = job.installation
        after: Place | None = None
        if job.shard_after is not None and job.customer_after is not None:
            after = (ShardKey(job.shard_after), CustomerId(job.customer_after))
        async with self._database.shop(shop) as session:
            at = await business_time(session, shop)
            until = await segments.end_of_page(session, shop, after=after, size=self._page)
            await segments.follow_all(session, shop, (after, until), at=at)
            if until is None:
                await segments.measure(session, shop, at=at)
            else:
                following = Resegment(installation=shop, shard_after=until[0], customer_after=until[1])
                await outbox.enqueue(session, following)
