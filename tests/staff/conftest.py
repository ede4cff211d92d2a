"""Shared here: two shops with one staff each, and the staff door before them."""

from collections.abc import AsyncIterator

import httpx
import pytest
from starlette.applications import Starlette

from saleor_crm_app import staff
from saleor_crm_app.issuing import BatchDesk
from saleor_crm_app.kernel.db import Database
from saleor_crm_app.saleor.api_keys import ApiKeys
from saleor_crm_app.saleor.codes import CodeBook
from saleor_crm_app.saleor.directory import InstallationDirectory
from tests.conftest import MakeInstallation
from tests.door import Door, Shop, clock_at, jwks_text, token_reader
from tests.reliability.signer import Signer
from tests.shop import LATER

SECRET = "a secret key that only tests know"
DESK = BatchDesk(CodeBook([SECRET]))


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
    made = await make(api_url=api_url, jwks=jwks_text(signer), saleor_version="3.23.28", **clock_at(LATER))
    return Shop(made, api_url, signer, database)


@pytest.fixture
def api_keys(database: Database) -> ApiKeys:
    return ApiKeys(database, [SECRET])


@pytest.fixture
async def door(database: Database, api_keys: ApiKeys) -> AsyncIterator[Door]:
    directory = InstallationDirectory(database, lifetime=0.0)
    callers = staff.Callers(tokens=token_reader(database, directory), keys=api_keys, directory=directory)
    app = Starlette(routes=staff.routes(database, callers, DESK))
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="https://app.example") as client:
        yield Door(client, "/graphql/staff/")
