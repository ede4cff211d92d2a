"""Pauses an installation whose token the shop does not know any more, unless it has a new one already."""

from saleor_crm_app.installation.lifecycle import FORGOTTEN, pause
from saleor_crm_app.kernel.db import Database
from saleor_crm_app.kernel.ids import InstallationId
from saleor_crm_app.saleor.client import ShopAccess
from saleor_crm_app.saleor.clients import TOKEN_COLUMN
from saleor_crm_app.saleor.installation_row import hold_token
from saleor_crm_app.saleor.secrets import Vault


class ForgottenTokens:
    """Told of each token that opens nothing any more; only a new installation of the app ends such a pause."""

    def __init__(self, database: Database, vault: Vault) -> None:
        self._database = database
        self._vault = vault

    async def pause(self, installation: InstallationId, access: ShopAccess) -> None:
        """Make no more calls by this token. The shop may have registered us anew while the call was under way."""
        async with self._database.shop(installation) as session:
            held = await hold_token(session, installation)
            if held is None or not held.is_active:
                return
            if self._vault.open(held.sealed, installation=installation, column=TOKEN_COLUMN) == access.token:
                await pause(session, installation, reason=FORGOTTEN)
