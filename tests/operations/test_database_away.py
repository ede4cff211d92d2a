"""The database goes and comes back: what is green, what is red, what is answered, and how soon all is well again."""

import asyncio
import json
from collections.abc import AsyncIterator, MutableMapping, Sequence
from dataclasses import replace
from typing import Any
from uuid import uuid4

import httpx
import pytest
from structlog.testing import capture_logs

from saleor_crm_app.jobs import outbox
from saleor_crm_app.jobs.outbox import Job
from saleor_crm_app.jobs.runner import Runner
from saleor_crm_app.kernel.db import Database
from saleor_crm_app.kernel.ids import InstallationId
from tests.conftest import Addresses, MakeInstallation
from tests.journeys.conftest import RunningApp, running
from tests.operations.proxy import TcpProxy, proxied
from tests.operations.waiting import until
from tests.reliability.signer import API_URL
from tests.reliability.signer import shop as signing_shop

HEALING_SECONDS = 5


class Ping(Job, frozen=True):
    """A job that only tells that it was run."""


@pytest.fixture
async def proxy_and_app(addresses: Addresses) -> AsyncIterator[tuple[TcpProxy, RunningApp]]:
    """The app, with nothing but a proxy between it and its database."""
    async with proxied(addresses.app) as (proxy, url), running(replace(addresses, app=url)) as app:
        yield proxy, app


async def status(app: RunningApp, path: str) -> int:
    async with httpx.AsyncClient(base_url=app.url, trust_env=False) as client:
        return (await client.get(path)).status_code


async def deliver(app: RunningApp) -> int:
    body = json.dumps({"__typename": "OrderUpdated", "recipient": {"id": "QXBwOjE="}, "nonce": str(uuid4())}).encode()
    headers = signing_shop().headers("order_updated", body)
    async with httpx.AsyncClient(base_url=app.url, trust_env=False, timeout=30) as client:
        return (await client.post("/api/webhooks/saleor", content=body, headers=headers)).status_code


async def is_ready(app: RunningApp) -> bool:
    return await status(app, "/health/ready") == 200


async def warned(logs: Sequence[MutableMapping[str, Any]], event: str) -> bool:
    return any(line["event"] == event for line in logs)


async def test_red_and_green_while_the_database_is_away_and_healed_soon_after(
    proxy_and_app: tuple[TcpProxy, RunningApp], make_installation: MakeInstallation
) -> None:
    # given
    proxy, app = proxy_and_app
    await make_installation(api_url=API_URL, jwks=json.dumps(signing_shop().jwks))
    assert [await status(app, "/health/ready"), await deliver(app)] == [200, 200]
    # when
    await proxy.cut()
    away = [await status(app, "/health/live"), await status(app, "/health/ready"), await deliver(app)]
    await proxy.open()
    # then
    assert away == [200, 503, 503]
    await until(lambda: is_ready(app), seconds=HEALING_SECONDS)
    assert await deliver(app) == 200


async def test_a_silent_database_makes_readiness_red_and_nothing_hang(
    proxy_and_app: tuple[TcpProxy, RunningApp],
) -> None:
    proxy, app = proxy_and_app
    assert await status(app, "/health/ready") == 200
    proxy.fall_silent()
    silent = await asyncio.gather(*(status(app, path) for path in ("/health/live", "/health/ready", "/metrics")))
    proxy.speak()
    assert silent == [200, 503, 200]
    await until(lambda: is_ready(app), seconds=HEALING_SECONDS)


async def test_the_outbox_is_run_again_when_the_database_is_back(
    addresses: Addresses, database: Database, installation: InstallationId
) -> None:
    # given
    ran: asyncio.Queue[Ping] = asyncio.Queue()
    stop = asyncio.Event()

    async def owe() -> None:
        async with database.shop(installation) as session:
            await outbox.enqueue(session, Ping(installation=installation))

    async with proxied(addresses.app) as (proxy, url), asyncio.TaskGroup() as group:
        group.create_task(Runner(url, {Ping: ran.put}, patience=0.5).run(stop))
        await owe()
        await asyncio.wait_for(ran.get(), 10)
        # when
        with capture_logs() as logs:
            await proxy.cut()
            await owe()
            await until(lambda: warned(logs, "outbox_unreachable"), seconds=20)
        nothing_ran = ran.empty()
        await proxy.open()
        # then
        assert nothing_ran
        assert await asyncio.wait_for(ran.get(), 2 * HEALING_SECONDS) == Ping(installation=installation)
        stop.set()
