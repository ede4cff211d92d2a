"""Shared by the tests of the simulated shop: a served shop, a listening app, and goods to sell."""

from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack
from dataclasses import dataclass

import pytest

from saleor_crm_app.demo.apps import App
from saleor_crm_app.demo.catalog import Variant
from saleor_crm_app.demo.server import serving
from saleor_crm_app.demo.shop import SimulatedShop
from saleor_crm_app.demo.signing import SigningKey
from saleor_crm_app.demo.versions import NEWEST, SaleorVersion
from tests.demo.receiver import Receiver, receiving


@pytest.fixture(scope="session")
def key() -> SigningKey:
    """Making one takes a while, and one serves all shops."""
    return SigningKey()


class Waits:
    """Time that passes when asked for: `sleep` returns at once and remembers how long it should have been."""

    def __init__(self) -> None:
        self.seconds: list[float] = []

    async def sleep(self, seconds: float) -> None:
        self.seconds.append(seconds)


@pytest.fixture
def waits() -> Waits:
    return Waits()


MakeShop = Callable[[SaleorVersion], Awaitable[SimulatedShop]]


@pytest.fixture
async def make_shop(key: SigningKey, waits: Waits) -> AsyncIterator[MakeShop]:
    """Served shops of any version, with the same keys and numbers each time."""
    async with AsyncExitStack() as stack:

        async def make(version: SaleorVersion) -> SimulatedShop:
            shop = SimulatedShop(version=version, seed=1, key=key, sleep=waits.sleep)
            return await stack.enter_async_context(serving(shop))

        yield make


@pytest.fixture
async def shop(make_shop: MakeShop) -> SimulatedShop:
    return await make_shop(NEWEST)


@pytest.fixture
def unserved(key: SigningKey) -> SimulatedShop:
    """A shop without a port, for what happens inside it."""
    return SimulatedShop(seed=1, key=key)


@pytest.fixture
async def receiver() -> AsyncIterator[Receiver]:
    async with receiving() as app:
        yield app


@pytest.fixture
async def installed(shop: SimulatedShop, receiver: Receiver) -> App:
    """The receiver, as an app of the shop."""
    return await shop.apps.install(receiver.manifest_url)


@dataclass(frozen=True)
class Goods:
    lamp: Variant
    vase: Variant


@pytest.fixture
def goods(unserved: SimulatedShop) -> Goods:
    """A lamp for 60 and a vase for 40."""
    return Goods(lamp=unserved.shelves.sell("Lamp", 60), vase=unserved.shelves.sell("Vase", 40))
