"""Follows one route through a shop to its end: page by page, each kept before the next, resumable after any of them."""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, replace
from datetime import datetime
from functools import partial
from typing import Final, TypeVar

from saleor_crm_app.jobs.inbox import append
from saleor_crm_app.jobs.progress import Progress, progress_of, save_progress
from saleor_crm_app.jobs.turns import Turn, keep_turn
from saleor_crm_app.kernel.clock import now
from saleor_crm_app.kernel.errors import CrmError
from saleor_crm_app.outbound.reconcile_routes import Place, Route, Step, Visit
from saleor_crm_app.saleor.client import ShopGraphQLError, ShopUnavailable
from saleor_crm_app.saleor.http import CallFailed
from saleor_crm_app.saleor.pace import Sleep

BACK_OFF: Final = (1.0, 4.0, 60.0, 60.0, 60.0, 60.0)
"""Seconds before each further try of one page, where the shop does not say how long to wait."""
LARGEST_BATCH: Final = 100
_SLICE: Final = 20.0
"""Seconds of waiting after which the turn is renewed."""

Result = TypeVar("Result")
Report = Callable[[Progress], None]
"""Told after every page."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Run:
    """One process' turn at a shop. `patience` is how many seconds in all it waits for the shop on one page."""

    visit: Visit
    turn: Turn
    patience: float
    report: Report
    sleep: Sleep = asyncio.sleep

    async def follow(self, route: Route) -> Progress:
        """Go the route to its end, from where it was left.

        Raises TurnLost and what the shop's caller raises; what was read till then is kept, with the reason.
        """
        before = await self._before(route)
        progress = await self._begun(route, before)
        try:
            ended = await self._through(route, progress)
        except CrmError as trouble:
            latest = await self._before(route) or progress
            await self._save(replace(latest, trouble=str(trouble)[:500]))
            raise
        return await self._save(self._finished(route, ended))

    async def _before(self, route: Route) -> Progress | None:
        async with self.visit.database.shop(self.visit.shop.id, read_only=True) as session:
            return await progress_of(session, self.visit.shop.id, route.subject)

    async def _begun(self, route: Route, before: Progress | None) -> Progress:
        since = await route.since(before)
        if before is not None and not before.is_finished and _covers(before.since, since):
            return await self._save(replace(before, trouble=None))
        return await self._save(
            Progress(
                subject=route.subject,
                since=since,
                known_until=None if before is None else before.known_until,
                started_at=now(),
            )
        )

    async def _through(self, route: Route, progress: Progress) -> Progress:
        place = Place(progress.since, progress.cursor)
        anew = None if place.cursor is None else route.without_cursor
        while True:
            try:
                step = await self._patiently(partial(route.read, place))
            except ShopGraphQLError:
                if anew is None:
                    raise
                place, anew = anew(progress), None
                continue
            anew = None
            progress = await self._kept(route, progress, step)
            if step.cursor is None:
                return progress
            place = Place(place.since, step.cursor)

    async def _kept(self, route: Route, progress: Progress, step: Step) -> Progress:
        """First what was learnt, then how far one is: what happens in between is only read once more."""
        for start in range(0, len(step.items), LARGEST_BATCH):
            await append(self.visit.database, step.items[start : start + LARGEST_BATCH])
        if route.is_met_again:
            self.visit.queued.update(step.told)
        return await self._save(
            replace(
                progress,
                cursor=step.cursor or progress.cursor,
                reached=_later(progress.reached, step.reached),
                expected=progress.expected if step.expected is None else step.expected,
                counts=progress.counts + step.counts,
            )
        )

    async def _save(self, progress: Progress) -> Progress:
        async with self.visit.database.shop(self.visit.shop.id) as session:
            await keep_turn(session, self.turn)
            await save_progress(session, self.visit.shop.id, progress)
        self.report(progress)
        return progress

    def _finished(self, route: Route, progress: Progress) -> Progress:
        """All is known up to the newest moment seen, or up to the begin of this run where the shop's clock is fast."""
        known_until = progress.known_until
        if route.moves_on and progress.reached is not None:
            known_until = min(progress.reached, progress.started_at + self.visit.shop.clock_offset)
        return replace(progress, cursor=None, known_until=known_until, finished_at=now())

    async def _patiently(self, act: Callable[[], Awaitable[Result]]) -> Result:
        """Try again while the shop cannot be reached, as long as that is bearable."""
        left = self.patience
        for back_off in BACK_OFF:
            try:
                return await act()
            except CallFailed as failure:
                asked = failure.retry_after if isinstance(failure, ShopUnavailable) else None
                wait = back_off if asked is None else asked
                if wait > left:
                    raise
            left -= wait
            await self._wait(wait)
        return await act()

    async def _wait(self, seconds: float) -> None:
        while seconds > 0:
            await self.sleep(min(seconds, _SLICE))
            seconds -= _SLICE
            async with self.visit.database.shop(self.visit.shop.id) as session:
                await keep_turn(session, self.turn)


def _covers(begun: datetime | None, wanted: datetime | None) -> bool:
    """Whether what was begun reads all that is wanted now."""
    return begun is None or wanted is None or begun <= wanted


def _later(one: datetime | None, other: datetime | None) -> datetime | None:
    return max((moment for moment in (one, other) if moment is not None), default=None)
