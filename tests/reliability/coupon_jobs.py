"""What the app owes outside, worked off badly: in any order, several at once, twice, or cut off before a commit."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from random import Random
from typing import Any

import msgspec
import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncSession

from saleor_crm_app.crm.customers import ReadCustomer
from saleor_crm_app.crm.orders import ReadOrder
from saleor_crm_app.jobs.outbox import Job
from saleor_crm_app.kernel.db import Database
from saleor_crm_app.kernel.errors import CrmError
from saleor_crm_app.kernel.ids import InstallationId
from saleor_crm_app.loyalty import points
from saleor_crm_app.loyalty.rewards import (
    CheckVoucher,
    DeliverCard,
    EndCard,
    EndCoupons,
    SettleUses,
    StockCodes,
    WithdrawVoucher,
)
from saleor_crm_app.outbound.coupons import Coupons
from saleor_crm_app.outbound.reads import Reader
from saleor_crm_app.saleor.codes import CodeBook
from tests.journeys.running import SECRET, RunningApp


class CutOff(Exception):
    """The process dies."""


class MortalDatabase(Database):
    """Dies before one of the next commits where that is asked for; what was done in the shop before is done."""

    commits_left: int | None = None

    @asynccontextmanager
    async def shop(self, installation: InstallationId, *, read_only: bool = False) -> AsyncIterator[AsyncSession]:
        async with super().shop(installation, read_only=read_only) as session:
            yield session
            if not read_only and self.commits_left is not None:
                if self.commits_left == 0:
                    raise CutOff
                self.commits_left -= 1


@dataclass(frozen=True)
class Owed:
    """A job as the queue has it."""

    id: int
    name: str
    arguments: Mapping[str, Any]


class Queue:
    """Does jobs by the real handlers; one that fails stays, as in the real queue."""

    def __init__(self, app: RunningApp, chance: Random) -> None:
        self._app = app
        self._chance = chance
        self.database = MortalDatabase(app.database.url, pool_size=5)
        callers = app.worker.clients.of
        coupons = Coupons(self.database, callers, CodeBook([SECRET]))
        reader = Reader(self.database, callers)
        handlers: Mapping[type[Job], Callable[[Any], Awaitable[None]]] = {
            StockCodes: coupons.stock,
            DeliverCard: coupons.deliver_card,
            EndCoupons: coupons.end,
            EndCard: coupons.end_card,
            WithdrawVoucher: coupons.withdraw,
            SettleUses: coupons.settle,
            CheckVoucher: coupons.check,
            ReadOrder: reader.read_order,
            ReadCustomer: reader.read_customer,
            points.memberships.SweepMerged: app.worker.merges.sweep,
        }
        self._handlers = {kind.task_name(): (kind, handler) for kind, handler in handlers.items()}
        self.troubles: dict[str, Exception] = {}

    async def owed(self) -> list[Owed]:
        """The jobs that concern coupons; others are left out."""
        async with self._app.database.queue() as session:
            rows = await session.execute(sa.text("SELECT id, task_name, args FROM procrastinate_jobs ORDER BY id"))
            return [Owed(row.id, row.task_name, row.args) for row in rows if row.task_name in self._handlers]

    async def work(self, *, most: int, at_once: int = 1, twice: bool = False, dies_after: int | None = None) -> bool:
        """Do some, whichever comes first; says whether any was done."""
        some = await self.owed()
        self._chance.shuffle(some)
        some = some[:most]
        done = False
        for start in range(0, len(some), at_once):
            self.database.commits_left = dies_after
            group = some[start : start + at_once] * (2 if twice else 1)
            results = await asyncio.gather(*(self._do(one) for one in group))
            self.database.commits_left = None
            over = {one.id for one, is_done in zip(group, results, strict=True) if is_done}
            await self._forget(over)
            done = done or bool(over)
        return done

    async def drain(self) -> None:
        """Do all, until nothing is left but what fails."""
        self.troubles.clear()
        while await self.work(most=100):
            pass

    async def _do(self, job: Owed) -> bool:
        kind, handler = self._handlers[job.name]
        try:
            await handler(msgspec.convert(job.arguments, kind))
        except (CrmError, CutOff) as error:
            self.troubles[f"{job.name} {job.arguments}"] = error
            return False
        return True

    async def _forget(self, ids: set[int]) -> None:
        async with self._app.database.queue() as session:
            await session.execute(
                sa.text("DELETE FROM procrastinate_jobs WHERE id = ANY(CAST(:ids AS bigint[]))"), {"ids": list(ids)}
            )
