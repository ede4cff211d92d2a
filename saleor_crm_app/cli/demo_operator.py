"""The operator of a demo: what commands do to the app, done from inside the process that runs the shop."""

import asyncio
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import timedelta
from typing import Final

from pydantic import SecretStr

from saleor_crm_app.cli.demo_app import DemoFailed, Place, RunningApp
from saleor_crm_app.config import Settings
from saleor_crm_app.demo.web import is_let_in
from saleor_crm_app.jobs.backlog import backlog
from saleor_crm_app.kernel.db import Database
from saleor_crm_app.loyalty.program import program_of_channel
from saleor_crm_app.loyalty.tiers import Plan, RequalifyProgram, Tier, TierCode, Window, save_ladder
from saleor_crm_app.outbound.reconcile import AlreadyReading, Reconciler
from saleor_crm_app.outbound.reconcile_run import Report
from saleor_crm_app.reactions.tiers import TierFollower
from saleor_crm_app.reactions.time import Timekeeper
from saleor_crm_app.saleor.business_time import business_time
from saleor_crm_app.saleor.installation_store import all_installations, move_clock, set_storefront_origins
from saleor_crm_app.saleor.installations import Installation
from saleor_crm_app.worker import make_worker

CATCH_UP_SECONDS: Final = 300.0
TURN_SECONDS: Final = 60.0
SEEN_SECONDS: Final = 10.0
"""A web process sees what changed in an installation after three seconds."""

PATIENCE_SECONDS: Final = 2.0
"""Somebody waits at the page for the answer of a shop that may be down."""

TIERS: Final = Plan(
    window=Window(months=3),
    keep_months=3,
    notice_days=14,
    grace_days=14,
    tiers=(
        Tier(code=TierCode("silver"), name="Silver", names={"RU": "Серебро"}, threshold=5_000),
        Tier(code=TierCode("gold"), name="Gold", names={"RU": "Золото"}, threshold=50_000),
    ),
)
"""By what was spent in three months, so that a jump of a year shows people fall; nobody earns more by them."""

WEEK: Final = timedelta(days=7)

_BETWEEN_LOOKS: Final = 0.05


@dataclass(frozen=True, slots=True)
class Operator:
    """A hand on the app, for shops named by their API URL. Every method raises DemoFailed."""

    url: str
    database: Database
    reconciler: Reconciler
    time: Timekeeper
    tiers: TierFollower

    async def admit(self, api_url: str, origin: str) -> None:
        """Like `installations origins add`; returns when the app lets the origin in."""
        one = await self._installation(api_url)
        await set_storefront_origins(self.database, one.id, sorted({*one.storefront_origins, origin}))
        await _until(
            lambda: is_let_in(self.url, api_url, origin), SEEN_SECONDS, "The app does not let the page's calls in"
        )

    async def advance(self, api_url: str, by: timedelta) -> None:
        """Move the business time of a shop, which becomes a sandbox by that; returns when time has done its work."""
        await self._let_pass([await self._installation(api_url)], by)

    async def open_tiers(self, api_url: str, *, channel: str) -> None:
        """Give the program of a channel that has sold something its tiers; returns when everybody stands in theirs."""
        shop = (await self._installation(api_url)).id
        async with self.database.shop(shop) as session:
            at = await business_time(session, shop)
            found = await program_of_channel(session, channel)
            if found is None:
                raise DemoFailed(f"The app knows of no order by {channel}")
            program = found.id
            await save_ladder(session, shop, program, plan=TIERS, expected=0, author="demo", at=at)
        await self.tiers.requalify_program(RequalifyProgram(installation=shop, program=program))

    async def advance_all(self, by: timedelta) -> None:
        await self._let_pass(await all_installations(self.database), by)

    async def backfill(self, api_url: str, report: Report) -> None:
        """Like `backfill`; returns when what was read was taken in."""
        shop = await self._installation(api_url)
        await self._in_turn(lambda: self.reconciler.backfill(shop, report=report))

    async def reconcile(self, api_url: str) -> None:
        """Like `reconcile --full`; returns when what was found was taken in."""
        shop = await self._installation(api_url)
        await self._in_turn(lambda: self.reconciler.reconcile(shop, full=True, patience=PATIENCE_SECONDS))

    async def caught_up(self) -> None:
        """Wait until nothing waits in the inbox."""

        async def is_empty() -> bool:
            return not any(shop.waiting for shop in (await backlog(self.database)).shops)

        await _until(is_empty, CATCH_UP_SECONDS, "The app did not catch up")

    async def _let_pass(self, shops: Sequence[Installation], by: timedelta) -> None:
        """A week at a time, with what the worker does by the real clock: a notice needs its days before a fall."""
        left = by
        while left:
            step = min(left, WEEK)
            left -= step
            for one in shops:
                await move_clock(self.database, one.id, by=step)
            await self.time.end_holds()
            await self.tiers.follow_time()
        await self.time.expire_points()

    async def _in_turn(self, read: Callable[[], Awaitable[object]]) -> None:
        """The app's own worker may be reading the same shop just now."""

        async def has_read() -> bool:
            try:
                await read()
            except AlreadyReading:
                return False
            return True

        await _until(has_read, TURN_SECONDS, "Another process kept reading the shop")
        await self.caught_up()

    async def _installation(self, api_url: str) -> Installation:
        for one in await all_installations(self.database):
            if one.api_url == api_url:
                return one
        raise DemoFailed(f"{api_url} has not installed the app")


@asynccontextmanager
async def operating(place: Place, app: RunningApp) -> AsyncIterator[Operator]:
    """An operator with the app's own key and database."""
    chosen = Settings(
        secret_key=SecretStr(app.secret_key), app_api_base_url=place.app_url, allow_private_hosts=True, smtp_url=None
    )
    worker = make_worker(chosen, app.database_url)
    try:
        yield Operator(place.app_url, worker.database, worker.reconciler, worker.time, worker.tiers)
    finally:
        await worker.close()


async def _until(done: Callable[[], Awaitable[bool]], seconds: float, trouble: str) -> None:
    deadline = time.monotonic() + seconds
    while not await done():
        if time.monotonic() > deadline:
            raise DemoFailed(f"{trouble} within {seconds:.0f} seconds")
        await asyncio.sleep(_BETWEEN_LOOKS)
