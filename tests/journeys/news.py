"""How an app without webhooks hears of a shop: it reads what changed, as its job process does now and then."""

from saleor_crm_app.outbound.patience import Patience
from saleor_crm_app.outbound.reconcile import Reconciler
from saleor_crm_app.outbound.reconcile_routes import Words
from saleor_crm_app.reactions import content_of, seen_from
from saleor_crm_app.saleor.installation_store import all_installations
from tests.journeys.running import RunningApp

_DAYS = 1


async def read_shop(app: RunningApp, *, fully: bool = False) -> None:
    """Read at any rate and keep what was found for the app; `fully` also what changes without a sign."""
    patience = Patience(app.database, app.worker.clients.of, _nobody, per_minute=1_000_000)
    reconciler = Reconciler(app.database, patience.of, Words(content_of=content_of, seen_from=seen_from))
    [shop] = await all_installations(app.database)
    await reconciler.reconcile(shop, full=fully, days=_DAYS)


async def _nobody(_installation: object, _access: object) -> None:
    raise AssertionError("The shop does not know our token")
