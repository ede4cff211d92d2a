"""One client per shop and process, made when first needed and anew after a re-installation."""

from dataclasses import replace
from typing import Final

from saleor_crm_app.kernel.errors import Unavailable
from saleor_crm_app.kernel.ids import InstallationId
from saleor_crm_app.saleor.client import PermissionDenied, SaleorClient, ShopAccess
from saleor_crm_app.saleor.directory import InstallationDirectory
from saleor_crm_app.saleor.http import CallPolicy
from saleor_crm_app.saleor.installations import Installation, InstallationState
from saleor_crm_app.saleor.secrets import Vault

TOKEN_COLUMN: Final = "token"  # noqa: S105 # the column's name
_SECONDS: Final = 20.0
_MOST_BYTES: Final = 10_000_000


class ShopPaused(Unavailable):
    """The shop is paused, by itself or by the operator; it is not called until that ends."""


class ShopClients:
    """Opens the stored token only here, only to hand it to the client of its own shop."""

    def __init__(self, directory: InstallationDirectory, vault: Vault, policy: CallPolicy) -> None:
        self._directory = directory
        self._vault = vault
        self._policy = replace(policy, total_seconds=_SECONDS, most_bytes=_MOST_BYTES)
        self._clients: dict[InstallationId, tuple[bytes, str, SaleorClient]] = {}
        self._retired: list[SaleorClient] = []

    async def of(self, installation: InstallationId) -> SaleorClient:
        """The client that speaks to an installation's shop.

        Raises PermissionDenied when there is no such installation, ShopPaused, CannotOpen for a token sealed
        under a key we no longer have, Unavailable when the database does not answer.
        """
        shop = await self._directory.by_id(installation)
        if shop is None:
            raise PermissionDenied("The app is not installed there any more")
        if shop.state is InstallationState.PAUSED:
            raise ShopPaused("The shop is paused")
        known = self._clients.get(installation)
        if known is not None:
            token, version, client = known
            if (token, version) == (shop.token, shop.saleor_version):
                return client
            # calls may still be under way on it, so it is closed with the others at the end
            self._retired.append(client)
        client = SaleorClient(self._access(shop), self._policy)
        self._clients[installation] = (shop.token, shop.saleor_version, client)
        return client

    async def close(self) -> None:
        for _, _, client in self._clients.values():
            await client.close()
        for client in self._retired:
            await client.close()
        self._clients.clear()
        self._retired.clear()

    def _access(self, shop: Installation) -> ShopAccess:
        token = self._vault.open(shop.token, installation=shop.id, column=TOKEN_COLUMN)
        return ShopAccess(
            api_url=shop.api_url, token=token, saleor_version=shop.saleor_version, installation=str(shop.id)
        )
