"""The hand-shake: a shop's token is believed only after that shop itself has told us whose it is."""

import re
from dataclasses import dataclass
from typing import Final

import msgspec

from saleor_crm_app.config import Settings
from saleor_crm_app.kernel.db import Database
from saleor_crm_app.kernel.errors import CrmError, Unavailable
from saleor_crm_app.kernel.ids import InstallationId, key_of
from saleor_crm_app.kernel.telemetry import logger
from saleor_crm_app.saleor.apps import AppIdentity, app_identity
from saleor_crm_app.saleor.client import PermissionDenied, SaleorClient, ShopAccess, ShopGraphQLError
from saleor_crm_app.saleor.clients import TOKEN_COLUMN
from saleor_crm_app.saleor.directory import InstallationDirectory
from saleor_crm_app.saleor.documents import understood
from saleor_crm_app.saleor.http import CallPolicy, ForbiddenAddress, Redirected, callable_url
from saleor_crm_app.saleor.installation_store import Registration, keep_registration
from saleor_crm_app.saleor.jwks import fetch_jwks
from saleor_crm_app.saleor.keys import UnusableKeys
from saleor_crm_app.saleor.secrets import Vault
from saleor_crm_app.saleor.versions import OLDEST, UnsupportedVersion

_API_PATH: Final = "/graphql/"
_LONGEST_API_URL: Final = 500

log = logger(__name__)


class NotRegistered(CrmError):
    """A hand-shake that failed, before anything was stored; `status` is the answer's."""

    def __init__(self, status: int, sentence: str) -> None:
        self.status = status
        super().__init__(sentence)


class _Body(msgspec.Struct):
    auth_token: str = msgspec.field(default="")


@dataclass(frozen=True, slots=True, kw_only=True)
class Registrar:
    """Takes hand-shakes, and writes the installation of those that were proved."""

    settings: Settings
    admitted: re.Pattern[str]
    """What a shop's host name must match as a whole."""
    database: Database
    directory: InstallationDirectory
    vault: Vault
    policy: CallPolicy

    async def register(self, api_url: str | None, body: bytes) -> None:
        """Prove that token and shop belong together, then store both, over what an earlier installation left.

        Raises NotRegistered; nothing was changed then.
        """
        url = self._admitted(api_url)
        token = _token(body)
        identity, jwks = await self._proved(url, token)

        def sealed(installation: InstallationId) -> Registration:
            return Registration(
                api_url=url,
                app_id=identity.app_id,
                token=self.vault.seal(token, installation=installation, column=TOKEN_COLUMN),
                shop_name=identity.shop_name,
                saleor_version=identity.saleor_version,
                jwks=jwks,
            )

        try:
            installation = await keep_registration(self.database, url, sealed)
        except Unavailable as trouble:
            raise NotRegistered(503, str(trouble)) from None
        self.directory.forget(installation, url)
        log.info("registered", installation=str(installation), shop=url)

    def _admitted(self, api_url: str | None) -> str:
        """The API URL, if shops of that address may install.

        What Saleor sends comes from its PUBLIC_URL, which is localhost where the operator forgot to set it.
        """
        if not api_url:
            raise NotRegistered(400, "The header Saleor-Api-Url is missing")
        if len(api_url) > _LONGEST_API_URL or not api_url.endswith(_API_PATH):
            raise NotRegistered(400, f"Saleor-Api-Url must end in {_API_PATH}; received {api_url[:200]!r}")
        try:
            url = callable_url(api_url, self.policy)
        except ForbiddenAddress as refusal:
            raise NotRegistered(403, f"{refusal}; received Saleor-Api-Url {api_url!r}") from None
        if url.query or url.fragment:
            raise NotRegistered(400, f"Saleor-Api-Url must end in {_API_PATH} and nothing more; received {api_url!r}")
        if not self.admitted.fullmatch(url.host):
            raise NotRegistered(403, f"Shops at {url.host} may not install this app (ALLOWED_DOMAIN_PATTERN)")
        return api_url

    async def _proved(self, url: str, token: str) -> tuple[AppIdentity, dict[str, object]]:
        access = ShopAccess(api_url=url, token=token, saleor_version=str(OLDEST))
        try:
            async with SaleorClient(access, self.policy) as client:
                identity = await app_identity(client)
            self._demand_ours(identity)
            return identity, await fetch_jwks(url, self.policy)
        except PermissionDenied:
            raise NotRegistered(401, f"{url} does not know this token; is the app activated there?") from None
        except ForbiddenAddress as refusal:
            raise NotRegistered(403, str(refusal)) from None
        except Redirected as refusal:
            raise NotRegistered(400, str(refusal)) from None
        except (Unavailable, UnusableKeys, ShopGraphQLError) as trouble:
            raise NotRegistered(503, f"{url} could not be asked whose token this is: {trouble}") from None

    def _demand_ours(self, identity: AppIdentity) -> None:
        """Every app of a shop holds a token that proves something: only ours may bring ours to be replaced."""
        if identity.identifier != self.settings.manifest_app_id or not _is_app(identity.app_id):
            raise NotRegistered(401, "This token belongs to another app of the shop")
        try:
            understood(identity.saleor_version)
        except UnsupportedVersion as refusal:
            raise NotRegistered(400, str(refusal)) from None


def _is_app(global_id: str) -> bool:
    try:
        return bool(key_of(global_id, kind="App"))
    except ValueError:
        return False


def _token(body: bytes) -> str:
    try:
        token = msgspec.json.decode(body, type=_Body).auth_token
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        token = ""
    if not token or not token.isascii() or not token.isprintable() or len(token) > 2000:
        raise NotRegistered(400, "The body must be a JSON object with auth_token")
    return token
