"""A connection that died while nobody used it is replaced, and nobody notices."""

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
