"""Which shops have installed the app: looked up at every request, so kept in memory for a few seconds."""

import asyncio
import time
from collections.abc import Awaitable, Callable
from typing import Final

from saleor_crm_app.kernel.db import Database
from saleor_crm_app.kernel.ids import InstallationId
from saleor_crm_app.saleor.installation_store import or_unavailable, read_by_api_url, read_by_id
from saleor_crm_app.saleor.installations import Installation

_LIFETIME: Final = 3.0
"""Seconds for which another process' change may stay unseen, where nothing is refused because of it."""

_LONGEST_URL: Final = 2000

Read = Callable[[], Awaitable[Installation | None]]


class InstallationDirectory:
    """Finds installations. A miss is never remembered: nobody is refused before the table was asked.

    Every method raises Unavailable when the database does not answer.
    """

    def __init__(self, database: Database, *, lifetime: float = _LIFETIME) -> None:
        self._database = database
        self._lifetime = lifetime
        self._known: dict[str | InstallationId, tuple[float, Installation]] = {}
        self._flights: dict[str | InstallationId, asyncio.Future[Installation | None]] = {}

    async def by_api_url(self, api_url: str) -> Installation | None:
        """The shop that signs its tokens and deliveries with this API URL."""
        if len(api_url) > _LONGEST_URL or not (api_url.isascii() and api_url.isprintable()):
            return None  # no shop could register so, and the database would not take every such text
        return self._remembered(api_url) or await self._shared(api_url, lambda: self._read_by_api_url(api_url))

    async def by_id(self, installation: InstallationId) -> Installation | None:
        return self._remembered(installation) or await self._shared(
            installation, lambda: self._read_by_id(installation)
        )

    async def again(self, installation: Installation) -> Installation | None:
        """The same shop as the table has it now, whatever is remembered: for before a refusal."""
        return await self._read_by_id(installation.id)

    def forget(self, installation: InstallationId, api_url: str) -> None:
        """Make the next look-up read the table: this process has just changed the row."""
        self._known.pop(installation, None)
        self._known.pop(api_url, None)

    def _remembered(self, key: str | InstallationId) -> Installation | None:
        until, installation = self._known.get(key, (0.0, None))
        return installation if until > time.monotonic() else None

    async def _shared(self, key: str | InstallationId, read: Read) -> Installation | None:
        """Let requests that miss at the same moment share one reading."""
        flight = self._flights.get(key)
        if flight is None:
            flight = asyncio.ensure_future(read())
            self._flights[key] = flight

            def landed(ended: asyncio.Future[Installation | None]) -> None:
                del self._flights[key]
                ended.cancelled() or ended.exception()  # looked at, even if nobody waits any more

            flight.add_done_callback(landed)
            return await asyncio.shield(flight)
        # what was read before this request arrived may not be the reason to refuse it
        return await asyncio.shield(flight) or await read()

    async def _read_by_api_url(self, api_url: str) -> Installation | None:
        with or_unavailable():
            async with self._database.intake() as session:
                return self._remember(await read_by_api_url(session, api_url))

    async def _read_by_id(self, installation: InstallationId) -> Installation | None:
        with or_unavailable():
            async with self._database.intake() as session:
                return self._remember(await read_by_id(session, installation))

    def _remember(self, found: Installation | None) -> Installation | None:
        if found is not None:
            until = time.monotonic() + self._lifetime
            self._known[found.id] = self._known[found.api_url] = (until, found)
        return found
