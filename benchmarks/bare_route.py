"""Our webhook route without a database, as a process: proves and reads every delivery, and keeps none.

Arguments: the shop's key set as JSON, the port, and `logged` for the request log around it, as the app has it.
"""

import json
import sys
from datetime import UTC, datetime, timedelta

import uvicorn
from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route

from benchmarks.deliveries import API_URL, APP_ID
from saleor_crm_app import webhooks
from saleor_crm_app.jobs.inbox import NewItem
from saleor_crm_app.kernel.collector import settle_down
from saleor_crm_app.kernel.db import Database
from saleor_crm_app.kernel.ids import InstallationId, new_id
from saleor_crm_app.kernel.requests import RequestLog
from saleor_crm_app.kernel.telemetry import configure_logging
from saleor_crm_app.saleor.directory import InstallationDirectory, Read
from saleor_crm_app.saleor.http import CallPolicy
from saleor_crm_app.saleor.installations import Installation, InstallationState
from saleor_crm_app.saleor.jwks import KeyRing

NOWHERE = "postgresql://nobody@127.0.0.1:1/nothing"
LONG_AGO = datetime(2026, 1, 1, tzinfo=UTC)


class OneShop(InstallationDirectory):
    """Knows one shop, and when what is remembered has grown old, learns it anew without a table."""

    def __init__(self, database: Database, shop: Installation) -> None:
        super().__init__(database)
        self._shop = shop

    async def _shared(self, key: str | InstallationId, read: Read) -> Installation | None:
        return self._remember(self._shop)


async def _keep_nothing(_item: NewItem) -> None:
    pass


async def _ready(_request: Request) -> Response:
    return PlainTextResponse("ready")


def bare_app(jwks: str, *, logged: bool) -> Starlette:
    """The real route, door, directory and keys; only what reads and writes tables is left out."""
    database = Database(NOWHERE)
    shop = Installation(
        id=InstallationId(new_id()),
        api_url=API_URL,
        app_id=APP_ID,
        token=b"",
        saleor_version="3.23.28",
        state=InstallationState.ACTIVE,
        paused_reason=None,
        paused_at=None,
        jwks=json.loads(jwks),
        jwks_fetched_at=LONG_AGO,
        storefront_origins=(),
        sandbox=False,
        clock_offset=timedelta(0),
    )
    directory = OneShop(database, shop)
    keys = KeyRing(database, directory, CallPolicy(allow_private=True))
    door = webhooks.WebhookDoor(directory, keys, _keep_nothing)
    routes = [Route("/", _ready), *webhooks.routes(door)]
    return Starlette(routes=routes, middleware=[Middleware(RequestLog)] if logged else [])


def main(jwks: str, port: str, mode: str) -> None:
    """Serve as `serve` does."""
    configure_logging("INFO")
    settle_down()
    uvicorn.run(
        bare_app(jwks, logged=mode == "logged"),
        port=int(port),
        log_config=None,
        access_log=False,
        server_header=False,
        ws="none",
    )


if __name__ == "__main__":
    main(*sys.argv[1:])
