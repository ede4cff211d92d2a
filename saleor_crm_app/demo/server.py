"""The shop on HTTP: its GraphQL API and its keys, on a loopback port."""

import asyncio
import json
import socket
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager

import uvicorn
from graphql import GraphQLSyntaxError, parse, validate
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import HTMLResponse, JSONResponse, Response
from starlette.routing import Route
from starlette.types import ASGIApp

from saleor_crm_app.demo.access import Access, access_of
from saleor_crm_app.demo.appstore import TOKEN_LENGTH
from saleor_crm_app.demo.errors import ShopRefusal
from saleor_crm_app.demo.execution import formatted, run
from saleor_crm_app.demo.schema import schema_of
from saleor_crm_app.demo.shop import JwksMood, SimulatedShop
from saleor_crm_app.demo.troubles import Trouble


def asgi_app(shop: SimulatedShop) -> Starlette:
    """The shop's routes, to be served by any ASGI server."""

    async def graphql(request: Request) -> Response:
        return _away() if shop.is_down else await _answer(shop, request)

    async def jwks(_request: Request) -> Response:
        return _away() if shop.is_down else await _keys(shop)

    return Starlette(
        routes=[
            Route("/graphql/", graphql, methods=["POST"]),
            Route("/.well-known/jwks.json", jwks, methods=["GET"]),
        ]
    )


@asynccontextmanager
async def serving(shop: SimulatedShop, *, port: int = 0) -> AsyncIterator[SimulatedShop]:
    """Run the shop on 127.0.0.1 while the block lasts; port 0 takes any free one and `shop.api_url` names it."""
    with loopback_listener(port) as listener:
        shop.origin = f"http://127.0.0.1:{listener.getsockname()[1]}"
        async with running(asgi_app(shop), listener):
            try:
                yield shop
            finally:
                await shop.aclose()


def loopback_listener(port: int = 0) -> socket.socket:
    """A socket bound on 127.0.0.1, to be closed by whoever asked for it. Raises OSError for a port that is taken.

    Named as TCP, or asyncio leaves Nagle's algorithm on, which costs each answer forty milliseconds.
    """
    listener = socket.socket(socket.AF_INET, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listener.bind(("127.0.0.1", port))
    except OSError:
        listener.close()
        raise
    return listener


@asynccontextmanager
async def running(app: ASGIApp, listener: socket.socket) -> AsyncIterator[None]:
    """Serve an ASGI application on a bound socket in this event loop, leaving signals alone."""
    config = uvicorn.Config(app, log_config=None, access_log=False, lifespan="off", ws="none")
    server = _QuietServer(config)
    task = asyncio.create_task(server.serve(sockets=[listener]))
    while not server.started:
        if task.done():
            await task
        await asyncio.sleep(0.001)
    try:
        yield
    finally:
        server.stop()
        await task


class _QuietServer(uvicorn.Server):
    """Stops at once, without uvicorn's ticks of a tenth of a second and without waiting for slow answers."""

    def __init__(self, config: uvicorn.Config) -> None:
        super().__init__(config)
        self._stopped = asyncio.Event()

    def stop(self) -> None:
        self._stopped.set()

    async def main_loop(self) -> None:
        await self._stopped.wait()

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        for listening in (*self.servers, *(sockets or ())):
            listening.close()
        for connection in list(self.server_state.connections):
            connection.shutdown()
        for task in (unfinished := list(self.server_state.tasks)):
            task.cancel()
        await asyncio.gather(*unfinished, return_exceptions=True)

    @contextmanager
    def capture_signals(self) -> Iterator[None]:
        """The process around us decides what Ctrl-C means."""
        yield


def _away() -> Response:
    return HTMLResponse("<html><body>Service unavailable</body></html>", status_code=503)


async def _keys(shop: SimulatedShop) -> Response:
    shop.jwks_requests += 1
    match shop.jwks_mood:
        case JwksMood.HTML:
            return HTMLResponse("<html><body>Bad gateway</body></html>")
        case JwksMood.ERROR:
            return JSONResponse({"detail": "down"}, status_code=500)
        case JwksMood.SLOW:
            await asyncio.sleep(shop.jwks_delay)
        case JwksMood.GOOD:
            pass
    return JSONResponse(shop.keys.jwks())


async def _answer(shop: SimulatedShop, request: Request) -> Response:
    try:
        asked = json.loads(await request.body())
        document = parse(str(asked["query"]))
    except (ValueError, KeyError, TypeError):
        return _fault("Must provide query string.", code="GraphQLError", status=400)
    except GraphQLSyntaxError as error:
        return JSONResponse({"errors": [formatted(error)]}, status_code=400)
    trouble = shop.troubles.befall(document)
    if trouble is not None and trouble is not Trouble.LOST:
        return shop.troubles.answer(trouble)
    if faults := validate(schema_of(shop.state.version), document):
        return JSONResponse({"errors": [formatted(fault) for fault in faults]}, status_code=400)
    try:
        access = _access(shop, request)
    except ShopRefusal as refusal:
        return _fault(str(refusal), code=refusal.code, status=200)
    result = run(document, access, variables=asked.get("variables"), operation=asked.get("operationName"))
    answer: dict[str, object] = {"data": result.data}
    if result.errors:
        answer["errors"] = [formatted(error) for error in result.errors]
    return JSONResponse(answer) if trouble is None else shop.troubles.answer(trouble)


def _access(shop: SimulatedShop, request: Request) -> Access:
    """Read the token: 30 characters are an app's, all else must be a JWT; what is neither counts as nobody."""
    header = request.headers.get("authorization-bearer") or request.headers.get("authorization", "")
    token = header.removeprefix("Bearer ").removeprefix("JWT ").strip()
    if len(token) == TOKEN_LENGTH:
        app = shop.state.app_by_token(token)
        return access_of(app, shop.state) if app else Access(state=shop.state)
    found = shop.tokens.user_of(token)
    if found is None:
        return Access(state=shop.state)
    user, permissions = found
    return Access(state=shop.state, user=user, permissions=permissions)


def _fault(message: str, *, code: str, status: int) -> Response:
    fault = {"message": message, "extensions": {"exception": {"code": code}}}
    return JSONResponse({"errors": [fault]}, status_code=status)
