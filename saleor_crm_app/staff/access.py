"""Lets in whom the Dashboard of an installed shop sent, with a token for this very app."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from saleor_crm_app.kernel.clock import business_now
from saleor_crm_app.kernel.db import Database
from saleor_crm_app.kernel.errors import Unavailable
from saleor_crm_app.kernel.graphql_door import DoorClosed, unauthenticated
from saleor_crm_app.kernel.reading import Reading
from saleor_crm_app.saleor.jose import Unauthorized
from saleor_crm_app.saleor.tokens import StaffIdentity, TokenReader
from saleor_crm_app.staff.context import Context
from saleor_crm_app.staff.loaders import Loaders


async def identified(tokens: TokenReader, token: str | None) -> StaffIdentity:
    """Who the token stands for.

    Raises DoorClosed.
    """
    if token is None:
        raise unauthenticated()
    try:
        return await tokens.staff(token)
    except Unauthorized as error:
        raise unauthenticated() from error
    except Unavailable as error:
        raise DoorClosed(503, "UNAVAILABLE", "This cannot be answered now; try again later.") from error


@asynccontextmanager
async def context_of(database: Database, staff: StaffIdentity) -> AsyncIterator[Context]:
    """What an operation of theirs may use; its reading ends with it."""
    shop = staff.installation
    reading = Reading(database, shop.id)
    loaders = Loaders(reading, shop.id, business_now(shop.clock_offset))
    try:
        yield Context(staff=staff, database=database, reading=reading, loaders=loaders)
    finally:
        await reading.close()
