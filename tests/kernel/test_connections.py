"""Connections: one that died is replaced unseen, and who waits for one gets it in the order of coming."""

import asyncio
import itertools
from contextvars import ContextVar

import pytest
import sqlalchemy as sa

from saleor_crm_app.kernel import db
from saleor_crm_app.kernel.db import Database
from saleor_crm_app.kernel.ids import InstallationId


@pytest.mark.parametrize("idle_seconds", [0.0, 60.0])
async def test_a_connection_that_died_is_replaced_unseen(
    database: Database, installation: InstallationId, monkeypatch: pytest.MonkeyPatch, idle_seconds: float
) -> None:
    # given
    monkeypatch.setattr(db, "IDLE_SECONDS", idle_seconds)
    other = Database(database.url)
    async with database.shop(installation) as session:
        died = (await session.execute(sa.text("SELECT pg_backend_pid()"))).scalar_one()
    async with other.engine.connect() as connection:
        await connection.execute(sa.text("SELECT pg_terminate_backend(:pid, 10000)"), {"pid": died})
    # when
    async with database.shop(installation) as session:
        lives = (await session.execute(sa.text("SELECT pg_backend_pid()"))).scalar_one()
    # then
    await other.close()
    assert lives != died


async def test_who_waits_for_a_connection_gets_it_before_who_comes_later(
    database: Database, installation: InstallationId
) -> None:
    """Everybody comes again at once, as clients do; without turns, dozens who came later were served before some.

    What counts is when a connection is given: from there on, each is as slow as the database is to answer it.
    """
    narrow = Database(database.url, pool_size=2)
    async with narrow.shop(installation), narrow.shop(installation):
        pass  # both connections are there
    numbers = itertools.count()
    coming: ContextVar[int] = ContextVar("coming")
    given: list[int] = []
    sa.event.listen(narrow.engine.sync_engine, "checkout", lambda *_: given.append(coming.get()))

    async def come() -> None:
        for _ in range(20):
            coming.set(next(numbers))
            async with narrow.shop(installation, read_only=True) as session:
                await session.execute(sa.text("SELECT 1"))

    await asyncio.gather(*(come() for _ in range(30)))
    await narrow.close()
    assert given == list(range(600))


async def test_who_does_not_want_to_wait_any_more_takes_no_connection_along(
    database: Database, installation: InstallationId
) -> None:
    narrow = Database(database.url, pool_size=1)

    async def come() -> bool:
        async with narrow.shop(installation, read_only=True):
            return True

    async with narrow.shop(installation, read_only=True):
        waiting = [asyncio.create_task(come()) for _ in range(3)]
        await asyncio.sleep(0)
        waiting[0].cancel()
        waiting[2].cancel()
    assert await waiting[1]
    assert await come()
    await narrow.close()


async def test_who_waits_too_long_is_told(
    database: Database, installation: InstallationId, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(db, "TURN_SECONDS", 0.05)
    narrow = Database(database.url, pool_size=1)
    async with narrow.shop(installation, read_only=True):
        with pytest.raises(sa.exc.TimeoutError, match=r"no connection came free within 0\.05 seconds"):
            async with narrow.shop(installation, read_only=True):
                pass
    async with narrow.shop(installation, read_only=True):
        pass
    await narrow.close()
