"""An installation's life after the hand-shake: paused when the shop switches us off, its books kept."""

from collections.abc import Iterable
from typing import Final

from sqlalchemy.ext.asyncio import AsyncSession

from saleor_crm_app.kernel.ids import InstallationId
from saleor_crm_app.kernel.telemetry import logger
from saleor_crm_app.saleor.events import AppChanged, AppGone, ShopEvent
from saleor_crm_app.saleor.installation_store import read_by_id, save_state
from saleor_crm_app.saleor.installations import InstallationState

UNINSTALLED: Final = "the shop has uninstalled the app"
SWITCHED_OFF: Final = "the shop has switched the app off"

log = logger(__name__)


async def follow(session: AsyncSession, installation: InstallationId, events: Iterable[ShopEvent]) -> None:
    """Apply what the shop said of this app; news of an app id we no longer have is old news."""
    own = [event for event in events if isinstance(event, AppChanged | AppGone)]
    if not own:
        return
    known = await read_by_id(session, installation)
    for event in sorted(own, key=lambda one: one.issued_at):
        if known is None or event.app_id != known.app_id:
            continue
        if isinstance(event, AppGone):
            await pause(session, installation, reason=UNINSTALLED)
        elif event.is_active:
            await resume(session, installation)
        else:
            await pause(session, installation, reason=SWITCHED_OFF)


async def pause(session: AsyncSession, installation: InstallationId, *, reason: str) -> None:
    """Make no more calls to the shop; every row stays."""
    await save_state(session, installation, state=InstallationState.PAUSED, reason=reason)
    log.info("paused", installation=str(installation), reason=reason)


async def resume(session: AsyncSession, installation: InstallationId) -> None:
    """Call the shop again."""
    await save_state(session, installation, state=InstallationState.ACTIVE, reason=None)
    log.info("resumed", installation=str(installation))
