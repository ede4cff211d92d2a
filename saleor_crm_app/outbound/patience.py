"""How the job process calls shops: at a bearable rate, and hardly at all while they are away."""

import asyncio
import time
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Any, Final

from saleor_crm_app.jobs.turns import claim_probe
from saleor_crm_app.kernel.db import Database
from saleor_crm_app.kernel.errors import Unavailable
from saleor_crm_app.kernel.ids import InstallationId
from saleor_crm_app.kernel.telemetry import logger
from saleor_crm_app.saleor.apps import app_identity
from saleor_crm_app.saleor.callers import Caller
from saleor_crm_app.saleor.client import PermissionDenied, SaleorClient, ShopAccess, ShopGraphQLError, ShopUnavailable
from saleor_crm_app.saleor.http import CallFailed
from saleor_crm_app.saleor.installation_store import or_unavailable
from saleor_crm_app.saleor.pace import REQUESTS_PER_MINUTE, Sleep, TokenBucket

Clients = Callable[[InstallationId], Awaitable[SaleorClient]]
"""Gives the client that speaks to an installation's shop."""

Forgotten = Callable[[InstallationId, ShopAccess], Awaitable[None]]
"""Told when a shop does not know a token of ours any more."""

AWAY_AFTER: Final = 3
"""So many calls in a row without an answer mean that a shop is away."""
PROBE_EVERY: Final = timedelta(minutes=1)

log = logger(__name__)


class ShopAway(ShopUnavailable):
    """The shop was not called, since it was away or busy a moment ago."""


class TokenUnknown(PermissionDenied):
    """Not one permission is missing: the token opens nothing any more."""

    def __init__(self) -> None:
        super().__init__("The shop does not know our token any more")


@dataclass(slots=True)
class _Line:
    """What this process knows of one shop's condition."""

    bucket: TokenBucket
    failures: int = 0
    quiet_until: float = float("-inf")
    """By the process' clock; the shop asked for it."""


class Patience:
    """Makes callers that keep the rate and notice when a shop is away. One per process."""

    def __init__(
        self,
        database: Database,
        clients: Clients,
        forgotten: Forgotten,
        *,
        per_minute: int = REQUESTS_PER_MINUTE,
        clock: Callable[[], float] = time.monotonic,
        sleep: Sleep = asyncio.sleep,
    ) -> None:
        self._database = database
        self._clients = clients
        self._forgotten = forgotten
        self._per_minute = per_minute
        self._clock = clock
        self._sleep = sleep
        self._lines: dict[InstallationId, _Line] = {}

    async def of(self, installation: InstallationId) -> Caller:
        """The caller of an installation's shop. What it raises is what a client raises, and what making one raises."""
        return _PatientCaller(self, installation)

    async def call(
        self, installation: InstallationId, name: str, variables: Mapping[str, Any] | None
    ) -> dict[str, Any]:
        """Run a document in a shop.

        Raises ShopAway without a call while the shop is away, except for one probe a minute of all processes
        together, and while it has asked to be left alone; TokenUnknown; and what a client raises.
        """
        line = self._line(installation)
        await self._demand_there(installation, line)
        await line.bucket.take()
        client = await self._clients(installation)
        try:
            answer = await client.execute(name, variables)
        except PermissionDenied:
            line.failures = 0
            await self._demand_known(installation, client)
            raise
        except ShopGraphQLError:
            line.failures = 0
            raise
        except CallFailed as failure:
            await self._note(installation, line, failure)
            raise
        line.failures = 0
        return answer

    def _line(self, installation: InstallationId) -> _Line:
        known = self._lines.get(installation)
        if known is None:
            known = self._lines[installation] = _Line(
                TokenBucket(self._per_minute, clock=self._clock, sleep=self._sleep)
            )
        return known

    async def _demand_there(self, installation: InstallationId, line: _Line) -> None:
        left = line.quiet_until - self._clock()
        if left > 0:
            raise ShopAway("The shop asked to be called less often", retry_after=left)
        if line.failures < AWAY_AFTER:
            return
        left = await self._claim_probe(installation)
        if left > 0:
            raise ShopAway("The shop is away; it is tried once a minute", retry_after=left)

    async def _note(self, installation: InstallationId, line: _Line, failure: CallFailed) -> None:
        """A shop that says how long to wait is there; one that says nothing may be away."""
        wait = failure.retry_after if isinstance(failure, ShopUnavailable) else None
        if wait is not None:
            line.quiet_until = self._clock() + wait
            return
        line.failures += 1
        if line.failures == AWAY_AFTER:
            log.warning("shop_away", installation=str(installation), reason=str(failure))
            await self._claim_probe(installation)

    async def _claim_probe(self, installation: InstallationId) -> float:
        with or_unavailable():
            async with self._database.shop(installation) as session:
                return await claim_probe(session, installation, every=PROBE_EVERY)

    async def _demand_known(self, installation: InstallationId, client: SaleorClient) -> None:
        """A denial may mean one missing permission; only who may not even ask who it is has lost its token.

        Raises TokenUnknown.
        """
        try:
            await app_identity(client)
        except PermissionDenied as denial:
            log.warning("token_unknown", installation=str(installation))
            await self._forgotten(installation, client.access)
            raise TokenUnknown from denial
        except (Unavailable, ShopGraphQLError):
            return


@dataclass(frozen=True, slots=True)
class _PatientCaller:
    """One shop, called with patience."""

    patience: Patience
    installation: InstallationId

    async def execute(self, name: str, variables: Mapping[str, Any] | None = None) -> dict[str, Any]:
        return await self.patience.call(self.installation, name, variables)
