"""Shared here: the running app, shops that installed it, and readings that need not wait."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack
from dataclasses import dataclass, field

import pytest

from saleor_crm_app.demo import SaleorVersion, SimulatedShop, serving
from saleor_crm_app.demo.clock import ShopClock
from saleor_crm_app.demo.signing import SigningKey
from saleor_crm_app.jobs.progress import Counts, Progress
from saleor_crm_app.kernel.clock import now
from saleor_crm_app.outbound.patience import Patience
from saleor_crm_app.outbound.reconcile import Reconciler
from saleor_crm_app.outbound.reconcile_routes import Words
from saleor_crm_app.reactions import content_of, seen_from
from saleor_crm_app.saleor.installation_store import all_installations
from saleor_crm_app.saleor.installations import Installation
from tests.conftest import Addresses
from tests.journeys.conftest import RunningApp, running


@pytest.fixture
async def app(addresses: Addresses) -> AsyncIterator[RunningApp]:
    async with running(addresses) as app:
        yield app


@pytest.fixture(scope="session")
def shop_key() -> SigningKey:
    """Making one takes a while, and one serves all shops."""
    return SigningKey()


OpenShop = Callable[..., Awaitable[SimulatedShop]]


@pytest.fixture
async def open_shop(app: RunningApp, shop_key: SigningKey) -> AsyncIterator[OpenShop]:
    """Opens shops that have installed the app; two of them count time alike, so the same acts give the same ids."""
    moment = now()
    async with AsyncExitStack() as stack:

        async def open_one(version: SaleorVersion = SaleorVersion.V3_23) -> SimulatedShop:
            made = SimulatedShop(version=version, seed=1, key=shop_key, clock=ShopClock(lambda: moment))
            made.state.defers_payloads = False
            shop = await stack.enter_async_context(serving(made))
            await shop.apps.install(app.manifest_url)
            shop.troubles.calls.clear()
            return shop

        yield open_one


@pytest.fixture
async def shop(open_shop: OpenShop) -> SimulatedShop:
    return await open_shop()


@dataclass
class Waits:
    """Time that passes when asked for, and is remembered."""

    seconds: list[float] = field(default_factory=list)

    async def sleep(self, seconds: float) -> None:
        self.seconds.append(seconds)
        await asyncio.sleep(0)

    def clock(self) -> float:
        return sum(self.seconds)


@pytest.fixture
def waits() -> Waits:
    return Waits()


@dataclass
class Reading:
    """Readings by a process of their own, at any rate."""

    app: RunningApp
    waits: Waits

    def __post_init__(self) -> None:
        self.forgotten: list[str] = []
        self.patience = Patience(
            self.app.database,
            self.app.worker.clients.of,
            self._forget,
            per_minute=1_000_000,
            clock=self.waits.clock,
            sleep=self.waits.sleep,
        )
        words = Words(content_of=content_of, seen_from=seen_from)
        self.reconciler = Reconciler(self.app.database, self.patience.of, words, sleep=self.waits.sleep)

    async def _forget(self, _installation: object, access: object) -> None:
        self.forgotten.append(repr(access))

    async def installation(self, shop: SimulatedShop) -> Installation:
        (found,) = [one for one in await all_installations(self.app.database) if one.api_url == shop.api_url]
        return found

    async def often(self, shop: SimulatedShop) -> Counts:
        """Reconcile, have all applied, and say what was found."""
        return await self._settled(await self.reconciler.reconcile(await self.installation(shop)))

    async def fully(self, shop: SimulatedShop) -> Counts:
        found = await self.reconciler.reconcile(await self.installation(shop), full=True)
        return await self._settled(found)

    async def history(self, shop: SimulatedShop) -> Counts:
        return await self._settled(await self.reconciler.backfill(await self.installation(shop)))

    async def _settled(self, found: object) -> Counts:
        await self.app.settle()
        assert isinstance(found, list)
        return sum((one.counts for one in found if isinstance(one, Progress)), Counts())


@pytest.fixture
def reading(app: RunningApp, waits: Waits) -> Reading:
    return Reading(app, waits)
