"""The web process: every door, composed over one database."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import ExitStack, asynccontextmanager

from prometheus_client.metrics_core import Metric
from sqlalchemy import text
from sqlalchemy.exc import SQLAlchemyError
from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from saleor_crm_app import installation, staff, storefront, webhooks
from saleor_crm_app.checkout import Cashier, Previewer
from saleor_crm_app.config import Settings, settings
from saleor_crm_app.installation.proving import proof_gauges
from saleor_crm_app.installation.public_keys import public_keys_route
from saleor_crm_app.issuing import BatchDesk, Desk, OfferDesk
from saleor_crm_app.jobs.gauges import gauges
from saleor_crm_app.jobs.inbox import Intake
from saleor_crm_app.kernel.collector import settle_down
from saleor_crm_app.kernel.db import Database
from saleor_crm_app.kernel.requests import RequestLog
from saleor_crm_app.kernel.scrape import metrics_route
from saleor_crm_app.kernel.telemetry import configure_logging, logger
from saleor_crm_app.kernel.tracing import start_tracing, stop_tracing
from saleor_crm_app.kernel.whereabouts import whereabouts
from saleor_crm_app.saleor.api_keys import ApiKeys
from saleor_crm_app.saleor.clients import ShopClients
from saleor_crm_app.saleor.codes import CodeBook
from saleor_crm_app.saleor.directory import InstallationDirectory
from saleor_crm_app.saleor.http import CallPolicy
from saleor_crm_app.saleor.jwks import KeyRing
from saleor_crm_app.saleor.secrets import Vault
from saleor_crm_app.saleor.tokens import TokenReader

READY_SECONDS = 2.0

log = logger(__name__)


def create() -> Starlette:
    """Make the app from the environment: what the server calls in each web process."""
    chosen = settings()
    configure_logging(chosen.app_log_level)
    start_tracing(wanted=chosen.otel_enabled, process="web")
    place = ExitStack()
    place.callback(stop_tracing)
    where = place.enter_context(whereabouts(chosen))
    return build(chosen, where.app_url, place=place)


def build(chosen: Settings, database_url: str, *, place: ExitStack | None = None) -> Starlette:
    """Compose the app over a database; `place` is left when the app has ended."""
    database = Database(database_url)
    intake = Intake(Database(database_url, pool_size=2))
    directory = InstallationDirectory(database)
    policy = CallPolicy(allow_private=chosen.allow_private_hosts)
    keys = KeyRing(database, directory, policy)
    tokens = TokenReader(directory, keys)
    api_keys = ApiKeys(database, chosen.secret_keys)
    staff_callers = staff.Callers(tokens=tokens, keys=api_keys, directory=directory)
    clients = ShopClients(directory, Vault(chosen.secret_keys), policy)
    codes = CodeBook(chosen.secret_keys)
    counters = storefront.Counters(
        cashier=Cashier(database, clients.of, codes),
        desk=Desk(database, codes),
        previewer=Previewer(database, clients.of, codes),
        offers=OfferDesk(database),
    )
    door = webhooks.WebhookDoor(directory, keys, intake.store)

    async def ready(_request: Request) -> Response:
        return await _readiness(database)

    async def figures() -> list[Metric]:
        backlog, proofs = await asyncio.gather(gauges(database), proof_gauges(database))
        return [*backlog, *proofs]

    @asynccontextmanager
    async def life(_app: Starlette) -> AsyncIterator[None]:
        with place or ExitStack():
            async with intake:
                settle_down()
                log.info("serving")
                yield
            await clients.close()
            await database.close()
        log.info("stopped")

    return Starlette(
        routes=[
            *webhooks.routes(door),  # first, since most requests are for it
            *webhooks.event_routes(database, api_keys),
            Route("/health/live", _alive, methods=["GET"]),
            Route("/health/ready", ready, methods=["GET"]),
            metrics_route(chosen, figures),
            public_keys_route(database),
            *installation.routes(chosen, database, directory, Vault(chosen.secret_keys), policy),
            *storefront.routes(database, tokens, directory, counters),
            *staff.routes(database, staff_callers, BatchDesk(codes)),
        ],
        middleware=[Middleware(RequestLog)],
        lifespan=life,
    )


async def _alive(_request: Request) -> Response:
    """The process runs; says nothing of the database."""
    return JSONResponse({"status": "alive"})


async def _readiness(database: Database) -> Response:
    """Whether requests can be served: the database answers soon."""
    try:
        async with asyncio.timeout(READY_SECONDS), database.intake() as session:
            await session.execute(text("SELECT 1"))
    except (SQLAlchemyError, OSError, TimeoutError) as error:
        log.warning("not_ready", error=type(error).__name__)
        return JSONResponse({"status": "the database does not answer"}, status_code=503)
    return JSONResponse({"status": "ready"})
