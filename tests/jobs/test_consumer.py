"""Two batches at once in one process, where nothing is suspect; alone, where something is."""

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncSession

from saleor_crm_app.jobs.consumer import Consumer
from saleor_crm_app.jobs.inbox import ClaimedItem, NewItem, append, claim
from saleor_crm_app.kernel.db import Database
from saleor_crm_app.kernel.ids import InstallationId

PATIENCE = 20.0
LAPSED = timedelta(0)


@dataclass
class Watched:
    """Applies nothing, and notes how many batches are under way at once; with `meet`, none ends alone."""

    number: int
    meet: int = 1
    stop: asyncio.Event = field(default_factory=asyncio.Event)
    most_at_once: int = 0
    _at_once: int = 0
    _met: asyncio.Barrier | None = None

    async def __call__(
        self, session: AsyncSession, _installation: InstallationId, items: Sequence[ClaimedItem]
    ) -> Mapping[UUID, str]:
        self._at_once += 1
        self.most_at_once = max(self.most_at_once, self._at_once)
        self._met = self._met or asyncio.Barrier(self.meet)
        await self._met.wait()
        await session.execute(sa.text("SELECT 1"))
        self._at_once -= 1
        self.number -= len(items)
        if not self.number:
            self.stop.set()
        return {}


async def keep(database: Database, shop: InstallationId, *, number: int) -> None:
    bodies = [b"%03d" % n for n in range(number)]
    await append(database, [NewItem.of(shop, kind="OrderPaid", source="webhook", body=body) for body in bodies])


async def applied(database: Database, shop: InstallationId) -> int:
    async with database.shop(shop, read_only=True) as session:
        return int((await session.execute(sa.text("SELECT count(*) FROM inbox WHERE state = 'APPLIED'"))).scalar_one())


async def test_the_next_batch_is_begun_while_one_is_under_way(database: Database, installation: InstallationId) -> None:
    await keep(database, installation, number=40)
    apply = Watched(number=40, meet=2)
    async with asyncio.timeout(PATIENCE):
        await Consumer(database, apply, batch=10).run(apply.stop)
    assert (apply.most_at_once, await applied(database, installation)) == (2, 40)


async def test_what_was_left_behind_before_is_worked_on_with_nothing_beside_it(
    database: Database, installation: InstallationId
) -> None:
    await keep(database, installation, number=40)
    await claim(database, most=40, lease=LAPSED)
    apply = Watched(number=40)
    async with asyncio.timeout(PATIENCE):
        await Consumer(database, apply, batch=10).run(apply.stop)
    assert (apply.most_at_once, await applied(database, installation)) == (1, 40)


async def test_a_claim_reads_what_it_takes_and_not_all_that_waits(
    database: Database, installation: InstallationId
) -> None:
    # given
    await keep(database, installation, number=2_000)
    before = await rows_read(database)
    # when
    taken = await claim(database, most=10, lease=timedelta(minutes=1))
    # then
    assert [one.body for one in taken] == [b"%03d" % n for n in range(10)]
    assert await rows_read(database) - before <= 40


async def rows_read(database: Database) -> int:
    """Rows of the inbox read since the server began, by scans and by indexes."""
    async with database.engine.connect() as connection:
        await connection.execute(sa.text("SELECT pg_stat_clear_snapshot()"))
        await connection.execute(sa.text("SELECT pg_stat_force_next_flush()"))
        await connection.commit()
        query = sa.text("SELECT seq_tup_read + idx_tup_fetch FROM pg_stat_user_tables WHERE relname = 'inbox'")
        return int((await connection.execute(query)).scalar_one())
