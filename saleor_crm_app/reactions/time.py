"""What the passing of time does: points lapse, holds are given back, coupons end."""

from sqlalchemy.ext.asyncio import AsyncSession

from saleor_crm_app import checkout
from saleor_crm_app.jobs import outbox
from saleor_crm_app.kernel.db import Database
from saleor_crm_app.kernel.ids import InstallationId
from saleor_crm_app.loyalty import points, rewards
from saleor_crm_app.saleor.business_time import business_time
from saleor_crm_app.saleor.installation_store import all_installations
from saleor_crm_app.saleor.installations import InstallationState

_LOTS_AT_ONCE = 1000
_HOLDS_AT_ONCE = 1000
_COUPONS_AT_ONCE = 500
_BATCHES_AT_ONCE = 100


class Timekeeper:
    """Looks at every active shop, a batch in each transaction; doing it twice does no harm."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def expire_points(self) -> None:
        """Post what has lapsed. Nobody waits for it: balances are reckoned from the lots' dates."""
        for shop in await self._shops():
            more = True
            while more:
                async with self._database.shop(shop) as session:
                    at = await business_time(session, shop)
                    more = await points.expire_due(session, shop, at=at, most=_LOTS_AT_ONCE) > 0

    async def end_holds(self) -> None:
        """Have the tenders of overdue holds withdrawn in the shop, and release holds that have none."""
        for shop in await self._shops():
            async with self._database.shop(shop) as session:
                await self._end_holds(session, shop)

    async def end_coupons(self) -> None:
        """Have codes withdrawn whose time is over, and what was not delivered in time given back; batches end whole."""
        for shop in await self._shops():
            async with self._database.shop(shop) as session:
                at = await business_time(session, shop)
                await rewards.batches.end_overdue(session, shop, at=at, most=_BATCHES_AT_ONCE)
            more = True
            while more:
                async with self._database.shop(shop) as session:
                    at = await business_time(session, shop)
                    more = await rewards.end_due(session, shop, at=at, most=_COUPONS_AT_ONCE) == _COUPONS_AT_ONCE

    async def check_vouchers(self) -> None:
        """Have vouchers compared with the shop, and former ones withdrawn that nobody can use any more."""
        for shop in await self._shops():
            async with self._database.shop(shop) as session:
                await rewards.ask_for_checks(session, shop)

    async def _end_holds(self, session: AsyncSession, shop: InstallationId) -> None:
        at = await business_time(session, shop)
        jobs, unpaid = await checkout.overdue(session, shop, at=at, most=_HOLDS_AT_ONCE)
        await points.release(session, shop, [hold.key for hold in unpaid], at=at)
        await outbox.enqueue(session, *jobs)

    async def _shops(self) -> list[InstallationId]:
        found = await all_installations(self._database)
        return [shop.id for shop in found if shop.state is InstallationState.ACTIVE]
