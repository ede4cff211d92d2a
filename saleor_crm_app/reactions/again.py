"""Posts anew what a program's orders and its members' other acts deserve, a page in each transaction."""

import asyncio
from functools import partial
from typing import Final

import sqlalchemy as sa

from saleor_crm_app.crm import customers, orders
from saleor_crm_app.jobs import outbox
from saleor_crm_app.kernel.db import Database
from saleor_crm_app.kernel.errors import Unavailable
from saleor_crm_app.kernel.ids import CustomerId, InstallationId
from saleor_crm_app.loyalty import points, tiers
from saleor_crm_app.loyalty.program import programs
from saleor_crm_app.reactions.merges import customers_of, owed_sweeps
from saleor_crm_app.reactions.tiers import follow_orders
from saleor_crm_app.saleor.business_time import business_time

_PAGE: Final = 500
_PATIENCE: Final = 100
_WAIT_SECONDS: Final = 0.1


class Again:
    """Does the jobs that programs owe when their orders count anew; what is posted already stays as it is."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def accrue_again(self, job: points.memberships.AccrueAgain) -> None:
        """Post a page of orders, and owe the next page; behind the last one see to what was told meanwhile.

        Raises Unavailable while somebody who may still believe the program paused has not finished.
        """
        if job.after is None:
            await self._until_writers_are_done(job.installation)
        if await self._accrue_page(job) or job.since is None:
            return
        told: customers.Told | None = (job.since, CustomerId(""), "")
        while told is not None:
            told = await self._grant_page(job, told)

    async def _accrue_page(self, job: points.memberships.AccrueAgain) -> bool:
        """Whether there are more orders; then the next job is owed."""
        shop = job.installation
        async with self._database.shop(shop) as session:
            at = await business_time(session, shop)
            channels = {each.program.id: each.channels for each in await programs(session)}.get(job.program, ())
            facts = await orders.orders_of_channels(
                session, shop, channels, after=job.after, first=_PAGE, customer=job.customer
            )
            then = partial(tiers.tiers_of_orders, session, shop, at=at)
            await points.accrue(session, shop, facts, at=at, tiers_then=then)
            await follow_orders(session, shop, facts, at=at)
            await outbox.enqueue(session, *await owed_sweeps(session, shop, customers_of(facts)))
            if len(facts) < _PAGE:
                return False
            following = points.memberships.AccrueAgain(
                installation=shop,
                program=job.program,
                customer=job.customer,
                after=facts[-1].id,
                since=job.since,
            )
            await outbox.enqueue(session, following)
        return True

    async def _grant_page(self, job: points.memberships.AccrueAgain, told: customers.Told) -> customers.Told | None:
        shop = job.installation
        async with self._database.shop(shop) as session:
            at = await business_time(session, shop)
            page, following = await customers.occasions_since(session, shop, told, most=_PAGE)
            await points.memberships.grant_actions(
                session, shop, page, at=at, tiers_at=partial(tiers.tier_at, session, shop), only=job.program
            )
        return following

    async def _until_writers_are_done(self, installation: InstallationId) -> None:
        """Who has begun before this moment may have passed orders over, and will not look at them again."""
        async with self._database.shop(installation, read_only=True) as session:
            begun = int((await session.execute(_NEWEST)).scalar_one())
        for _ in range(_PATIENCE):
            async with self._database.shop(installation, read_only=True) as session:
                if int((await session.execute(_OLDEST)).scalar_one()) >= begun:
                    return
            await asyncio.sleep(_WAIT_SECONDS)
        raise Unavailable("Others write for very long; their orders are seen to later")


_NEWEST = sa.text("SELECT CAST(CAST(pg_snapshot_xmax(pg_current_snapshot()) AS text) AS bigint)")
_OLDEST = sa.text("SELECT CAST(CAST(pg_snapshot_xmin(pg_current_snapshot()) AS text) AS bigint)")
