"""The end of an installation: its books are kept for a while, then deleted, and their last proof stays."""

from dataclasses import asdict
from datetime import timedelta
from typing import Any

from saleor_crm_app.installation.lifecycle import FORGOTTEN, UNINSTALLED, pause
from saleor_crm_app.kernel.clock import now
from saleor_crm_app.kernel.db import Database
from saleor_crm_app.kernel.errors import CrmError
from saleor_crm_app.kernel.telemetry import logger
from saleor_crm_app.loyalty import points
from saleor_crm_app.saleor.installation_store import all_installations, keep_certificate, purge
from saleor_crm_app.saleor.installations import Installation, InstallationState

REMOVED = "removed by the operator"

_LEFT = frozenset({UNINSTALLED, FORGOTTEN})
"""Before 3.23 Saleor does not tell an app that it was uninstalled: its token is dead, and that is all it learns."""

log = logger(__name__)


class NotPaused(CrmError):
    """The shop came back while its books were about to be deleted."""


async def remove(database: Database, shop: Installation) -> None:
    """Stop working for a shop; its books stay until they are purged."""
    async with database.shop(shop.id) as session:
        await pause(session, shop.id, reason=REMOVED)


async def remove_for_good(database: Database, shop: Installation) -> dict[str, Any]:
    """Delete everything of a shop but a certificate of its books, which is given back; all or nothing.

    Raises NotPaused when the shop installs the app again at this very moment.
    """
    if shop.state is not InstallationState.PAUSED:
        await remove(database, shop)
    async with database.shop(shop.id) as session:
        content = asdict(await points.verify(session, shop.id))
        await keep_certificate(session, shop, content)
        if not await purge(session):
            raise NotPaused(f"{shop.api_url} has installed the app again; nothing was deleted")
    log.info("purged", installation=str(shop.id), accounts=content["accounts"], entries=content["entries"])
    return content


async def purge_overdue(database: Database, *, keep: timedelta) -> int:
    """Delete the shops that left longer than `keep` ago; says how many."""
    overdue = [
        shop
        for shop in await all_installations(database)
        if shop.paused_reason in _LEFT and shop.paused_at is not None and shop.paused_at <= now() - keep
    ]
    for shop in overdue:
        try:
            await remove_for_good(database, shop)
        except NotPaused as came_back:
            log.info("not_purged", installation=str(shop.id), reason=str(came_back))
    return len(overdue)
