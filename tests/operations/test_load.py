"""A flood before a database that does not move: sent away before memory grows, and nothing acknowledged is lost."""

import asyncio
import hashlib
import json
from collections.abc import AsyncIterator, Iterator
from contextlib import contextmanager
from dataclasses import dataclass

import psycopg
import pytest
import sqlalchemy as sa
import uvicorn
from starlette.applications import Starlette

from saleor_crm_app.jobs.inbox import Intake, NewItem
from saleor_crm_app.kernel.db import Database
from saleor_crm_app.kernel.errors import Unavailable
from saleor_crm_app.kernel.ids import InstallationId
from saleor_crm_app.saleor.directory import InstallationDirectory
from saleor_crm_app.saleor.http import CallPolicy
from saleor_crm_app.saleor.jwks import KeyRing
from saleor_crm_app.webhooks import WebhookDoor, routes
from saleor_crm_app.webhooks.load import Load
from tests.conftest import Addresses, MakeInstallation
from tests.journeys.conftest import SECRET, QuietServer
from tests.operations.serving import Served, loopback, many_files, served
from tests.operations.waiting import until
from tests.reliability.signer import API_URL
from tests.reliability.signer import shop as signing_shop

DELIVERIES = 5_000
CONNECTIONS = 2_500
SENT_AWAY = 600
"""With 2,048 waiting and one batch under way, so many of 2,500 callers are sent away, each twice."""
MOST_GROWTH = 200
"""Megabytes."""


@dataclass
class Answers:
    """What was answered, by the digest of the body."""

    statuses: dict[bytes, int]

    def number(self, status: int) -> int:
        return sum(one == status for one in self.statuses.values())

    async def many_sent_away(self) -> bool:
        return self.number(503) >= SENT_AWAY


def requests() -> list[tuple[bytes, bytes]]:
    """Deliveries of about 5 kB, each another: the digest of the body, and the bytes to send."""
    made = []
    for number in range(DELIVERIES):
        content = {"__typename": "OrderUpdated", "recipient": {"id": "QXBwOjE="}, "number": number, "note": "x" * 5_000}
        body = json.dumps(content).encode()
        headers = signing_shop().headers("order_updated", body) | {"Host": "app", "Content-Length": str(len(body))}
        head = "".join(f"{name}: {value}\r\n" for name, value in headers.items())
        request = f"POST /api/webhooks/saleor HTTP/1.1\r\n{head}\r\n".encode() + body
        made.append((hashlib.sha256(body).digest(), request))
    return made


async def flood(app: Served, waiting: Iterator[tuple[bytes, bytes]], answers: Answers) -> None:
    """Send from one connection, one delivery after the other, until there are none."""
    reader, writer = await asyncio.open_connection("127.0.0.1", app.port)
    for digest, request in waiting:
        writer.write(request)
        head = await reader.readuntil(b"\r\n\r\n")
        (length,) = (line for line in head.lower().split(b"\r\n") if line.startswith(b"content-length:"))
        await reader.readexactly(int(length.split(b":")[1]))
        answers.statuses[digest] = int(head.split()[1])
    writer.close()
    await writer.wait_closed()


@contextmanager
def held(addresses: Addresses) -> Iterator[None]:
    """Let nobody write to the inbox meanwhile."""
    with psycopg.connect(addresses.owner) as connection:
        connection.execute("LOCK TABLE inbox IN EXCLUSIVE MODE")
        yield
        connection.rollback()


async def stored(database: Database, installation: InstallationId) -> set[bytes]:
    async with database.shop(installation, read_only=True) as session:
        return set((await session.execute(sa.text("SELECT digest FROM inbox"))).scalars())


@pytest.fixture
async def app(addresses: Addresses) -> AsyncIterator[Served]:
    settings = {"DATABASE_URL": addresses.app, "SECRET_KEY": SECRET, "APP_LOG_LEVEL": "ERROR"}
    with many_files():
        async with served(**settings) as app:
            yield app


async def test_a_flood_is_sent_away_and_what_was_acknowledged_is_there(
    app: Served, addresses: Addresses, database: Database, make_installation: MakeInstallation
) -> None:
    # given
    installation = await make_installation(api_url=API_URL, jwks=json.dumps(signing_shop().jwks))
    waiting, answers, before = iter(requests()), Answers({}), app.megabytes
    # when
    async with asyncio.TaskGroup() as group:
        with held(addresses):
            for _ in range(CONNECTIONS):
                group.create_task(flood(app, waiting, answers))
            await until(answers.many_sent_away, seconds=30)
    growth = app.most_megabytes - before
    # then
    acknowledged = {digest for digest, status in answers.statuses.items() if status == 200}
    assert len(answers.statuses) == DELIVERIES == answers.number(200) + answers.number(503)
    assert answers.number(503) >= SENT_AWAY
    assert acknowledged - await stored(database, installation) == set()
    assert growth < MOST_GROWTH


async def test_a_full_process_takes_no_delivery_more_and_counts_what_arrived() -> None:
    load = Load(most_deliveries=2, most_bytes=100)
    with load.delivery() as first, load.delivery() as second:
        first.grow(60)
        with pytest.raises(Unavailable):
            second.grow(41)
        second.grow(40)
        with pytest.raises(Unavailable), load.delivery():
            pass
    with load.delivery() as third:
        third.grow(100)


async def test_who_sends_too_slowly_is_sent_away(database: Database) -> None:
    # given
    directory = InstallationDirectory(database)
    door = WebhookDoor(directory, KeyRing(database, directory, CallPolicy()), Intake(database).store)
    app = Starlette(routes=routes(door, answer_seconds=0.2))
    async with loopback(QuietServer(uvicorn.Config(app, log_config=None, access_log=False, ws="none"))) as url:
        # when
        reader, writer = await asyncio.open_connection("127.0.0.1", int(url.rpartition(":")[2]))
        writer.write(b"POST /api/webhooks/saleor HTTP/1.1\r\nHost: app\r\nContent-Length: 1000\r\n\r\n{")
        head = await asyncio.wait_for(reader.readuntil(b"\r\n\r\n"), 10)
        writer.close()
    # then
    assert head.startswith(b"HTTP/1.1 503 ")


async def test_a_statement_that_does_not_end_is_given_up(
    addresses: Addresses, database: Database, installation: InstallationId
) -> None:
    item = NewItem.of(installation, kind="OrderUpdated", source="webhook", body=b"{}")
    async with Intake(Database(addresses.app, pool_size=1), write_seconds=0.2) as intake:
        with held(addresses), pytest.raises(Unavailable):
            await intake.store(item)
        assert await stored(database, installation) == set()
        await intake.store(item)
    assert await stored(database, installation) == {item.digest}
