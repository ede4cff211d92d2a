"""One at a time on a tender: no two make cards for one hold, and none is made while another sees it dead."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import timedelta
from typing import Final

from saleor_crm_app.checkout.tenders import Tender, claim, let_go
from saleor_crm_app.kernel.db import Database
from saleor_crm_app.kernel.errors import Refusal, Unavailable
from saleor_crm_app.kernel.ids import InstallationId
from saleor_crm_app.loyalty.points import HoldKey
from saleor_crm_app.saleor.client import PermissionDenied, ShopGraphQLError, ShopUnavailable

TURN: Final = timedelta(seconds=30)
"""Longer than any operation here, with time for the shop to end what we stopped waiting for."""
_TRIES: Final = 15
_BETWEEN_SECONDS: Final = 0.1


_ANSWERED: Final = (Refusal, PermissionDenied, ShopGraphQLError, ShopUnavailable)
"""An answer came, so what was asked for is over; without one the shop may still be at it."""


class TenderBusy(Unavailable):
    """Somebody else is at work on it, or a call to the shop about it has an unknown end."""

    def __init__(self) -> None:
        super().__init__("Somebody is at work on this tender")


@asynccontextmanager
async def alone_with(database: Database, shop: InstallationId, key: HoldKey) -> AsyncIterator[Tender]:
    """Give the tender as it reads now to one caller at a time; others wait for a second and a half.

    Nothing is locked: the turn is a date in the row. It ends with the block, but where the block fails in a way that
    leaves open what the shop has done or will still do, it runs out by itself, so that whoever comes next sees
    the end of it. Raises TenderBusy.
    """
    tender = await _claimed(database, shop, key)
    try:
        yield tender
    except _ANSWERED:
        await _let_go(database, shop, tender)
        raise
    await _let_go(database, shop, tender)


async def _claimed(database: Database, shop: InstallationId, key: HoldKey) -> Tender:
    for attempt in range(_TRIES):
        if attempt:
            await asyncio.sleep(_BETWEEN_SECONDS)
        async with database.shop(shop) as session:
            tender = await claim(session, key, lasting=TURN)
        if tender is not None:
            return tender
    raise TenderBusy


async def _let_go(database: Database, shop: InstallationId, tender: Tender) -> None:
    async with database.shop(shop) as session:
        await let_go(session, tender)
