"""What a night does for offers: budgets are settled, answers count in rankings, the deleted are forgotten."""

from saleor_crm_app.kernel.db import Database
from saleor_crm_app.loyalty import offers
from saleor_crm_app.saleor.installation_store import all_installations
from saleor_crm_app.saleor.installations import InstallationState


class OfferKeeper:
    """Looks at every active shop, each in one transaction; doing it twice does no harm."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def settle(self) -> None:
        """Let budgets and counts be those of now."""
        for shop in await all_installations(self._database):
            if shop.state is InstallationState.ACTIVE:
                async with self._database.shop(shop.id) as session:
                    await offers.budgets.settle_budgets(session, shop.id)
                    await offers.figures.count_rates(session, shop.id)
                    await offers.forget_deleted(session, shop.id)
