"""Shared here: one running app and two shops in it whose orders, customers, channels and app have equal ids."""

from collections.abc import AsyncIterator

import pytest

from tests.conftest import Addresses
from tests.journeys.conftest import RunningApp, running
from tests.reliability.signer import Signer
from tests.security.tenants import Tenant, open_tenant


@pytest.fixture
async def app(addresses: Addresses) -> AsyncIterator[RunningApp]:
    async with running(addresses) as app:
        yield app


@pytest.fixture(scope="session")
def signers() -> tuple[Signer, Signer]:
    return Signer.with_new_key(), Signer.with_new_key()


@pytest.fixture
async def ours(app: RunningApp, signers: tuple[Signer, Signer]) -> Tenant:
    """The shop whose people try to see and change what is another's."""
    return await open_tenant(app, "ours", signers[0], price=100)


@pytest.fixture
async def theirs(app: RunningApp, signers: tuple[Signer, Signer]) -> Tenant:
    """The shop that must stay unseen and unchanged; its prices are found nowhere else."""
    return await open_tenant(app, "theirs", signers[1], price=7_777)
