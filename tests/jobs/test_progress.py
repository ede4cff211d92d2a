"""How far a reading is, kept exactly, for each shop alone, and gone with its shop."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import sqlalchemy as sa

from saleor_crm_app.jobs.progress import Counts, Progress, progress_of, readings_of, save_progress
from saleor_crm_app.kernel.db import Database
from saleor_crm_app.kernel.ids import InstallationId
from tests.conftest import MakeInstallation

NOON = datetime(2026, 3, 1, 12, 0, tzinfo=UTC)
HALF_WAY = Progress(
    subject="orders.changed",
    since=NOON,
    cursor="WyJhIl0=",
    reached=NOON + timedelta(hours=1),
    known_until=NOON,
    expected=500,
    counts=Counts(seen=21, untold=1, missing=2, stale=3, equal=4, gone=5, unusable=6),
    started_at=NOON,
)


async def test_what_was_saved_is_what_is_read(database: Database, installation: InstallationId) -> None:
    async with database.shop(installation) as session:
        assert await progress_of(session, installation, "orders.changed") is None
        await save_progress(session, installation, HALF_WAY)
    async with database.shop(installation) as session:
        assert await progress_of(session, installation, "orders.changed") == HALF_WAY
        ended = replace(HALF_WAY, cursor=None, finished_at=NOON, trouble="none", since=None)
        await save_progress(session, installation, ended)
        assert await progress_of(session, installation, "orders.changed") == ended


async def test_readings_are_listed_latest_first_and_for_one_shop(
    database: Database, make_installation: MakeInstallation
) -> None:
    mine, other = await make_installation(), await make_installation()
    for installation, subject, hours in ((mine, "a", 0), (mine, "b", 2), (mine, "c", 1), (other, "d", 3)):
        async with database.shop(installation) as session:
            begun = replace(HALF_WAY, subject=subject, started_at=NOON + timedelta(hours=hours))
            await save_progress(session, installation, begun)
    async with database.shop(mine, read_only=True) as session:
        assert [one.subject for one in await readings_of(session, mine)] == ["b", "c", "a"]
        assert await readings_of(session, other) == []


async def test_a_purged_shop_leaves_no_reading(database: Database, make_installation: MakeInstallation) -> None:
    gone, stays = await make_installation(state="PAUSED"), await make_installation()
    for installation in (gone, stays):
        async with database.shop(installation) as session:
            await save_progress(session, installation, HALF_WAY)
    async with database.shop(gone) as session:
        assert (await session.execute(sa.text("SELECT purge_installation()"))).scalar_one() is True
    for installation, left in ((gone, 0), (stays, 1)):
        async with database.shop(installation, read_only=True) as session:
            assert len(await readings_of(session, installation)) == left


def test_counts_add_up_and_only_losses_are_differences() -> None:
    counts = HALF_WAY.counts + Counts(seen=1, missing=1)
    assert counts == Counts(seen=22, untold=1, missing=3, stale=3, equal=4, gone=5, unusable=6)
    assert counts.differences == 11
