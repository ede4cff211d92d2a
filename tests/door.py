"""Shops before whose GraphQL doors one stands: tokens by their own keys, orders in their ledgers."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import httpx
import msgspec
import sqlalchemy as sa

from saleor_crm_app.crm import orders
from saleor_crm_app.crm.orders import OrderSnapshot
from saleor_crm_app.kernel import clock
from saleor_crm_app.kernel.db import Database
from saleor_crm_app.kernel.ids import CustomerId, InstallationId, global_id
from saleor_crm_app.loyalty import points
from saleor_crm_app.saleor.directory import InstallationDirectory
from saleor_crm_app.saleor.http import CallPolicy
from saleor_crm_app.saleor.jwks import KeyRing
from saleor_crm_app.saleor.tokens import TokenReader
from tests.reliability.signer import Signer
from tests.saleor.tokens import NOW, customer_claims, header, signed, staff_claims
from tests.shop import ANNA, NOON, observed

ANNAS_ID = global_id("User", ANNA)


async def nowhere(_host: str, _port: int) -> list[str]:
    raise OSError


def jwks_text(signer: Signer) -> str:
    [key] = signer.jwks["keys"]
    return msgspec.json.encode({"keys": [{name: key[name] for name in ("kty", "kid", "n", "e")}]}).decode()


def clock_at(moment: datetime) -> dict[str, object]:
    """Columns of a sandbox whose business time is about this."""
    return {"sandbox": True, "clock_offset": moment - clock.now()}


@dataclass(frozen=True)
class Shop:
    """One installed shop and the key it signs with."""

    id: InstallationId
    api_url: str
    signer: Signer
    database: Database

    def token(self, customer: CustomerId = ANNA, **changes: object) -> str:
        """What a storefront of this shop holds for a signed-in customer."""
        return self.signed(customer_claims(self.api_url, user_id=global_id("User", customer)) | changes)

    def dashboard_token(self, *user_permissions: str, **changes: object) -> str:
        """What this shop's Dashboard gives our pages for a member of staff with these permissions."""
        own = {"permissions": list(user_permissions), "user_permissions": list(user_permissions)}
        return self.signed(staff_claims(self.api_url) | own | changes)

    def signed(self, claims: dict[str, Any]) -> str:
        return signed(self.signer, header(self.signer), claims)

    async def says(self, *snapshots: OrderSnapshot, at: datetime = NOON) -> None:
        """Let these orders be so in the shop, and their points posted."""
        async with self.database.shop(self.id) as session:
            learnt = await orders.record(session, self.id, observed(*snapshots), at=at)
            await points.accrue(session, self.id, learnt.changed, at=at)


@dataclass
class Door:
    """One path of the app and a client before it."""

    client: httpx.AsyncClient
    path: str

    async def ask(
        self,
        query: str,
        variables: dict[str, Any] | None = None,
        *,
        token: str | None = None,
        headers: dict[str, str] | None = None,
    ) -> httpx.Response:
        credentials = {} if token is None else {"Authorization": f"Bearer {token}"}
        body = {"query": query, "variables": variables or {}}
        return await self.client.post(self.path, json=body, headers=credentials | (headers or {}))

    async def data(
        self,
        query: str,
        variables: dict[str, Any] | None = None,
        *,
        token: str | None = None,
        headers: dict[str, str] | None = None,
    ) -> dict[str, Any]:
        """The data of an answer that has no errors."""
        answer = (await self.ask(query, variables, token=token, headers=headers)).json()
        assert answer.keys() == {"data"}, answer
        found: dict[str, Any] = answer["data"]
        return found


def refused_code(response: httpx.Response) -> str:
    """The code of the one error."""
    [error] = response.json()["errors"]
    return str(error["extensions"]["code"])


def token_reader(database: Database, directory: InstallationDirectory) -> TokenReader:
    """Reads tokens at the moment when the tests' tokens are valid; shops cannot be asked for keys."""
    key_ring = KeyRing(database, directory, CallPolicy(resolver=nowhere))
    return TokenReader(directory, key_ring, clock=lambda: float(NOW))


@contextmanager
def counted(database: Database) -> Iterator[list[str]]:
    """Every statement that the app sends meanwhile, without those that open a transaction."""
    sent: list[str] = []

    def note(_connection: object, _cursor: object, statement: str, *_: object) -> None:
        if "set_config" not in statement:
            sent.append(statement)

    engine = database.engine.sync_engine
    sa.event.listen(engine, "before_cursor_execute", note)
    try:
        yield sent
    finally:
        sa.event.remove(engine, "before_cursor_execute", note)
