"""What `/metrics` tells, whom it tells, and that it names neither shops nor people."""

import asyncio
import json
from collections.abc import AsyncIterator

import httpx
import pytest
import sqlalchemy as sa

from saleor_crm_app.crm.orders import ReadOrder
from saleor_crm_app.jobs import outbox
from saleor_crm_app.jobs.inbox import NewItem, append
from saleor_crm_app.kernel.db import Database
from saleor_crm_app.kernel.ids import OrderId, new_id
from tests.conftest import Addresses, MakeInstallation
from tests.journeys.conftest import SECRET, RunningApp, running
from tests.operations.proxy import proxied
from tests.operations.scraping import asked, read
from tests.operations.serving import served
from tests.operations.waiting import until
from tests.reliability.signer import API_URL
from tests.reliability.signer import shop as signing_shop

TOKEN = "a token that only the monitoring knows"


@pytest.fixture
async def app(addresses: Addresses) -> AsyncIterator[RunningApp]:
    async with running(addresses) as app:
        yield app


async def scrape(url: str) -> str:
    async with httpx.AsyncClient(trust_env=False) as client:
        answer = await client.get(f"{url}/metrics")
    assert answer.status_code == 200
    assert answer.headers["content-type"] == "text/plain; version=0.0.4; charset=utf-8"
    return answer.text


async def test_tells_what_waits_and_what_was_buried(
    app: RunningApp, database: Database, make_installation: MakeInstallation
) -> None:
    # given
    busy, calm = await make_installation(), await make_installation(state="PAUSED")
    items = [NewItem.of(busy, kind="OrderUpdated", source="webhook", body=bytes([n])) for n in range(3)]
    await append(database, items)
    async with database.shop(busy) as session:
        await session.execute(
            sa.text("UPDATE inbox SET state = 'BURIED', reason = 'x' WHERE digest = :digest"),
            {"digest": items[0].digest},
        )
        await outbox.enqueue(session, ReadOrder(installation=busy, order=OrderId(new_id())))
    # when
    told = read(await scrape(app.url))
    # then
    of_busy, of_calm = (("installation", str(busy)),), (("installation", str(calm)),)
    assert told["saleor_crm_database_up", ()] == 1
    assert told["saleor_crm_inbox_waiting", of_busy] == 2
    assert told["saleor_crm_inbox_buried", of_busy] == 1
    assert 0 < told["saleor_crm_inbox_oldest_seconds", of_busy] < 60
    assert [told[f"saleor_crm_inbox_{what}", of_calm] for what in ("waiting", "buried", "oldest_seconds")] == [0, 0, 0]
    assert told["saleor_crm_outbox_jobs", (("status", "todo"), ("task", "ReadOrder"))] == 1
    assert 0 < told["saleor_crm_outbox_oldest_due_seconds", ()] < 60
    assert told["saleor_crm_job_processes", ()] == 0


async def test_counts_requests_by_route_and_deliveries_by_outcome(
    app: RunningApp, make_installation: MakeInstallation
) -> None:
    # given
    shop = await make_installation(api_url=API_URL, jwks=json.dumps(signing_shop().jwks))
    body = json.dumps({"__typename": "OrderUpdated", "recipient": {"id": "QXBwOjE="}}).encode()
    before = read(await scrape(app.url))
    # when
    async with httpx.AsyncClient(base_url=app.url, trust_env=False) as client:
        for secret_path in ("/nobody/knows/me", "/anna@example.com"):
            assert (await client.get(secret_path)).status_code == 404
        sent = {"content": body, "headers": signing_shop().headers("order_updated", body)}
        assert (await client.post("/api/webhooks/saleor", **sent)).status_code == 200  # type: ignore[arg-type] # a mixed mapping
        assert (await client.post("/api/webhooks/saleor", content=body)).status_code == 401
        assert (await client.request("PUT", "/api/webhooks/saleor")).status_code == 405
    text = await scrape(app.url)
    # then
    told = read(text)
    route = ("route", "/api/webhooks/saleor")

    def more(name: str, *labels: tuple[str, str]) -> float:
        key = (f"saleor_crm_{name}", tuple(sorted(labels)))
        return told.get(key, 0) - before.get(key, 0)

    assert more("requests_total", ("route", "none"), ("method", "none"), ("status", "404")) == 2
    assert more("requests_total", route, ("method", "POST"), ("status", "200")) == 1
    assert more("requests_total", route, ("method", "none"), ("status", "405")) == 1
    assert more("request_seconds_count", route) == 3
    assert more("deliveries_total", ("installation", str(shop)), ("outcome", "stored")) == 1
    assert more("deliveries_total", ("installation", ""), ("outcome", "refused")) == 1
    assert [word for word in ("shop.example", "anna", "nobody") if word in text] == []


async def test_a_database_that_is_away_is_a_figure(addresses: Addresses) -> None:
    async with proxied(addresses.app) as (proxy, url), asked(Addresses(addresses.owner, url)) as client:
        await proxy.cut()
        told = read((await client.get("http://127.0.0.1/metrics")).text)
    assert told["saleor_crm_database_up", ()] == 0
    assert not any(name.startswith("saleor_crm_inbox") for name, _ in told)


async def test_several_web_processes_count_as_one(addresses: Addresses) -> None:
    async with served("--workers", "2", DATABASE_URL=addresses.app, SECRET_KEY=SECRET, APP_LOG_LEVEL="ERROR") as app:
        first = read(await scrape(app.url))
        for _ in range(20):
            async with httpx.AsyncClient(trust_env=False) as client:  # each by a new connection, to either process
                await client.get(f"{app.url}/health/live")
        second = read(await scrape(app.url))
    key = ("saleor_crm_requests_total", (("method", "GET"), ("route", "/health/live"), ("status", "200")))
    assert second[key] - first.get(key, 0) == 20


@pytest.mark.parametrize(
    ("caller", "url", "headers"),
    [
        ("10.0.0.9", "http://localhost/metrics", {}),
        ("127.0.0.1", "http://crm.example/metrics", {}),
        ("127.0.0.1", "http://localhost/metrics", {"X-Forwarded-For": "127.0.0.1"}),
        ("127.0.0.1", "http://localhost/metrics", {"Forwarded": "for=127.0.0.1"}),
    ],
)
async def test_without_a_token_only_this_machine_is_told(
    addresses: Addresses, caller: str, url: str, headers: dict[str, str]
) -> None:
    async with asked(addresses, caller=caller) as client:
        assert (await client.get(url, headers=headers)).status_code == 404
    async with asked(addresses, caller="127.0.0.1") as client:
        assert (await client.get("http://localhost/metrics")).status_code == 200


async def test_an_app_that_the_outside_reaches_tells_nobody_without_a_token(addresses: Addresses) -> None:
    async with asked(addresses, app_api_base_url="https://crm.example") as client:
        assert (await client.get("http://localhost/metrics")).status_code == 404


@pytest.mark.parametrize("given", ["", "Bearer ", "Bearer wrong", TOKEN, f"Basic {TOKEN}", "Bearer é"])
async def test_with_a_token_nobody_else_is_told(addresses: Addresses, given: str) -> None:
    async with asked(addresses, metrics_token=TOKEN) as client:
        refused = await client.get("http://localhost/metrics", headers=[(b"Authorization", given.encode())])
        assert (refused.status_code, refused.headers["www-authenticate"]) == (401, "Bearer")


async def test_the_token_opens_metrics_from_anywhere(addresses: Addresses) -> None:
    settings = {"metrics_token": TOKEN, "app_api_base_url": "https://crm.example"}
    async with asked(addresses, caller="10.0.0.9", **settings) as client:
        answer = await client.get("http://crm.example/metrics", headers={"Authorization": f"Bearer {TOKEN}"})
    assert answer.status_code == 200
    assert read(answer.text)["saleor_crm_database_up", ()] == 1


async def test_a_job_process_shows_that_it_lives(app: RunningApp) -> None:
    stop = asyncio.Event()

    async def alive() -> bool:
        return read(await scrape(app.url))["saleor_crm_job_processes", ()] == 1

    working = asyncio.create_task(app.worker.runner.run(stop))
    await until(alive, seconds=20)
    stop.set()
    await working
    assert not await alive()
