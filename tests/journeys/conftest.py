"""The whole app on real ports: web process and worker in this process, a shop beside them."""

from collections.abc import AsyncIterator

import pytest

from saleor_crm_app.demo import SimulatedShop, serving
from saleor_crm_app.demo.signing import SigningKey
from tests.conftest import Addresses
from tests.journeys.members import Member, member_of
from tests.journeys.running import SECRET, QuietServer, RunningApp, running
from tests.journeys.saleor_market import Market, open_market
from tests.journeys.saleor_town import saleor_town
from tests.journeys.simulated_town import simulated_town
from tests.journeys.town import Town

__all__ = ["SECRET", "QuietServer", "RunningApp", "running"]


@pytest.fixture
async def app(addresses: Addresses) -> AsyncIterator[RunningApp]:
    async with running(addresses) as app:
        yield app


@pytest.fixture(scope="session")
def shop_key() -> SigningKey:
    """Making one takes a while, and one serves all shops."""
    return SigningKey()


@pytest.fixture
async def shop(shop_key: SigningKey) -> AsyncIterator[SimulatedShop]:
    """A shop that has not installed the app yet."""
    async with serving(SimulatedShop(seed=1, key=shop_key)) as shop:
        yield shop


@pytest.fixture(scope="session")
async def market(pytestconfig: pytest.Config) -> AsyncIterator[Market | None]:
    """The real shop that `--target saleor` names; None where towns are simulated."""
    if pytestconfig.getoption("target") != "saleor":
        yield None
        return
    async with open_market() as market:
        yield market


@pytest.fixture
async def town(addresses: Addresses, shop_key: SigningKey, market: Market | None) -> AsyncIterator[Town]:
    """A shop that has installed the app, of the kind that `--target` names."""
    if market is None:
        async with running(addresses) as app, simulated_town(app, shop_key) as simulated:
            yield simulated
    else:
        async with saleor_town(addresses, market) as real:
            yield real


@pytest.fixture
async def anna(town: Town) -> AsyncIterator[Member]:
    """With 1,000 points to spend."""
    async with member_of(town, "anna", with_points=1000) as anna:
        yield anna
