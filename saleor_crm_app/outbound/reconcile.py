"""Compares shops with what we know of them and repairs, always through the inbox: often, nightly, and for history."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager
from datetime import date, timedelta
from typing import Final

from saleor_crm_app.jobs.progress import Progress, ReconcileShop, readings_of
from saleor_crm_app.jobs.turns import Turn, TurnLost, end_turn, take_turn
from saleor_crm_app.kernel.db import Database
from saleor_crm_app.kernel.errors import CrmError, Unavailable
from saleor_crm_app.kernel.ids import InstallationId
from saleor_crm_app.kernel.telemetry import logger
from saleor_crm_app.outbound.backfill import history
from saleor_crm_app.outbound.failed_deliveries import given_up
from saleor_crm_app.outbound.patience import TokenUnknown
from saleor_crm_app.outbound.reconcile_customers import changed_customers, customers_we_know, joined_customers
from saleor_crm_app.outbound.reconcile_orders import changed_orders, changing_in_silence, created_orders
from saleor_crm_app.outbound.reconcile_routes import Route, Subject, Visit, Words
from saleor_crm_app.outbound.reconcile_run import Report, Run
from saleor_crm_app.saleor.callers import Caller
from saleor_crm_app.saleor.client import PermissionDenied, ShopGraphQLError
from saleor_crm_app.saleor.installation_store import all_installations
from saleor_crm_app.saleor.installations import Installation, InstallationState
from saleor_crm_app.saleor.pace import Sleep

FULL_DAYS: Final = 90
"""How far back the nightly comparison reads every order."""
PATIENCE_SECONDS: Final = 60.0
"""How long a scheduled reading waits for a shop that names a time; the next reading goes on from there."""
SHOPS_AT_ONCE: Final = 4

Callers = Callable[[InstallationId], Awaitable[Caller]]

log = logger(__name__)


class AlreadyReading(Unavailable):
    """Another process reads this shop now."""

    def __init__(self) -> None:
        super().__init__("Another process reads this shop now; try again in a minute")


def _nobody(_progress: Progress) -> None:
    return


class Reconciler:
    """Reads shops, each by one process at a time."""

    def __init__(
        self,
        database: Database,
        callers: Callers,
        words: Words,
        *,
        sleep: Sleep = asyncio.sleep,
    ) -> None:
        self._database = database
        self._callers = callers
        self._words = words
        self._sleep = sleep

    async def reconcile(
        self,
        shop: Installation,
        *,
        full: bool = False,
        days: int = FULL_DAYS,
        patience: float = PATIENCE_SECONDS,
        report: Report = _nobody,
    ) -> Sequence[Progress]:
        """Read what was changed, and if `full` also what may have changed without a sign; says what was found.

        A full comparison that was stopped is ended by the next reading of any kind. `patience` is how many seconds
        the shop may let one page wait. Raises AlreadyReading, and the trouble that ended it; all that was read is
        kept, and the next time goes on from there.
        """

        async def routes(visit: Visit) -> list[Route]:
            nightly = _nightly(visit, days=days)
            left = () if full else await self._left(shop)
            return [*_often(visit), *(route for route in nightly if full or route.subject in left)]

        return await self._follow(shop, routes, patience=patience, report=report)

    async def backfill(
        self,
        shop: Installation,
        *,
        since: date | None = None,
        patience: float = PATIENCE_SECONDS,
        report: Report = _nobody,
    ) -> Sequence[Progress]:
        """Read the history, from a day on if one is given. Raises likewise."""

        async def routes(visit: Visit) -> list[Route]:
            return history(visit, since=since)

        return await self._follow(shop, routes, patience=patience, report=report)

    async def reconcile_shop(self, job: ReconcileShop) -> None:
        """Somebody asked for one shop to be compared now; trouble is noted and left to the next schedule.

        Raises AlreadyReading, so that the job comes again when the other reading has ended.
        """
        for shop in await all_installations(self._database):
            if shop.id == job.installation and shop.state is InstallationState.ACTIVE:
                await self._scheduled(shop, full=job.full)

    async def often(self) -> None:
        """Compare what was changed in every active shop."""
        await self._every_shop(full=False)

    async def nightly(self) -> None:
        """Compare everything that may have changed without a sign in every active shop."""
        await self._every_shop(full=True)

    async def _every_shop(self, *, full: bool) -> None:
        slots = asyncio.Semaphore(SHOPS_AT_ONCE)

        async def one(shop: Installation) -> None:
            async with slots:
                try:
                    await self._scheduled(shop, full=full)
                except AlreadyReading:
                    log.info("already_reading", installation=str(shop.id))
                except Exception as error:  # whatever befalls one shop must not stop the others
                    log.warning("not_reconciled", installation=str(shop.id), exc_info=error)

        shops = await all_installations(self._database)
        async with asyncio.TaskGroup() as group:
            for shop in shops:
                if shop.state is InstallationState.ACTIVE:
                    group.create_task(one(shop))

    async def _left(self, shop: Installation) -> set[str]:
        """The ways of reading that were begun and not ended."""
        async with self._database.shop(shop.id, read_only=True) as session:
            return {one.subject for one in await readings_of(session, shop.id) if not one.is_finished}

    async def _scheduled(self, shop: Installation, *, full: bool) -> None:
        try:
            found = await self.reconcile(shop, full=full)
        except AlreadyReading:
            raise
        except CrmError as trouble:
            log.warning("not_reconciled", installation=str(shop.id), reason=str(trouble))
            return
        differences = sum(progress.counts.differences for progress in found)
        log.info("reconciled", installation=str(shop.id), full=full, differences=differences)

    async def _follow(
        self,
        shop: Installation,
        routes: Callable[[Visit], Awaitable[list[Route]]],
        *,
        patience: float,
        report: Report,
    ) -> Sequence[Progress]:
        """Go every route to its end; one that the shop refuses does not keep the others back."""
        visit = Visit(shop=shop, database=self._database, caller=await self._callers(shop.id), words=self._words)
        found: list[Progress] = []
        refusal: CrmError | None = None
        async with self._turn(shop) as turn:
            run = Run(visit=visit, turn=turn, patience=patience, report=report, sleep=self._sleep)
            for route in await routes(visit):
                try:
                    found.append(await run.follow(route))
                except TokenUnknown:
                    raise
                except (PermissionDenied, ShopGraphQLError) as error:
                    refusal = error
                except TurnLost:
                    raise AlreadyReading from None
        if refusal is not None:
            raise refusal
        return found

    @asynccontextmanager
    async def _turn(self, shop: Installation) -> AsyncIterator[Turn]:
        async with self._database.shop(shop.id) as session:
            turn = await take_turn(session, shop.id)
        if turn is None:
            raise AlreadyReading
        try:
            yield turn
        finally:
            async with self._database.shop(shop.id) as session:
                await end_turn(session, turn)


def _often(visit: Visit) -> list[Route]:
    return [changed_customers(visit), changed_orders(visit), given_up(visit)]


def _nightly(visit: Visit, *, days: int) -> list[Route]:
    first_day = (visit.now() - timedelta(days=days)).date()
    return [
        customers_we_know(visit),
        joined_customers(visit, Subject.CUSTOMERS_CREATED, first_day=first_day),
        created_orders(visit, Subject.ORDERS_CREATED, first_day=first_day),
        changing_in_silence(visit, created_before=first_day),
    ]
