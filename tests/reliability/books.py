"""What the ledger holds beside what the oracle says that it should, and the proof of its sums."""

import asyncio
from collections.abc import Iterable, Mapping
from typing import Any

import sqlalchemy as sa

from saleor_crm_app.kernel.db import Database
from saleor_crm_app.kernel.ids import InstallationId, key_of
from saleor_crm_app.loyalty import points
from tests.reliability import oracle

Held = dict[tuple[str, str], dict[str, oracle.Lot]]
"""Lots that gave points, by customer and currency, then by order; keys without their kinds."""

_HELD = sa.text(
    """
    SELECT customer_id, currency, lot.order_id, posted, activates_at, expires_at FROM order_points
    JOIN account ON account.id = order_points.account_id JOIN program ON program.id = program_id
    JOIN lot ON lot.id = lot_id WHERE posted > 0
    """
)
_WAITING = sa.text("SELECT count(*) FROM inbox WHERE state = 'NEW'")
_STATES = sa.text("SELECT state, count(*) FROM inbox GROUP BY state")


async def held(database: Database, shop: InstallationId) -> Held:
    """What the ledger holds."""
    found: Held = {}
    async with database.shop(shop, read_only=True) as session:
        for row in await session.execute(_HELD):
            lot = oracle.Lot(points=row.posted, available_at=row.activates_at, expires_at=row.expires_at)
            found.setdefault((row.customer_id, row.currency), {})[str(row.order_id)] = lot
    return found


def expected(orders: Iterable[Mapping[str, Any]]) -> Held:
    """What the oracle says of orders as they are at the end."""
    said: Held = {}
    for (user, currency), account in oracle.accounts(oracle.as_they_are(orders), oracle.Program()).items():
        lots = {key_of(order, kind="Order"): lot for order, lot in account.lots.items() if lot.points}
        if lots:
            said[key_of(user, kind="User"), currency] = lots
    return said


async def findings(database: Database, shop: InstallationId) -> tuple[points.Finding, ...]:
    """Every law of the ledger that is broken; none in good books."""
    async with database.shop(shop, read_only=True) as session:
        return (await points.verify(session, shop)).findings


async def states(database: Database, shop: InstallationId) -> dict[str, int]:
    """How many deliveries are in which state."""
    async with database.shop(shop, read_only=True) as session:
        return dict([tuple(row) for row in await session.execute(_STATES)])


async def until_settled(database: Database, shop: InstallationId, *, within: float = 60) -> None:
    """Wait until other processes have worked the inbox off."""
    async with asyncio.timeout(within):
        while True:
            async with database.shop(shop, read_only=True) as session:
                if (await session.execute(_WAITING)).scalar_one() == 0:
                    return
            await asyncio.sleep(0.1)
