"""Asks shops what can be bought of what may be recommended or is by name, a hundred products at a time."""

from itertools import islice

from saleor_crm_app.crm import goods
from saleor_crm_app.crm.goods import OnShelf, ReadShelf
from saleor_crm_app.kernel.db import Database
from saleor_crm_app.kernel.ids import InstallationId
from saleor_crm_app.kernel.telemetry import logger
from saleor_crm_app.loyalty import offers
from saleor_crm_app.outbound.reads import Callers
from saleor_crm_app.saleor.business_time import business_time
from saleor_crm_app.saleor.http import CallFailed
from saleor_crm_app.saleor.shelves import AT_ONCE, ProductOnShelf, products_on_shelf

log = logger(__name__)


class Shelves:
    """Handles the jobs that look; each answer is kept before the next question."""

    def __init__(self, database: Database, callers: Callers) -> None:
        self._database = database
        self._callers = callers

    async def read_shelf(self, job: ReadShelf) -> None:
        """Ask for all channels. A shop that does not answer is asked again by the next job, not by this one."""
        shop = job.installation
        async with self._database.shop(shop, read_only=True) as session:
            wanted = await goods.products_wanted(session, shop)
            named = await offers.registry.products_named(session, shop)
        try:
            for channel in sorted({*wanted, *named}):
                rest = iter(dict.fromkeys([*named.get(channel, ()), *wanted.get(channel, ())]))
                while some := list(islice(rest, AT_ONCE)):
                    await self._look(shop, channel, some)
        except CallFailed as failure:
            log.info("shelf_not_read", installation=str(shop), reason=str(failure))

    async def _look(self, shop: InstallationId, channel: str, products: list[str]) -> None:
        async with self._database.shop(shop, read_only=True) as session:
            asked_at = await business_time(session, shop)
        found = await products_on_shelf(await self._callers(shop), products, channel)
        async with self._database.shop(shop) as session:
            told = [_told(one) for one in found.values()]
            await goods.note_shelf(session, shop, channel, products, told, at=asked_at)


def _told(seen: ProductOnShelf) -> OnShelf:
    return OnShelf(
        product=seen.id,
        name=seen.name,
        category=seen.category,
        price=seen.price,
        is_gift_card=seen.kind == "GIFT_CARD",
    )
