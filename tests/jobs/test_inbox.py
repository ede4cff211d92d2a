"""The inbox: nothing acknowledged is lost, nothing is stored or claimed twice, poison is set apart."""

import asyncio
import contextlib
from collections.abc import Mapping, Sequence
from datetime import timedelta
from uuid import UUID

import pytest
import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncSession

from saleor_crm_app.jobs.consumer import MOST_ATTEMPTS, Consumer
from saleor_crm_app.jobs.dead_letters import dead_letters, replay
from saleor_crm_app.jobs.inbox import ClaimedItem, Intake, LeaseLost, NewItem, append, claim, finish
from saleor_crm_app.kernel.db import Database
from saleor_crm_app.kernel.errors import BadInput, Unavailable
from saleor_crm_app.kernel.ids import InstallationId
from tests.conftest import MakeInstallation

MINUTE = timedelta(minutes=1)
EXPIRED = timedelta(0)


def item(shop: InstallationId, body: bytes) -> NewItem:
    return NewItem.of(shop, kind="OrderPaid", source="webhook", body=body)


async def states(database: Database, shop: InstallationId) -> list[tuple[bytes, str, str | None]]:
    async with database.shop(shop) as session:
        rows = await session.execute(sa.text("SELECT body, state, reason FROM inbox ORDER BY body"))
        return [(row.body, row.state, row.reason) for row in rows]


async def test_what_is_stored_at_once_is_committed_in_few_batches(
    database: Database, installation: InstallationId
) -> None:
    async with Intake(Database(database.url)) as intake:
        await asyncio.gather(*(intake.store(item(installation, b"%d" % n)) for n in range(200)))
    async with database.shop(installation) as session:
        (stored,) = await session.execute(sa.text("SELECT count(*), count(DISTINCT xmin::text) FROM inbox"))
    assert stored[0] == 200
    assert stored[1] <= 3  # one item, then 128, then the rest


async def test_the_same_bytes_are_stored_once_also_within_a_batch(
    database: Database, installation: InstallationId
) -> None:
    async with Intake(database) as intake:
        await asyncio.gather(*(intake.store(item(installation, b"same")) for _ in range(50)))
        await intake.store(item(installation, b"same"))
    assert await states(database, installation) == [(b"same", "NEW", None)]


async def test_equal_bytes_of_two_shops_are_two_deliveries(
    database: Database, make_installation: MakeInstallation
) -> None:
    first, second = await make_installation(), await make_installation()
    await append(database, [item(first, b"same"), item(second, b"same")])
    assert {one.installation for one in await claim(database, most=9, lease=MINUTE)} == {first, second}


async def test_says_so_when_it_cannot_store(installation: InstallationId) -> None:
    nowhere = Database("postgresql://nobody:nothing@127.0.0.1:1/none")
    async with Intake(nowhere) as intake:
        with pytest.raises(Unavailable):
            await intake.store(item(installation, b"lost?"))
    await nowhere.close()


async def test_refuses_more_than_it_can_hold(installation: InstallationId) -> None:
    nowhere = Database("postgresql://nobody:nothing@127.0.0.1:1/none")
    intake = Intake(nowhere, most_waiting=1)
    waiting = asyncio.create_task(intake.store(item(installation, b"1")))
    await asyncio.sleep(0)
    with pytest.raises(Unavailable, match="Too many deliveries"):
        await intake.store(item(installation, b"2"))
    waiting.cancel()
    await nowhere.close()


async def test_two_workers_never_claim_the_same(database: Database, installation: InstallationId) -> None:
    await append(database, [item(installation, b"%d" % n) for n in range(100)])
    claims = await asyncio.gather(*(claim(database, most=30, lease=MINUTE) for _ in range(5)))
    ids = [one.id for batch in claims for one in batch]
    assert len(ids) == len(set(ids)) == 100
    assert await claim(database, most=30, lease=MINUTE) == []


async def test_a_lapsed_lease_goes_to_another_and_the_first_may_not_finish(
    database: Database, installation: InstallationId
) -> None:
    await append(database, [item(installation, b"1")])
    slow = await claim(database, most=1, lease=EXPIRED)
    quick = await claim(database, most=1, lease=MINUTE)
    with pytest.raises(LeaseLost):
        async with database.shop(installation) as session:
            await finish(session, slow)
    async with database.shop(installation) as session:
        await finish(session, quick)
    assert await states(database, installation) == [(b"1", "APPLIED", None)]


class Applied:
    """An application that keeps what it got and fails at chosen bodies."""

    def __init__(self, *, poison: Mapping[bytes, Exception]) -> None:
        self.poison = poison
        self.seen: list[bytes] = []

    async def __call__(
        self, session: AsyncSession, installation: InstallationId, items: Sequence[ClaimedItem]
    ) -> Mapping[UUID, str]:
        for one in items:
            if one.body in self.poison:
                raise self.poison[one.body]
        for one in items:
            await session.execute(
                sa.text("INSERT INTO program_channel VALUES (:shop, :body, :shop)"),
                {"shop": installation, "body": one.body.decode()},
            )
        self.seen += [one.body for one in items]
        return {}


async def test_poison_is_buried_alone_with_its_reason_and_can_be_replayed(
    database: Database, installation: InstallationId
) -> None:
    await append(database, [item(installation, b"%03d" % n) for n in range(100)])
    applied = Applied(poison={b"042": BadInput("the amount is negative"), b"077": ZeroDivisionError("secret")})
    await Consumer(database, applied).work_once()
    kept = await states(database, installation)
    assert [one for one in kept if one[1] != "APPLIED"] == [
        (b"042", "BURIED", "the amount is negative"),
        (b"077", "BURIED", "unexpected: ZeroDivisionError"),
    ]
    async with database.shop(installation) as session:
        rows = await session.scalars(sa.text("SELECT channel FROM program_channel ORDER BY channel"))
        assert rows.all() == [f"{n:03}" for n in range(100) if n not in {42, 77}]
    async with database.shop(installation) as session:
        letters = await dead_letters(session, first=10, after=None)
        assert {letter.reason for letter in letters} == {"the amount is negative", "unexpected: ZeroDivisionError"}
        assert await replay(session, [letter.id for letter in letters]) == 2
    await Consumer(database, Applied(poison={})).work_once()
    assert {state for _, state, _ in await states(database, installation)} == {"APPLIED"}


async def test_trouble_outside_buries_nothing(database: Database, installation: InstallationId) -> None:
    await append(database, [item(installation, b"1"), item(installation, b"2")])
    await Consumer(database, Applied(poison={b"1": Unavailable("the shop is away")})).work_once()
    assert {state for _, state, _ in await states(database, installation)} == {"NEW"}


async def test_the_neighbors_of_an_item_that_stops_its_worker_are_applied(
    database: Database, installation: InstallationId
) -> None:
    await append(database, [item(installation, b"%d" % n) for n in range(20)])
    killer = b"7"

    class Killed(BaseException):
        """What takes the worker down, where nothing can catch it."""

    async def apply(
        _session: AsyncSession, _installation: InstallationId, items: Sequence[ClaimedItem]
    ) -> Mapping[UUID, str]:
        if any(one.body == killer for one in items):
            raise Killed
        return {}

    for _ in range(200):
        async with database.intake() as session:  # a dead worker's leases lapse
            await session.execute(sa.text("UPDATE inbox SET lease_until = NULL WHERE state = 'NEW'"))
        with contextlib.suppress(Killed):
            await Consumer(database, apply).work_once()
    kept = await states(database, installation)
    assert [body for body, state, _ in kept if state != "APPLIED"] == [killer]
    assert [reason for body, _, reason in kept if body == killer] == ["it stopped its worker too often"]


async def test_an_item_that_stops_its_worker_again_and_again_is_buried_unseen(
    database: Database, installation: InstallationId
) -> None:
    await append(database, [item(installation, b"killer")])
    for _ in range(MOST_ATTEMPTS):
        await claim(database, most=1, lease=EXPIRED)
    applied = Applied(poison={})
    await Consumer(database, applied).work_once()
    assert applied.seen == []
    assert await states(database, installation) == [(b"killer", "BURIED", "it stopped its worker too often")]
