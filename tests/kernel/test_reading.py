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


async def test_a_connection_that_died_meanwhile_is_given_back_all_the_same(
    database: Database, installation: InstallationId
) -> None:
    # given
    narrow = Database(database.url, pool_size=1)
    reading = Reading(narrow, installation)
    async with reading.session() as session:
        died = (await session.execute(sa.text("SELECT pg_backend_pid()"))).scalar_one()
    async with database.engine.connect() as connection:
        await connection.execute(sa.text("SELECT pg_terminate_backend(:pid, 10000)"), {"pid": died})
    # when
    await reading.close()  # what was read was read: nobody is told
    # then
    async with asyncio.timeout(5):
        assert await shops(Reading(narrow, installation)) == 1
    await narrow.close()


async def test_who_holds_one_transaction_can_always_begin_another(
    database: Database, installation: InstallationId
) -> None:
    narrow = Database(database.url, pool_size=3)

    async def read_and_begin() -> int:
        reading = Reading(narrow, installation)
        await shops(reading)
        async with narrow.shop(installation) as session:
            found = int((await session.execute(sa.text("SELECT count(*) FROM installation"))).scalar_one())
        await reading.close()
        return found

    async with asyncio.timeout(5):
        assert await asyncio.gather(*(read_and_begin() for _ in range(12))) == [1] * 12
    await narrow.close()
