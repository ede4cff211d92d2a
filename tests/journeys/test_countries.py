"""A customer's country comes from the shop: with its event, or by comparing where Saleor tells of nothing."""

import sqlalchemy as sa

from saleor_crm_app.demo import SimulatedShop
from tests.journeys.conftest import RunningApp
from tests.journeys.shopper import Shopper, signed_in


async def country(anna: Shopper) -> str:
    """As segments read it."""
    installation = await anna.app.installation()
    async with anna.app.database.shop(installation, read_only=True) as session:
        wanted = sa.text("SELECT country FROM customer_rollup WHERE customer_id = :customer")
        return str((await session.execute(wanted, {"customer": str(anna.user.pk)})).scalar_one())


async def test_a_country_is_known_at_once_or_by_the_next_comparison(app: RunningApp, shop: SimulatedShop) -> None:
    async with signed_in(app, shop) as anna:
        await anna.settle()
        assert await country(anna) == ""
        shop.customers.set_default_address(anna.user, "AT")
        await anna.settle()
        assert await country(anna) == "AT"
        shop.customers.edit_default_address(anna.user, "CH")
        await anna.settle()
        assert await country(anna) == "AT"
        await app.worker.reconciler.often()
        await anna.settle()
        assert await country(anna) == "CH"
