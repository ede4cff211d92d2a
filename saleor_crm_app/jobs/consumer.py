"""Works the inbox off: claims batches, applies each shop's part in one transaction, isolates what cannot be."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
from contextlib import asynccontextmanager
from datetime import timedelta
from itertools import groupby
from typing import Final
from uuid import UUID

from sqlalchemy.exc import DBAPIError, InterfaceError, SQLAlchemyError
from sqlalchemy.exc import TimeoutError as PoolTimeout
from sqlalchemy.ext.asyncio import AsyncSession

from saleor_crm_app.jobs.inbox import ClaimedItem, LeaseLost, bury, claim, finish, release, renew
from saleor_crm_app.kernel.db import Database, retrying
from saleor_crm_app.kernel.errors import BadInput, Unavailable
from saleor_crm_app.kernel.ids import InstallationId
from saleor_crm_app.kernel.telemetry import logger

Apply = Callable[[AsyncSession, InstallationId, Sequence[ClaimedItem]], Awaitable[Mapping[UUID, str]]]
"""Applies one shop's items in the given transaction; returns reasons for those that are to be buried."""

LEASE: Final = timedelta(seconds=10)
"""How long the items of a worker that died wait for another; one that lives renews it."""
RETRY_WAIT: Final = timedelta(seconds=2)
POLL_SECONDS: Final = 0.2
UNDER_WAY: Final = 2
"""Batches at once in one process: while the database works on one, another is computed."""
MOST_ATTEMPTS: Final = 10
"""An item that took down its worker this often is buried unseen."""

_TRANSIENT_CLASSES: Final = frozenset({"08", "40", "53", "55", "57", "58"})
"""SQLSTATE classes: connection, rollback, resources, not in state, operator, system. None is the item's fault."""

log = logger(__name__)


class Consumer:
    """One worker's loop over the inbox. Any number may run on any number of machines."""

    def __init__(self, database: Database, apply: Apply, *, batch: int = 500, lease: timedelta = LEASE) -> None:
        self._database = database
        self._apply = apply
        self._batch = batch
        self._lease = lease

    async def run(self, stop: asyncio.Event) -> None:
        """Work until told to stop; what was begun is finished.

        While the database works on one batch the next is computed. Only on fresh ones: were several under way when
        an item stops its worker, none of them could be told from the culprit.
        """
        under_way: set[asyncio.Task[None]] = set()
        async with asyncio.TaskGroup() as group:
            while not stop.is_set():
                claimed = await self._claim_if_possible()
                fresh = all(item.attempts == 1 for item in claimed)
                await _until_at_most(0 if not fresh else UNDER_WAY - 1, under_way)
                if claimed:
                    task = group.create_task(self._work(claimed), name="inbox-batch")
                    under_way.add(task)
                    task.add_done_callback(under_way.discard)
                if not fresh:
                    await _until_at_most(0, under_way)
                if len(claimed) < self._batch:
                    await _wait(stop, POLL_SECONDS)

    async def work_once(self) -> int:
        """Claim and settle one batch; says how many items it held."""
        claimed = await claim(self._database, most=self._batch, lease=self._lease)
        await self._settle_all(claimed)
        return len(claimed)

    async def _claim_if_possible(self) -> list[ClaimedItem]:
        try:
            return await claim(self._database, most=self._batch, lease=self._lease)
        except (SQLAlchemyError, OSError) as error:
            log.warning("inbox_unreachable", error=type(error).__name__)
            return []

    async def _work(self, claimed: Sequence[ClaimedItem]) -> None:
        try:
            await self._settle_all(claimed)
        except (SQLAlchemyError, OSError) as error:
            log.warning("inbox_unreachable", error=type(error).__name__)

    async def _settle_all(self, claimed: Sequence[ClaimedItem]) -> None:
        items, spared = _apart(claimed, most=self._batch)
        if spared:
            await release(self._database, spared, wait=timedelta(0))
        async with self._holding(items):
            for _, group in groupby(items, key=lambda item: item.installation):
                await self._settle(list(group))

    @asynccontextmanager
    async def _holding(self, items: Sequence[ClaimedItem]) -> AsyncIterator[None]:
        """Renew the lease of these items for as long as they are worked on."""
        done = asyncio.Event()
        renewal = asyncio.create_task(self._renew(items, done), name="lease-renewal")
        try:
            yield
        finally:
            done.set()
            await renewal

    async def _renew(self, items: Sequence[ClaimedItem], done: asyncio.Event) -> None:
        while True:
            await _wait(done, self._lease.total_seconds() / 3)
            if done.is_set():
                return
            try:
                await renew(self._database, items, lease=self._lease)
            except (SQLAlchemyError, OSError) as error:
                log.warning("lease_not_renewed", error=type(error).__name__)

    async def _settle(self, items: list[ClaimedItem]) -> None:
        """Apply all, or halve what fails until the poison is alone; it is buried with its reason."""
        try:
            await retrying(lambda: self._transact(items))
        except LeaseLost:
            log.info("lease_lost", items=len(items))
        except Exception as error:  # noqa: BLE001 # whatever an item does must not stop the others
            if _is_transient(error):
                log.warning("batch_postponed", error=type(error).__name__, items=len(items))
                await release(self._database, items, wait=RETRY_WAIT)
            elif len(items) > 1:
                middle = len(items) // 2
                await self._settle(items[:middle])
                await self._settle(items[middle:])
            else:
                await self._bury(items[0], error)

    async def _transact(self, items: Sequence[ClaimedItem]) -> None:
        installation = items[0].installation
        fit = [item for item in items if item.attempts <= MOST_ATTEMPTS]
        buried = {item.id: "it stopped its worker too often" for item in items if item.attempts > MOST_ATTEMPTS}
        async with self._database.shop(installation) as session:
            buried.update(await self._apply(session, installation, fit))
            await finish(session, items)
            await bury(session, installation, buried)
        for item in items:
            if item.id in buried:
                log.error("buried", inbox_id=str(item.id), kind=item.kind, reason=buried[item.id])

    async def _bury(self, item: ClaimedItem, error: Exception) -> None:
        reason = str(error) if isinstance(error, BadInput) else f"unexpected: {_gist(error)}"
        log.error("buried", inbox_id=str(item.id), kind=item.kind, reason=reason, exc_info=error)
        try:
            async with self._database.shop(item.installation) as session:
                await finish(session, [item])
                await bury(session, item.installation, {item.id: reason})
        except LeaseLost:
            log.info("lease_lost", items=1)


def _apart(claimed: Sequence[ClaimedItem], *, most: int) -> tuple[list[ClaimedItem], list[ClaimedItem]]:
    """What to work on now, by shop and age, and what to leave to others.

    An item that stops its worker takes its whole batch along. So the more often items were left behind, the fewer
    are worked on together: in the end the culprit is alone.
    """
    by_suspicion = sorted(claimed, key=lambda item: (-item.attempts, item.id))
    together = most >> (by_suspicion[0].attempts - 1) if by_suspicion else most
    chosen = by_suspicion[: max(1, together)]
    return sorted(chosen, key=lambda item: (item.installation, item.id)), by_suspicion[len(chosen) :]


def _gist(error: Exception) -> str:
    """The error's kind and, of a database's, its code; never values, which may be a person's."""
    state = getattr(error.orig, "sqlstate", None) if isinstance(error, DBAPIError) else None
    return type(error).__name__ + (f" {state}" if state else "")


def _is_transient(error: Exception) -> bool:
    if isinstance(error, DBAPIError):
        state = getattr(error.orig, "sqlstate", None)
        if state is None:
            return error.connection_invalidated or isinstance(error, InterfaceError)
        return state[:2] in _TRANSIENT_CLASSES
    return isinstance(error, Unavailable | OSError | PoolTimeout | TimeoutError)


async def _until_at_most(number: int, tasks: set[asyncio.Task[None]]) -> None:
    """Wait until so many of these tasks are left; they leave the set as they end."""
    while len(tasks) > number:
        await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)


async def _wait(stop: asyncio.Event, seconds: float) -> None:
    try:
        await asyncio.wait_for(stop.wait(), seconds)
    except TimeoutError:
        return
