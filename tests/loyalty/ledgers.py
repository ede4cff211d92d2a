"""Ledgers for the tests of proofs: many orders of many customers, bought, refunded and spent, and their seals."""

from collections.abc import Mapping
from datetime import timedelta
from typing import Any

import psycopg

from saleor_crm_app.crm import orders
from saleor_crm_app.crm.orders import FulfillmentFact, OrderSnapshot
from saleor_crm_app.installation.sealing import seal_shop, trusted_keys
from saleor_crm_app.kernel.db import Database
from saleor_crm_app.kernel.ids import CustomerId, InstallationId
from saleor_crm_app.loyalty import points
from saleor_crm_app.saleor.secrets import Vault
from tests.conftest import Addresses
from tests.shop import NOON, later, observed, order

VAULT = Vault(["a secret key that only tests know"])
_BATCH = 500


def sold(number: int, *, customers: int) -> OrderSnapshot:
    """The number-th order: paid and sent."""
    return order(
        customer=CustomerId(str(number % customers + 1)),
        charged=10000,
        status="FULFILLED",
        fulfillments=(FulfillmentFact(status="FULFILLED", created_at=NOON, shipping_refunded=False, lines=()),),
    )


async def trade(database: Database, shop: InstallationId, *, entries: int, customers: int) -> None:
    """Post about so many entries: every order earns, and half of it is refunded later."""
    snapshots = [sold(number, customers=customers) for number in range(entries // 2)]
    for at, batch in (
        (NOON, snapshots),
        (NOON + timedelta(hours=1), [later(one, charged=5000, minutes=60) for one in snapshots]),
    ):
        for start in range(0, len(batch), _BATCH):
            async with database.shop(shop) as session:
                learnt = await orders.record(session, shop, observed(*batch[start : start + _BATCH]), at=at)
                await points.accrue(session, shop, learnt.changed, at=at)


async def seal(database: Database, shop: InstallationId) -> points.books.Seal | None:
    return await seal_shop(database, shop, VAULT)


async def proved(database: Database, shop: InstallationId) -> points.Verdict:
    """The verdict of one who can open the vault."""
    async with database.shop(shop, read_only=True) as session:
        return await points.verify(session, shop, trusted=await trusted_keys(session, shop, VAULT))


async def laws_broken(database: Database, shop: InstallationId) -> dict[str, str]:
    """The rows that are named, by law; of several findings under one law the last."""
    return {one.law: one.row for one in (await proved(database, shop)).findings}


def tamper(addresses: Addresses, *statements: str, **values: object) -> None:
    """Somebody with every right, who switches the guards off."""
    with psycopg.connect(addresses.owner) as owner:
        owner.execute("SET session_replication_role = replica")
        for statement in statements:
            owner.execute(statement.encode(), values)


def rows(addresses: Addresses, query: str) -> list[Mapping[str, Any]]:
    with psycopg.connect(addresses.owner, row_factory=psycopg.rows.dict_row) as owner:
        return list(owner.execute(query.encode()))
