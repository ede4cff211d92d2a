"""Reckons at night what is bought together and popular, and has the shop asked what can be bought."""

from saleor_crm_app.crm import goods
from saleor_crm_app.crm.goods import LearnGoods, ReadShelf
from saleor_crm_app.jobs import outbox
from saleor_crm_app.jobs.outbox import Job
from saleor_crm_app.kernel.db import Database, retrying
from saleor_crm_app.kernel.ids import InstallationId
from saleor_crm_app.saleor.business_time import business_time
from saleor_crm_app.saleor.installation_store import all_installations
from saleor_crm_app.saleor.installations import InstallationState


class GoodsKeeper:
    """Sees to every active shop; twice does no harm."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def owe_all(self) -> None:
        """Owe it to every shop that all is reckoned anew."""
        for shop in await self._shops():
            await self._owe(LearnGoods(installation=shop))

    async def look_again(self) -> None:
        """Owe a look at every shop's shelves; a shop whose history was read since does not wait for the night."""
        for shop in await self._shops():
            async with self._database.shop(shop, read_only=True) as session:
                known = await goods.learned(session, shop)
            is_known = known is not None and known.orders > 0
            await self._owe(ReadShelf(installation=shop) if is_known else LearnGoods(installation=shop))

    async def learn(self, job: LearnGoods) -> None:
        """Reckon, and have the shop asked for what may be recommended now."""
        await retrying(lambda: self._learn(job.installation))

    async def _learn(self, shop: InstallationId) -> None:
        async with self._database.shop(shop) as session:
            at = await business_time(session, shop)
            await goods.learn(session, shop, at=at)
            await goods.clear_shelf(session, shop, at=at)
            await outbox.enqueue(session, ReadShelf(installation=shop))

    async def _owe(self, job: Job) -> None:
        async with self._database.shop(job.installation) as session:
            await outbox.enqueue(session, job)

    async def _shops(self) -> list[InstallationId]:
        found = await all_installations(self._database)
        return [shop.id for shop in found if shop.state is InstallationState.ACTIVE]
