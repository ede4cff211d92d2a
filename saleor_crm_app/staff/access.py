"""Lets in whom the Dashboard of an installed shop sent with a token for this very app, and who has an API key."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Final

from saleor_crm_app.issuing import BatchDesk
from saleor_crm_app.kernel.clock import business_now
from saleor_crm_app.kernel.db import Database
from saleor_crm_app.kernel.errors import Unavailable
from saleor_crm_app.kernel.graphql_door import DoorClosed, unauthenticated
from saleor_crm_app.kernel.reading import Reading
from saleor_crm_app.saleor.api_keys import PREFIX, ApiKeys
from saleor_crm_app.saleor.directory import InstallationDirectory
from saleor_crm_app.saleor.installation_store import or_unavailable
from saleor_crm_app.saleor.jose import Unauthorized
from saleor_crm_app.saleor.tokens import StaffIdentity, TokenReader
from saleor_crm_app.staff.context import Context
from saleor_crm_app.staff.loaders import Loaders
from saleor_crm_app.staff.permissions import ManagesApps, ManagesDiscounts, ManagesUsers

_STAFF_SCOPE: Final = "staff:*"
_PERMISSIONS: Final = frozenset(each.permission for each in (ManagesUsers, ManagesDiscounts, ManagesApps))


@dataclass(frozen=True, slots=True, kw_only=True)
class Callers:
    """Where those who call are looked up: people by the Dashboard's token, programs by an API key."""

    tokens: TokenReader
    keys: ApiKeys
    directory: InstallationDirectory

    async def identified(self, token: str | None) -> StaffIdentity:
        """Who the token or key stands for.

        Raises DoorClosed.
        """
        if token is None:
            raise unauthenticated()
        try:
            return await (self._program(token) if token.startswith(PREFIX) else self.tokens.staff(token))
        except Unauthorized as error:
            raise unauthenticated() from error
        except Unavailable as error:
            raise DoorClosed(503, "UNAVAILABLE", "This cannot be answered now; try again later.") from error

    async def _program(self, key: str) -> StaffIdentity:
        """A key with the staff scope may do what any member of staff may, in its own shop."""
        with or_unavailable():
            known = await self.keys.identify(key)
        shop = await self.directory.by_id(known.installation)
        if shop is None or _STAFF_SCOPE not in known.scopes:
            raise Unauthorized("This API key is not good here")
        return StaffIdentity(
            installation=shop,
            user_id=f"ApiKey:{known.key_id}",
            email=None,
            permissions=_PERMISSIONS,
            user_permissions=_PERMISSIONS,
            is_program=True,
        )


@asynccontextmanager
async def context_of(
    database: Database, staff: StaffIdentity, batches: BatchDesk, request_id: str
) -> AsyncIterator[Context]:
    """What an operation of theirs may use; its reading ends with it."""
    shop = staff.installation
    reading = Reading(database, shop.id)
    at = business_now(shop.clock_offset)
    loaders = Loaders(reading, shop.id, at)
    try:
        yield Context(
            staff=staff,
            database=database,
            reading=reading,
            loaders=loaders,
            batches=batches,
            at=at,
            request_id=request_id,
        )
    finally:
        await reading.close()
