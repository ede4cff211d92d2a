"""The durable inbox: stored by group commit before a delivery is acknowledged, claimed in leased batches."""

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from hashlib import sha256
from typing import Final, Self
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.ext.asyncio import AsyncSession

from saleor_crm_app.kernel.clock import now
from saleor_crm_app.kernel.db import Database
from saleor_crm_app.kernel.errors import Unavailable
from saleor_crm_app.kernel.ids import InstallationId, new_id
from saleor_crm_app.kernel.telemetry import logger

LARGEST_BATCH: Final = 128
"""More rows in one statement gain nothing and make everybody wait."""

LARGEST_BATCH_BYTES: Final = 8_000_000
"""The driver holds a statement's bodies once more, so many long ones do not go in one."""

WRITE_SECONDS: Final = 10.0
"""A statement that takes longer is given up, so that those behind it are answered in time."""

log = logger(__name__)


@dataclass(frozen=True, slots=True, kw_only=True)
class NewItem:
    """A delivery to keep: `kind` is its signed `__typename`, `source` says "webhook" or "poll"."""

    installation: InstallationId
    kind: str
    source: str
    body: bytes
    digest: bytes

    @classmethod
    def of(cls, installation: InstallationId, *, kind: str, source: str, body: bytes) -> Self:
        """Make an item whose digest is that of its bytes."""
        return cls(installation=installation, kind=kind, source=source, body=body, digest=sha256(body).digest())


@dataclass(frozen=True, slots=True, kw_only=True)
class ClaimedItem:
    """A delivery leased to this worker; `fence` proves later that the lease was not lost."""

    installation: InstallationId
    id: UUID
    kind: str
    source: str
    body: bytes
    received_at: datetime
    fence: int
    attempts: int


class LeaseLost(Exception):
    """Another worker has claimed part of the batch meanwhile; what was done here is rolled back."""


@dataclass(slots=True)
class _Waiting:
    item: NewItem
    stored: asyncio.Future[None] = field(default_factory=lambda: asyncio.get_running_loop().create_future())


class Intake:
    """Stores deliveries for good, many in one commit: a batch forms while the former one commits.

    It owns its database: two connections of its own, so that reads cannot starve it; closed at its end.
    """

    def __init__(self, database: Database, *, most_waiting: int = 2048, write_seconds: float = WRITE_SECONDS) -> None:
        self._database = database
        self._write_seconds = write_seconds
        self._waiting: asyncio.Queue[_Waiting] = asyncio.Queue(maxsize=most_waiting)
        self._writer: asyncio.Task[None] | None = None

    async def __aenter__(self) -> Self:
        self._writer = asyncio.create_task(self._write_forever(), name="inbox-writer")
        return self

    async def __aexit__(self, *_: object) -> None:
        await self._waiting.join()
        if self._writer is not None:
            self._writer.cancel()
            await asyncio.gather(self._writer, return_exceptions=True)
        await self._database.close()

    async def store(self, item: NewItem) -> None:
        """Return once the item is committed; the same bytes again are stored once.

        Raises Unavailable when it cannot be stored now; if it was kept all the same, it counts once.
        """
        waiting = _Waiting(item)
        try:
            self._waiting.put_nowait(waiting)
        except asyncio.QueueFull:
            raise Unavailable("Too many deliveries wait to be stored; send this one again later") from None
        await waiting.stored

    async def _write_forever(self) -> None:
        while True:
            batch = [await self._waiting.get()]
            await asyncio.sleep(0)  # let those in whose requests are here already
            size = len(batch[0].item.body)
            while len(batch) < LARGEST_BATCH and size < LARGEST_BATCH_BYTES and not self._waiting.empty():
                batch.append(self._waiting.get_nowait())
                size += len(batch[-1].item.body)
            try:
                # callers that wait no more will send again: nobody else should wait for their items
                await self._write([waiting for waiting in batch if not waiting.stored.done()])
            finally:
                for _ in batch:
                    self._waiting.task_done()

    async def _write(self, batch: Sequence[_Waiting]) -> None:
        failure: Exception | None = None
        try:
            async with asyncio.timeout(self._write_seconds):
                await append(self._database, [waiting.item for waiting in batch])
        except (SQLAlchemyError, OSError, TimeoutError) as error:
            log.warning("inbox_store_failed", error=type(error).__name__, items=len(batch))
            failure = Unavailable("The database cannot store deliveries now; send this one again later")
        for waiting in batch:
            if waiting.stored.done():  # the caller went away
                continue
            if failure is None:
                waiting.stored.set_result(None)
            else:
                waiting.stored.set_exception(failure)


_APPEND = """
    INSERT INTO inbox (installation_id, id, digest, kind, source, body, received_at)
    SELECT installation, id, digest, kind, source, body, $7
    FROM unnest($1::uuid[], $2::uuid[], $3::bytea[], $4::text[], $5::text[], $6::bytea[])
      AS rows (installation, id, digest, kind, source, body)
    ON CONFLICT DO NOTHING
"""


async def append(database: Database, items: Sequence[NewItem]) -> None:
    """Commit items of any shops with one statement; known digests are left as they are."""
    # one statement must not hold the same delivery twice, lest both copies count
    distinct = {(item.installation, item.digest): item for item in items}.values()
    async with database.intake_by_driver() as driver:
        await driver.execute(
            _APPEND,
            [item.installation for item in distinct],
            [new_id() for _ in distinct],
            [item.digest for item in distinct],
            [item.kind for item in distinct],
            [item.source for item in distinct],
            [item.body for item in distinct],
            now(),
        )


# a queue's statistics are always old, so the planner must not choose: by index it reads what it takes, by sorting
# it would read all that waits, every time
_IN_ORDER = sa.text("SELECT set_config('enable_sort', 'off', true)")
_CLAIM = sa.text(
    """
    UPDATE inbox SET lease_until = now() + :lease, fence = fence + 1, attempts = attempts + 1
    FROM (
        SELECT installation_id, id FROM inbox
        WHERE state = 'NEW' AND (lease_until IS NULL OR lease_until < now())
        ORDER BY id LIMIT :most FOR UPDATE SKIP LOCKED
    ) AS chosen
    WHERE inbox.installation_id = chosen.installation_id AND inbox.id = chosen.id
    RETURNING inbox.installation_id, inbox.id, kind, source, body, received_at, fence, attempts
    """
).bindparams(sa.bindparam("lease", type_=sa.Interval))


async def claim(database: Database, *, most: int, lease: timedelta) -> list[ClaimedItem]:
    """Lease the oldest waiting items of any shop; those of other workers are passed over, not waited for."""
    async with database.intake() as session:
        await session.execute(_IN_ORDER)
        rows = (await session.execute(_CLAIM, {"lease": lease, "most": most})).all()
    items = [
        ClaimedItem(
            installation=InstallationId(installation),
            id=key,
            kind=kind,
            source=source,
            body=body,
            received_at=received_at,
            fence=fence,
            attempts=attempts,
        )
        for installation, key, kind, source, body, received_at, fence, attempts in rows
    ]
    return sorted(items, key=lambda item: item.id)


# by an array of ids and no join: with arrays of unknown length the planner joins each row with each
_FINISH = sa.text(
    """
    UPDATE inbox SET state = 'APPLIED', applied_at = now(), lease_until = NULL
    WHERE installation_id = :installation AND id = ANY(CAST(:ids AS uuid[]))
    RETURNING id, fence
    """
)


async def finish(session: AsyncSession, items: Sequence[ClaimedItem]) -> None:
    """Mark one installation's leased items applied, in the caller's transaction.

    Raises LeaseLost when another worker has them by now; the transaction must not commit then.
    """
    key = {"installation": items[0].installation, "ids": [item.id for item in items]}
    done = set((await session.execute(_FINISH, key)).all())
    # whoever claims an item, or gives it back, raises its fence
    if done != {(item.id, item.fence) for item in items}:
        raise LeaseLost


_BURY = sa.text(
    "UPDATE inbox SET state = 'BURIED', reason = :reason WHERE installation_id = :installation AND id = :id"
)


async def bury(session: AsyncSession, installation: InstallationId, reasons: Mapping[UUID, str]) -> None:
    """Set items that the same transaction has finished apart, each with its reason, until a person looks."""
    for item, reason in reasons.items():
        await session.execute(_BURY, {"installation": installation, "id": item, "reason": reason})


_MINE = """
    inbox.id = ANY(CAST(:ids AS uuid[])) AND inbox.state = 'NEW'
    AND inbox.fence = (CAST(:fences AS bigint[]))[array_position(CAST(:ids AS uuid[]), inbox.id)]
"""
_RENEW = sa.text(
    f"""
    UPDATE inbox SET lease_until = now() + :lease
    WHERE id IN (SELECT id FROM inbox WHERE {_MINE} FOR UPDATE SKIP LOCKED) AND {_MINE}
    """  # noqa: S608 # the condition is the constant above
).bindparams(sa.bindparam("lease", type_=sa.Interval))


async def renew(database: Database, items: Sequence[ClaimedItem], *, lease: timedelta) -> None:
    """Hold leased items for longer; those that are being finished, or are another's by now, are passed over."""
    async with database.intake() as session:
        await session.execute(_RENEW, {**_keys(items), "lease": lease})


_RELEASE = sa.text(
    f"""
    UPDATE inbox SET lease_until = now() + :wait, fence = fence + 1, attempts = greatest(attempts - 1, 0)
    WHERE {_MINE}
    """  # noqa: S608 # the condition is the constant above
).bindparams(sa.bindparam("wait", type_=sa.Interval))


async def release(database: Database, items: Sequence[ClaimedItem], *, wait: timedelta) -> None:
    """Give leased items back unharmed, to be claimed again after `wait`: this attempt does not count."""
    async with database.intake() as session:
        await session.execute(_RELEASE, {**_keys(items), "wait": wait})


def _keys(items: Sequence[ClaimedItem]) -> dict[str, object]:
    return {"ids": [item.id for item in items], "fences": [item.fence for item in items]}
