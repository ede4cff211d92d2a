"""Work whose worker died: soon another's, never the ruin of what was worked on beside it, never lost to bad weather."""

import asyncio
from collections.abc import Mapping, Sequence
from datetime import timedelta
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncSession

from saleor_crm_app.jobs.consumer import LEASE, MOST_ATTEMPTS, Consumer
from saleor_crm_app.jobs.inbox import ClaimedItem, NewItem, append, claim, release, renew
from saleor_crm_app.kernel.db import Database
from saleor_crm_app.kernel.errors import Unavailable
from saleor_crm_app.kernel.ids import InstallationId

MINUTE = timedelta(minutes=1)
EXPIRED = timedelta(0)
CULPRIT = b"137"


class Died(BaseException):
    """A worker's death: nothing after it is done, as nothing catches it."""


class Fatal:
    """An application that kills its worker at one body, and counts the deaths."""

    def __init__(self) -> None:
        self.deaths = 0

    async def __call__(
        self, _session: AsyncSession, _installation: InstallationId, items: Sequence[ClaimedItem]
    ) -> Mapping[UUID, str]:
        if CULPRIT in {one.body for one in items}:
            self.deaths += 1
            raise Died
        return {}


async def keep(database: Database, shop: InstallationId, *, number: int) -> None:
    bodies = [b"%03d" % n for n in range(number)]
    await append(database, [NewItem.of(shop, kind="OrderPaid", source="webhook", body=body) for body in bodies])


async def states(database: Database, shop: InstallationId) -> dict[tuple[str, str | None], int]:
    """How many deliveries are in which state, for which reason."""
    async with database.shop(shop, read_only=True) as session:
        rows = await session.execute(sa.text("SELECT state, reason, count(*) FROM inbox GROUP BY 1, 2"))
        return {(state, reason): number for state, reason, number in rows}


async def let_leases_lapse(database: Database) -> None:
    async with database.intake() as session:
        await session.execute(sa.text("UPDATE inbox SET lease_until = now() WHERE lease_until > now()"))


async def work_until_idle(database: Database, apply: Fatal) -> None:
    """One worker after the other, each until it dies or finds nothing more."""
    while True:
        try:
            while await Consumer(database, apply).work_once():
                pass
        except Died:
            await let_leases_lapse(database)
        else:
            return


async def test_what_kills_its_workers_is_buried_and_what_lay_beside_it_is_not(
    database: Database, installation: InstallationId
) -> None:
    await keep(database, installation, number=256)
    apply = Fatal()
    await work_until_idle(database, apply)
    assert await states(database, installation) == {
        ("APPLIED", None): 255,
        ("BURIED", "it stopped its worker too often"): 1,
    }
    assert apply.deaths == MOST_ATTEMPTS


async def test_trouble_outside_buries_nothing_however_often_it_comes_back(
    database: Database, installation: InstallationId
) -> None:
    async def troubled(*_: object) -> Mapping[UUID, str]:
        raise Unavailable("the database has no room")

    async def calm(*_: object) -> Mapping[UUID, str]:
        return {}

    await keep(database, installation, number=20)
    for _ in range(2 * MOST_ATTEMPTS):
        assert await Consumer(database, troubled).work_once() == 20
        await let_leases_lapse(database)
    await Consumer(database, calm).work_once()
    assert await states(database, installation) == {("APPLIED", None): 20}


async def test_a_lease_is_renewed_for_as_long_as_its_batch_takes(
    database: Database, installation: InstallationId
) -> None:
    ends = sa.text("SELECT min(lease_until) FROM inbox")

    async def slow(_session: object, shop: InstallationId, _items: object) -> Mapping[UUID, str]:
        """Wait until somebody has moved the lease twice, as only the renewal does."""
        seen: set[object] = set()
        async with asyncio.timeout(20):
            while len(seen) < 3:
                async with database.shop(shop, read_only=True) as session:
                    seen.add((await session.execute(ends)).scalar_one())
                await asyncio.sleep(0.02)
        return {}

    await keep(database, installation, number=3)
    await Consumer(database, slow, lease=timedelta(seconds=1.5)).work_once()
    assert await states(database, installation) == {("APPLIED", None): 3}
    assert timedelta(seconds=5) <= LEASE <= timedelta(seconds=15)


async def test_what_is_another_workers_by_now_is_not_renewed(database: Database, installation: InstallationId) -> None:
    await keep(database, installation, number=3)
    mine = await claim(database, most=3, lease=EXPIRED)
    await claim(database, most=3, lease=EXPIRED)
    await renew(database, mine, lease=MINUTE)
    assert len(await claim(database, most=3, lease=EXPIRED)) == 3


async def test_what_is_held_longer_is_not_claimed(database: Database, installation: InstallationId) -> None:
    await keep(database, installation, number=3)
    held = await claim(database, most=3, lease=EXPIRED)
    await renew(database, held, lease=MINUTE)
    assert await claim(database, most=3, lease=EXPIRED) == []
    await release(database, held, wait=EXPIRED)
    again = await claim(database, most=3, lease=EXPIRED)
    assert [one.attempts for one in again] == [1, 1, 1]
