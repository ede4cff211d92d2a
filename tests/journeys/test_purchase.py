"""A purchase from the hand-shake to the last refund, over real HTTP, on each version of the simulated shop."""

import pytest

from saleor_crm_app.demo import SaleorVersion, SimulatedShop, purchase_story, serving
from saleor_crm_app.demo.signing import SigningKey
from tests.journeys.conftest import RunningApp


@pytest.mark.parametrize("version", list(SaleorVersion))
async def test_points_follow_the_purchase(app: RunningApp, shop_key: SigningKey, version: SaleorVersion) -> None:
    async with serving(SimulatedShop(version=version, seed=1, key=shop_key)) as shop, app.working():
        told = await purchase_story(
            shop,
            app_url=app.url,
            manifest_url=app.manifest_url,
            advance_clock=app.pass_time,
            report=lambda _step: None,
        )
    assert (told.is_right, len(told.steps)) == (True, 5), told.sentence
