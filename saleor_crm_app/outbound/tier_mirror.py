"""Tells the shop a customer's tiers: as private metadata, once for each change, and nothing when nothing changed."""

from collections.abc import Awaitable, Callable
from typing import Final

from saleor_crm_app.kernel.db import Database
from saleor_crm_app.kernel.ids import InstallationId
from saleor_crm_app.kernel.telemetry import logger
from saleor_crm_app.loyalty import tiers
from saleor_crm_app.loyalty.tiers import MirrorTier
from saleor_crm_app.outbound.patience import TokenUnknown
from saleor_crm_app.saleor.business_time import business_time
from saleor_crm_app.saleor.callers import Caller
from saleor_crm_app.saleor.client import PermissionDenied, ShopGraphQLError
from saleor_crm_app.saleor.metadata import write_private_metadata

TIER_KEY: Final = "saleor-crm.tier"

Callers = Callable[[InstallationId], Awaitable[Caller]]
"""Gives who speaks to an installation's shop."""

log = logger(__name__)


class TierMirror:
    """Handles the jobs that tell the shop. The shop's own report of the write asks for no other write."""

    def __init__(self, database: Database, callers: Callers) -> None:
        self._database = database
        self._callers = callers

    async def mirror_tier(self, job: MirrorTier) -> None:
        """Write what the shop does not read yet; again when it changed meanwhile, so that the newest stays.

        A customer who is gone, and whom the shop does not let us write to, are left alone.
        """
        while (content := await self._untold(job)) is not None:
            try:
                caller = await self._callers(job.installation)
                await write_private_metadata(caller, job.customer, key=TIER_KEY, value=content)
            except TokenUnknown:
                raise
            except (PermissionDenied, ShopGraphQLError) as refusal:
                log.warning("tier_not_mirrored", installation=str(job.installation), reason=type(refusal).__name__)
                return
            await self._note(job, content)

    async def _untold(self, job: MirrorTier) -> str | None:
        async with self._database.shop(job.installation, read_only=True) as session:
            return await tiers.mirrored(session, job.installation, job.customer)

    async def _note(self, job: MirrorTier, content: str) -> None:
        async with self._database.shop(job.installation) as session:
            at = await business_time(session, job.installation)
            await tiers.note_mirrored(session, job.installation, job.customer, content, at=at)
