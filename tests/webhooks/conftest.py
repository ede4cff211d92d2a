"""Shared here: the door as a web process has it, over a real inbox, and shops that send to it."""

import json
from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass

import httpx
import pytest
import sqlalchemy as sa
from starlette.applications import Starlette

from saleor_crm_app.jobs.inbox import Intake
from saleor_crm_app.kernel.db import Database
from saleor_crm_app.saleor.directory import InstallationDirectory
from saleor_crm_app.saleor.http import CallPolicy
from saleor_crm_app.saleor.jwks import KeyRing
from saleor_crm_app.webhooks import PATH, WebhookDoor, routes
from saleor_crm_app.webhooks.door import Store
from tests.conftest import MakeInstallation
from tests.reliability.signer import Signer
from tests.saleor.loopback import Answer, Loopback, loopback

PATIENT = CallPolicy(allow_private=True, total_seconds=20)


@dataclass
class Process:
    """One web process: its door, and how the outside sends to it."""

    door: WebhookDoor
    directory: InstallationDirectory

    @classmethod
    def over(cls, database: Database, store: Store, policy: CallPolicy = PATIENT) -> "Process":
        directory = InstallationDirectory(database)
        return cls(WebhookDoor(directory, KeyRing(database, directory, policy, breather=0.0), store), directory)

    async def send(self, body: bytes | AsyncIterator[bytes], headers: Mapping[str, str]) -> int:
        """Deliver, and give the status."""
        transport = httpx.ASGITransport(Starlette(routes=routes(self.door)))
        async with httpx.AsyncClient(transport=transport, base_url="https://crm.example") as client:
            response = await client.post(PATH, content=body, headers=dict(headers))
        assert list(response.json()) == ["message"]
        return response.status_code


@dataclass
class Sender:
    """A shop that installed the app: signs and sends as Saleor does."""

    server: Loopback
    signer: Signer

    def headers(self, body: bytes, event: str = "order_paid") -> dict[str, str]:
        return self.signer.headers(event, body, api_url=self.server.api_url)


@pytest.fixture(scope="session")
def signer() -> Signer:
    return Signer.with_new_key()


@pytest.fixture(scope="session")
def other_signer() -> Signer:
    return Signer.with_new_key()


@pytest.fixture
async def sender(make_installation: MakeInstallation, signer: Signer) -> AsyncIterator[Sender]:
    async with loopback(lambda _: Answer.of(signer.jwks)) as server:
        await make_installation(api_url=server.api_url, jwks=json.dumps(signer.jwks))
        yield Sender(server, signer)


@pytest.fixture
async def process(database: Database) -> AsyncIterator[Process]:
    async with Intake(database) as intake:
        yield Process.over(database, intake.store)


@pytest.fixture
async def inbox(database: Database) -> "Inbox":
    return Inbox(database)


@dataclass
class Inbox:
    """What is kept for good."""

    database: Database

    async def kept(self) -> list[tuple[str, bytes]]:
        """Type and body of every item, oldest first."""
        async with self.database.intake() as session:
            rows = (await session.execute(sa.text("SELECT kind, body, source FROM inbox ORDER BY id"))).all()
        assert {row.source for row in rows} <= {"webhook"}
        return [(row.kind, row.body) for row in rows]
