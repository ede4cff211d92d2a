"""Shared here: what was recorded from a real shop, and shops whose keys we hold."""

import json
import os
from collections.abc import AsyncIterator, Awaitable, Callable
from pathlib import Path
from typing import Any

import pytest

from saleor_crm_app.demo.signing import SigningKey
from saleor_crm_app.demo.versions import SaleorVersion
from saleor_crm_app.kernel.ids import InstallationId
from tests.reliability.signer import Signer
from tests.saleor.redemption import Till, till_of

MakeShop = Callable[..., Awaitable[InstallationId]]


@pytest.fixture(scope="session")
def recordings() -> Path:
    """Requests that a running Saleor sent."""
    folder = os.environ.get("SALEOR_REFERENCE")
    if not folder:
        pytest.skip("set SALEOR_REFERENCE to the folder with Saleor's recordings")
    return Path(folder) / "recordings"


@pytest.fixture(scope="session")
def recorded_tokens(recordings: Path) -> dict[str, dict[str, Any]]:
    found: dict[str, dict[str, Any]] = json.loads((recordings / "tokens_decoded.json").read_bytes())
    return found


@pytest.fixture(scope="session")
def signer() -> Signer:
    """A shop's key."""
    return Signer.with_new_key()


@pytest.fixture(scope="session")
def other_signer() -> Signer:
    """Another shop's key."""
    return Signer.with_new_key()


@pytest.fixture(scope="session")
def shop_key() -> SigningKey:
    """Of the simulated shops; making one takes a while."""
    return SigningKey()


@pytest.fixture
async def till(shop_key: SigningKey) -> AsyncIterator[Till]:
    """The newest shop with our app in it."""
    async with till_of(shop_key) as made:
        yield made


@pytest.fixture(params=list(SaleorVersion))
async def till_of_any(request: pytest.FixtureRequest, shop_key: SigningKey) -> AsyncIterator[Till]:
    """The same in every version."""
    async with till_of(shop_key, request.param) as made:
        yield made
