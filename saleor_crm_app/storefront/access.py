"""Who calls which shop from where: the customer's token, the shop's header, the browser's origin."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from starlette.requests import Request

from saleor_crm_app.checkout.preview import Wish
from saleor_crm_app.kernel.clock import business_now
from saleor_crm_app.kernel.db import Database
from saleor_crm_app.kernel.errors import Unavailable
from saleor_crm_app.kernel.graphql_door import DoorClosed, bearer_token, unauthenticated
from saleor_crm_app.kernel.ids import CustomerId
from saleor_crm_app.kernel.reading import Reading
from saleor_crm_app.saleor.directory import InstallationDirectory
from saleor_crm_app.saleor.installations import Installation
from saleor_crm_app.saleor.jose import Unauthorized
from saleor_crm_app.saleor.origins import some_shop_allows
from saleor_crm_app.saleor.tokens import TokenReader
from saleor_crm_app.storefront.context import Context, Counters, Visit
from saleor_crm_app.storefront.loaders import Loaders
from saleor_crm_app.storefront.product_loader import product_loader

SHOP_HEADER = "saleor-api-url"


class Access:
    """Lets callers in. Every method raises DoorClosed."""

    def __init__(
        self, database: Database, tokens: TokenReader, directory: InstallationDirectory, counters: Counters
    ) -> None:
        self._database = database
        self._counters = counters
        self._tokens = tokens
        self._directory = directory

    async def origin_known(self, origin: str) -> bool:
        """Whether some shop lets this origin call; for browsers that ask before they say which shop."""
        try:
            return await some_shop_allows(self._database, origin)
        except Unavailable as error:
            raise _unavailable() from error

    @asynccontextmanager
    async def context(self, request: Request) -> AsyncIterator[Context]:
        """What the operation may know; its reading ends with it."""
        installation, customer = await self._caller(request)
        await self._check_origin(request.headers.get("origin"), installation)
        if installation is None:
            unknown = SHOP_HEADER in request.headers
            yield Context(visit=None, database=self._database, counters=self._counters, unknown=unknown)
            return
        reading = Reading(self._database, installation.id)
        at = business_now(installation.clock_offset)
        loaders = Loaders(reading, installation.id, customer, at)
        try:
            address = None if request.client is None else request.client.host
            visit = Visit(
                installation=installation,
                customer=customer,
                at=at,
                loaders=loaders,
                products=product_loader(
                    self._counters.previewer,
                    Wish(shop=installation, customer=customer, address=address, channel="", at=at),
                ),
                address=address,
            )
            yield Context(visit=visit, database=self._database, counters=self._counters)
        finally:
            await reading.close()

    async def _caller(self, request: Request) -> tuple[Installation | None, CustomerId | None]:
        """The shop and its customer: by the token's issuer, and for guests by the header."""
        token = bearer_token(request.headers)
        try:
            if token is not None:
                identity = await self._tokens.customer(token)
                return identity.installation, identity.customer
            named = request.headers.get(SHOP_HEADER)
            return (None if named is None else await self._directory.by_api_url(named)), None
        except Unauthorized as error:
            raise unauthenticated() from error
        except Unavailable as error:
            raise _unavailable() from error

    async def _check_origin(self, origin: str | None, installation: Installation | None) -> None:
        """Let servers pass, which send no origin; a browser's must be on the shop's own list."""
        if origin is None:
            return
        if installation is None:
            allowed = await self.origin_known(origin)
        else:
            allowed = origin in installation.storefront_origins or await self._added(origin, installation)
        if not allowed:
            raise DoorClosed(403, "ORIGIN_NOT_ALLOWED", "This origin is not among the shop's storefronts.")

    async def _added(self, origin: str, installation: Installation) -> bool:
        """Whether the origin is on the list as it stands now: nobody is refused for what is only remembered."""
        try:
            stored = await self._directory.again(installation)
        except Unavailable as error:
            raise _unavailable() from error
        return stored is not None and origin in stored.storefront_origins


def _unavailable() -> DoorClosed:
    return DoorClosed(503, "UNAVAILABLE", "This cannot be answered now; try again later.")
