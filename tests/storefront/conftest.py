"""Shared here: two shops with one storefront each, and the storefront door before them."""

from collections.abc import AsyncIterator

import httpx
import pytest
import sqlalchemy as sa
from starlette.applications import Starlette

from saleor_crm_app import storefront
from saleor_crm_app.checkout import Cashier, Previewer
from saleor_crm_app.demo.signing import SigningKey
from saleor_crm_app.demo.versions import NEWEST
from saleor_crm_app.issuing import Desk, OfferDesk
from saleor_crm_app.kernel.db import Database
from saleor_crm_app.saleor.clients import ShopClients
from saleor_crm_app.saleor.codes import CodeBook
from saleor_crm_app.saleor.directory import InstallationDirectory
from saleor_crm_app.saleor.http import CallPolicy
from saleor_crm_app.saleor.secrets import Vault
from tests.conftest import MakeInstallation
from tests.door import Door, Shop, clock_at, jwks_text, nowhere, token_reader
from tests.reliability.signer import Signer
from tests.saleor.redemption import till_of
from tests.shop import LATER
from tests.storefront.market import Market, market_of


@pytest.fixture(scope="session")
def keys() -> tuple[Signer, Signer]:
    return Signer.with_new_key(), Signer.with_new_key()


@pytest.fixture
async def shop(database: Database, make_installation: MakeInstallation, keys: tuple[Signer, Signer]) -> Shop:
    return await _shop(database, make_installation, keys[0], "anna")


@pytest.fixture
async def other_shop(database: Database, make_installation: MakeInstallation, keys: tuple[Signer, Signer]) -> Shop:
    return await _shop(database, make_installation, keys[1], "other")


async def _shop(database: Database, make: MakeInstallation, signer: Signer, name: str) -> Shop:
    api_url = f"https://{name}.example/graphql/"
    made = await make(api_url=api_url, jwks=jwks_text(signer), **clock_at(LATER))
    async with database.shop(made) as session:
        await session.execute(
            sa.text("UPDATE installation SET storefront_origins = :origins"),
            {"origins": [f"https://store.{name}.example"]},
        )
    return Shop(made, api_url, signer, database)


@pytest.fixture
def counters(database: Database) -> storefront.Counters:
    """They serve in shops that cannot be called."""
    secrets = ["a secret key that only tests know"]
    directory = InstallationDirectory(database, lifetime=0.0)
    clients = ShopClients(directory, Vault(secrets), CallPolicy(resolver=nowhere))
    codes = CodeBook(secrets)
    return storefront.Counters(
        cashier=Cashier(database, clients.of, codes),
        desk=Desk(database, codes),
        previewer=Previewer(database, clients.of, codes),
        offers=OfferDesk(database),
    )


@pytest.fixture
async def door(database: Database, counters: storefront.Counters) -> AsyncIterator[Door]:
    directory = InstallationDirectory(database, lifetime=0.0)
    app = Starlette(routes=storefront.routes(database, token_reader(database, directory), directory, counters))
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="https://app.example") as client:
        yield Door(client, "/graphql/")


@pytest.fixture(scope="session")
def simulated_key() -> SigningKey:
    """Of the simulated shops; making one takes a while."""
    return SigningKey()


@pytest.fixture
async def market(shop: Shop, simulated_key: SigningKey) -> AsyncIterator[Market]:
    """The shop can be called here; Anna has 1,000 points."""
    async with till_of(simulated_key) as till, market_of(shop, till) as market:
        await market.change("UPDATE installation SET saleor_version = :version", version=NEWEST.full)
        await market.earn(market.anna, 1000)
        yield market
