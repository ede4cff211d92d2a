"""An installation's life after the hand-shake: paused when the shop switches us off, its books kept."""

from collections.abc import Iterable
from typing import Final

from sqlalchemy.ext.asyncio import AsyncSession

from saleor_crm_app.kernel.ids import InstallationId
from saleor_crm_app.kernel.telemetry import logger
from saleor_crm_app.saleor.events import AppChanged, AppGone, ShopEvent
from saleor_crm_app.saleor.installation_store import save_state, state_of
from saleor_crm_app.saleor.installations import InstallationState

UNINSTALLED: Final = "the shop has uninstalled the app"
SWITCHED_OFF: Final = "the shop has switched the app off"
FORGOTTEN: Final = "the shop does not know our token any more"
"""What a call finds when the shop has switched the app off or uninstalled it, and no delivery has told us yet."""

log = logger(__name__)


async def follow(session: AsyncSession, installation: InstallationId, events: Iterable[ShopEvent]) -> None:
    """Apply what the shop said of this app; news of an app id we no longer have is old news.

    Being switched on ends only a pause that being switched off began, or a call that found us switched off: not the
    operator's, and not that of an uninstalled app, which only a new installation ends.
    """
    about_apps = [event for event in events if isinstance(event, AppChanged | AppGone)]
    if not about_apps:
        return
    app_id, paused_because = await state_of(session, installation)
    own = [event for event in about_apps if event.app_id == app_id]
    switched = sorted((event for event in own if isinstance(event, AppChanged)), key=lambda event: event.issued_at)
    if len(switched) < len(own):
        await pause(session, installation, reason=UNINSTALLED)
    elif switched and switched[-1].is_active and paused_because in {SWITCHED_OFF, FORGOTTEN}:
        await resume(session, installation)
    elif switched and not switched[-1].is_active and paused_because in {None, FORGOTTEN}:
        await pause(session, installation, reason=SWITCHED_OFF)


async def pause(session: AsyncSession, installation: InstallationId, *, reason: str) -> None:
    """Make no more calls to the shop; every row stays."""
    await save_state(session, installation, state=InstallationState.PAUSED, reason=reason)
    log.info("paused", installation=str(installation), reason=reason)


async def resume(session: AsyncSession, installation: InstallationId) -> None:
    """Call the shop again."""
    await save_state(session, installation, state=InstallationState.ACTIVE, reason=None)
    log.info("resumed", installation=str(installation))
