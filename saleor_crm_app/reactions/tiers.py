"""What orders and the passing of time do to tiers: members are followed, and the shop is told of those who moved."""

from collections.abc import Sequence
from datetime import datetime
from functools import partial
from typing import Final

from sqlalchemy.ext.asyncio import AsyncSession

from saleor_crm_app.crm import orders
from saleor_crm_app.crm.orders import OrderFact
from saleor_crm_app.jobs import outbox
from saleor_crm_app.kernel.db import Database
from saleor_crm_app.kernel.ids import AccountId, InstallationId
from saleor_crm_app.loyalty import points, tiers
from saleor_crm_app.loyalty.tiers import RequalifyProgram
from saleor_crm_app.saleor.business_time import business_time
from saleor_crm_app.saleor.installation_store import all_installations
from saleor_crm_app.saleor.installations import InstallationState

_PAGE: Final = 500


async def follow_orders(
    session: AsyncSession, installation: InstallationId, facts: Sequence[OrderFact], *, at: datetime
) -> None:
    """Measure the customers of these orders, after their points were posted; tell the shop of those who moved.

    Who moved may have been in the new tier for a while, by an order that came late: their orders are posted again, so
    that those made since earn as they would have if all had come in time.
    """
    customers = {fact.customer for fact in facts if fact.customer is not None}
    if not customers:
        return
    moved = await tiers.requalify(session, installation, customers, at=at)
    if not moved:
        return
    history = await orders.orders_of_customers(session, installation, moved)
    then = partial(tiers.tiers_of_orders, session, installation, at=at)
    await points.accrue(session, installation, history, at=at, tiers_then=then)
    # where earned points are what counts, that may have moved them further
    moved |= await tiers.requalify(session, installation, moved, at=at)
    await outbox.enqueue(session, *tiers.mirrors(installation, moved))


class TierFollower:
    """Does what time and new ladders ask for, a page of members in each transaction; doing it twice does no harm."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def follow_time(self) -> None:
        """Look at every member of every shop for whom time may have changed something."""
        for shop in await all_installations(self._database):
            more = shop.state is InstallationState.ACTIVE
            while more:
                async with self._database.shop(shop.id) as session:
                    at = await business_time(session, shop.id)
                    changed, more = await tiers.requalify_due(session, shop.id, at=at, most=_PAGE)
                    await outbox.enqueue(session, *tiers.mirrors(shop.id, changed))

    async def requalify_program(self, job: RequalifyProgram) -> None:
        """Look at all members of a program."""
        shop = job.installation
        before: AccountId | None = None
        is_first = True
        while is_first or before is not None:
            is_first = False
            async with self._database.shop(shop) as session:
                at = await business_time(session, shop)
                told, before = await tiers.requalify_page(session, shop, job.program, at=at, most=_PAGE, before=before)
                await outbox.enqueue(session, *tiers.mirrors(shop, told))
