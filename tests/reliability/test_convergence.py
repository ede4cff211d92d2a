"""Deliveries by the thousand, repeated and shuffled, through the HTTP door and two workers: equal to the oracle."""

import asyncio
import json
import os
import subprocess
import sys
from collections.abc import AsyncIterator, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta

import httpx
import pytest
import sqlalchemy as sa

from saleor_crm_app.kernel.db import insert_rows
from saleor_crm_app.kernel.ids import InstallationId, key_of, new_id
from saleor_crm_app.loyalty import points
from saleor_crm_app.saleor.installations import InstallationRow
from saleor_crm_app.saleor.secrets import Vault
from tests.conftest import Addresses
from tests.journeys.conftest import SECRET, RunningApp, running
from tests.reliability import oracle, traffic
from tests.reliability.signer import shop as signing_shop

API_URL = "https://busy.example/graphql/"
SENDERS = 16


@pytest.fixture
async def app(addresses: Addresses) -> AsyncIterator[RunningApp]:
    async with running(addresses) as app:
        yield app


async def install(app: RunningApp) -> InstallationId:
    shop = InstallationId(new_id())
    moment = datetime(2026, 1, 1, tzinfo=UTC)
    row = {
        "id": shop,
        "api_url": API_URL,
        "app_id": "QXBwOjE=",
        "token": Vault([SECRET]).seal("x" * 30, installation=shop, column="token"),
        "saleor_version": "3.23.28",
        "jwks": json.dumps(signing_shop().jwks),
        "jwks_fetched_at": moment,
        "jwks_tried_at": moment,
        "installed_at": moment,
        "registered_at": moment,
    }
    async with app.database.shop(shop) as session:
        await insert_rows(session, InstallationRow.__table__, [row])
    return shop


@contextmanager
def workers(addresses: Addresses, *, number: int) -> Iterator[None]:
    """Job processes of their own, as an operator would start them."""
    environment = os.environ | {
        "DATABASE_URL": addresses.app,
        "SECRET_KEY": SECRET,
        "APP_LOG_LEVEL": "ERROR",
    }
    processes = [
        subprocess.Popen([sys.executable, "-m", "saleor_crm_app", "work"], env=environment) for _ in range(number)
    ]
    try:
        yield
    finally:
        for process in processes:
            process.terminate()
        assert [process.wait(timeout=20) for process in processes] == [0] * number


async def send_all(app: RunningApp, deliveries: list[traffic.Delivery]) -> list[int]:
    """Send from several senders at once; says how each delivery was answered."""
    waiting = iter(deliveries)
    answers: list[int] = []

    async def send(client: httpx.AsyncClient) -> None:
        for delivery in waiting:
            headers = signing_shop().headers(delivery.event, delivery.raw, api_url=API_URL)
            answer = await client.post("/api/webhooks/saleor", content=delivery.raw, headers=headers)
            answers.append(answer.status_code)

    async with httpx.AsyncClient(base_url=app.url, trust_env=False, timeout=30) as client:
        await asyncio.gather(*(send(client) for _ in range(SENDERS)))
    return answers


async def until_settled(app: RunningApp, shop: InstallationId) -> None:
    waiting = sa.text("SELECT count(*) FROM inbox WHERE state = 'NEW'")
    async with asyncio.timeout(60):
        while True:
            async with app.database.shop(shop, read_only=True) as session:
                if (await session.execute(waiting)).scalar_one() == 0:
                    return
            await asyncio.sleep(0.1)


Held = dict[tuple[str, str], dict[str, oracle.Lot]]


async def held(app: RunningApp, shop: InstallationId) -> Held:
    """What the ledger holds: lots that gave points, by account and order."""
    query = sa.text(
        "SELECT customer_id, currency, lot.order_id, posted, activates_at, expires_at FROM order_points"
        " JOIN account ON account.id = order_points.account_id JOIN program ON program.id = program_id"
        " JOIN lot ON lot.id = lot_id WHERE posted > 0"
    )
    found: Held = {}
    async with app.database.shop(shop, read_only=True) as session:
        for row in await session.execute(query):
            lot = oracle.Lot(points=row.posted, available_at=row.activates_at, expires_at=row.expires_at)
            found.setdefault((row.customer_id, row.currency), {})[str(row.order_id)] = lot
    return found


def expected(sent: traffic.Traffic) -> Held:
    """What the oracle says of the orders as they are at the end."""
    said: Held = {}
    for (user, currency), account in oracle.accounts(oracle.as_they_are(sent.truth.values()), oracle.Program()).items():
        lots = {key_of(order, kind="Order"): lot for order, lot in account.lots.items() if lot.points}
        if lots:
            said[key_of(user, kind="User"), currency] = lots
    return said


async def test_the_ledger_equals_the_oracle(app: RunningApp, addresses: Addresses) -> None:
    sent = traffic.make(traffic.Plan(seed=20261122, start=datetime.now(UTC) - timedelta(days=10)))
    shop = await install(app)
    with workers(addresses, number=2):
        answers = await send_all(app, sent.deliveries)
        await until_settled(app, shop)
    assert answers == [200] * 2_600
    assert await held(app, shop) == expected(sent)
    async with app.database.shop(shop, read_only=True) as session:
        verdict = await points.verify(session, shop)
        stored = (
            await session.execute(sa.text("SELECT count(*), count(*) FILTER (WHERE state = 'BURIED') FROM inbox"))
        ).one()
    assert verdict.findings == ()
    assert tuple(stored) == (2_000, 0)
