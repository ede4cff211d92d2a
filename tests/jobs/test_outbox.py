"""The outbox: a job exists exactly if the transaction that owes it committed, and it runs until it succeeds."""

import asyncio
from uuid import uuid4

import psycopg
import pytest

from saleor_crm_app.crm.orders import ReadOrder
from saleor_crm_app.jobs import outbox
from saleor_crm_app.jobs.runner import Runner
from saleor_crm_app.kernel.db import Database
from saleor_crm_app.kernel.ids import InstallationId, OrderId
from tests.conftest import Addresses


class Undone(Exception):
    pass


def waiting(addresses: Addresses) -> list[tuple[str, str]]:
    with psycopg.connect(addresses.owner) as connection:
        rows = connection.execute("SELECT task_name, status::text FROM procrastinate_jobs ORDER BY id")
        return [(str(row[0]), str(row[1])) for row in rows]


def some_job(shop: InstallationId) -> ReadOrder:
    return ReadOrder(installation=shop, order=OrderId(uuid4()))


async def test_a_job_is_owed_when_the_transaction_commits(
    database: Database, installation: InstallationId, addresses: Addresses
) -> None:
    async with database.shop(installation) as session:
        await outbox.enqueue(session, some_job(installation), some_job(installation))
        assert waiting(addresses) == []
    assert waiting(addresses) == [("ReadOrder", "todo")] * 2


async def test_no_job_is_owed_when_it_rolls_back(
    database: Database, installation: InstallationId, addresses: Addresses
) -> None:
    async def owe_and_fail() -> None:
        async with database.shop(installation) as session:
            await outbox.enqueue(session, some_job(installation))
            raise Undone

    with pytest.raises(Undone):
        await owe_and_fail()
    assert waiting(addresses) == []


async def test_a_job_reaches_its_handler_with_its_types(
    database: Database, installation: InstallationId, addresses: Addresses
) -> None:
    done: list[ReadOrder] = []

    async def handle(job: ReadOrder) -> None:
        done.append(job)

    owed = some_job(installation)
    async with database.shop(installation) as session:
        await outbox.enqueue(session, owed)
    await Runner(addresses.app, {ReadOrder: handle}).run_until_idle()
    assert done == [owed]
    assert waiting(addresses) == []


async def test_a_failed_job_waits_for_its_next_try(
    database: Database, installation: InstallationId, addresses: Addresses
) -> None:
    async def fail(_job: ReadOrder) -> None:
        raise ConnectionError

    async with database.shop(installation) as session:
        await outbox.enqueue(session, some_job(installation))
    await Runner(addresses.app, {ReadOrder: fail}).run_until_idle()
    assert waiting(addresses) == [("ReadOrder", "todo")]


async def test_stops_when_told(addresses: Addresses) -> None:
    stop = asyncio.Event()
    running = asyncio.create_task(Runner(addresses.app, {}).run(stop))
    await asyncio.sleep(0.2)
    stop.set()
    await asyncio.wait_for(running, 8)
