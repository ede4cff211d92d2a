"""Reading `/metrics`: from an app with settings of one's own, by a caller of any address."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import httpx
from prometheus_client.parser import text_string_to_metric_families
from pydantic import SecretStr

from saleor_crm_app.app import build
from saleor_crm_app.config import Settings
from tests.conftest import Addresses
from tests.journeys.conftest import SECRET

Samples = dict[tuple[str, tuple[tuple[str, str], ...]], float]


def read(text: str) -> Samples:
    return {
        (sample.name, tuple(sorted(sample.labels.items()))): sample.value
        for family in text_string_to_metric_families(text)
        for sample in family.samples
    }


@asynccontextmanager
async def asked(
    addresses: Addresses, *, caller: str = "127.0.0.1", **settings: object
) -> AsyncIterator[httpx.AsyncClient]:
    """A client at this address, before an app with these settings."""
    app = build(Settings.model_validate({"secret_key": SecretStr(SECRET)} | settings), addresses.app)
    transport = httpx.ASGITransport(app, client=(caller, 50_000))
    async with app.router.lifespan_context(app), httpx.AsyncClient(transport=transport) as client:
        yield client
