"""Readers of one operation: each has its turn, and one that fails or is cancelled takes nobody along."""

import asyncio

import pytest
import sqlalchemy as sa
from sqlalchemy.exc import DBAPIError

from saleor_crm_app.kernel.db import Database
from saleor_crm_app.kernel.errors import Unavailable
from saleor_crm_app.kernel.ids import InstallationId
from saleor_crm_app.kernel.reading import Reading
from tests.operations.waiting import until

SLEEPERS = sa.text("SELECT count(*) FROM pg_stat_activity WHERE query = 'SELECT pg_sleep(30)' AND state = 'active'")


@pytest.fixture
def reading(database: Database, installation: InstallationId) -> Reading:
    return Reading(database, installation)


async def shops(reading: Reading) -> int:
    async with reading.session() as session:
        return int((await session.execute(sa.text("SELECT count(*) FROM installation"))).scalar_one())


async def test_a_reader_that_was_cancelled_leaves_the_others_unharmed(database: Database, reading: Reading) -> None:
    async def read_slowly() -> None:
        async with reading.session() as session:
            await session.execute(sa.text("SELECT pg_sleep(30)"))

    async def is_under_way() -> bool:
        async with database.engine.begin() as connection:
            return bool((await connection.execute(SLEEPERS)).scalar_one())

    slow = asyncio.create_task(read_slowly())
    await until(is_under_way, seconds=10)
    waiting = asyncio.create_task(shops(reading))
    slow.cancel()
    assert await waiting == 1
    assert await shops(reading) == 1
    await reading.close()


async def test_a_statement_that_failed_fails_alone(reading: Reading) -> None:
    with pytest.raises(DBAPIError):
        async with reading.session() as session:
            await session.execute(sa.text("SELECT 1 / 0"))
    assert await shops(reading) == 1
    await reading.close()


async def test_who_comes_after_the_end_reads_nothing(database: Database, reading: Reading) -> None:
    await shops(reading)
    await reading.close()
    with pytest.raises(Unavailable):
        await shops(reading)
    assert database.engine.pool.checkedout() == 0  # type: ignore[attr-defined] # the pool that counts
