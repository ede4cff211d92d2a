"""Shared here: a shop on loopback that wants the app, and the app's routes as a shop calls them."""

from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass, field

import httpx
import pytest
import sqlalchemy as sa
from starlette.applications import Starlette

from saleor_crm_app.config import Settings
from saleor_crm_app.installation import routes
from saleor_crm_app.kernel.db import Database
from saleor_crm_app.saleor.directory import InstallationDirectory
from saleor_crm_app.saleor.http import CallPolicy
from saleor_crm_app.saleor.secrets import Vault
from tests.reliability.signer import Signer
from tests.saleor.loopback import Answer, Loopback, Request, loopback

TOKEN = "T0ken" * 6
KEY = "a secret key of some length"
PATIENT = CallPolicy(allow_private=True, total_seconds=20)


@dataclass
class Shop:
    """A shop that knows the tokens of its apps: by token, the app's id and the id in its manifest."""

    server: Loopback
    keys: Mapping[str, object]
    apps: dict[str, tuple[str, str | None]] = field(default_factory=lambda: {TOKEN: ("QXBwOjE=", "saleor.crm")})
    version: str = "3.23.28"

    @property
    def api_url(self) -> str:
        return self.server.api_url

    def answer(self, request: Request) -> Answer:
        if request.path == "/.well-known/jwks.json":
            return Answer.of(self.keys)
        known = self.apps.get(request.headers["authorization"].removeprefix("Bearer "))
        if request.path != "/graphql/" or known is None:
            denial = {"message": "no", "extensions": {"exception": {"code": "PermissionDenied"}}}
            return Answer.of({"errors": [denial], "data": {"app": None}})
        app = {"id": known[0], "identifier": known[1], "isActive": True}
        return Answer.of({"data": {"app": app, "shop": {"name": "Shop", "version": self.version}}})


@pytest.fixture(scope="session")
def signer() -> Signer:
    return Signer.with_new_key()


@pytest.fixture
async def shop(signer: Signer) -> AsyncIterator[Shop]:
    async with loopback(lambda _: Answer()) as server:
        shop = Shop(server, signer.jwks)
        server.answer = shop.answer
        yield shop


class App:
    """The app's installation routes, and what they left in the database."""

    def __init__(self, database: Database, *, policy: CallPolicy = PATIENT, **settings: object) -> None:
        self.database = database
        self.directory = InstallationDirectory(database)
        self.vault = Vault([KEY])
        self._policy = policy
        given = {"secret_key": KEY, "setup_code": "open-sesame", "app_api_base_url": "https://crm.example"}
        self.settings = Settings(**(given | settings))  # type: ignore[arg-type] # pydantic reads them

    def asgi(self) -> Starlette:
        return Starlette(routes=routes(self.settings, self.database, self.directory, self.vault, self._policy))

    def client(self) -> httpx.AsyncClient:
        return httpx.AsyncClient(transport=httpx.ASGITransport(self.asgi()), base_url="https://crm.example")

    async def register(
        self,
        api_url: str | None,
        token: object = TOKEN,
        *,
        content: bytes | None = None,
        path: str = "/api/register?setup=open-sesame",
        headers: dict[str, str] | None = None,
    ) -> tuple[int, str]:
        """Status, and the sentence shown to staff if it was refused."""
        sent = {"Saleor-Schema-Version": "3.23"} | (headers or {})
        if api_url is not None:
            sent["Saleor-Api-Url"] = api_url
        body = {"content": content} if content is not None else {"json": {"auth_token": token}}
        async with self.client() as client:
            response = await client.post(path, headers=sent, **body)
        return response.status_code, response.json().get("error", {}).get("message", "")

    async def rows(self) -> list[dict[str, object]]:
        """Every installation, whole."""
        async with self.database.intake() as session:
            found = await session.execute(sa.text("SELECT * FROM installation ORDER BY api_url"))
        return [dict(row) for row in found.mappings()]


@pytest.fixture
def app(database: Database) -> App:
    return App(database)
