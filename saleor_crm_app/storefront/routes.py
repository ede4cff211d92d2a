"""The storefront's routes: GraphQL by POST, by GET for guests, for allowed origins; the schema as text; the kit."""

from collections.abc import Awaitable, Callable
from typing import Final

from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route

from saleor_crm_app.kernel.db import Database
from saleor_crm_app.kernel.graphql_door import Answer, DoorClosed, GraphQLDoor, closed, read_operation, request_id
from saleor_crm_app.saleor.directory import InstallationDirectory
from saleor_crm_app.saleor.tokens import TokenReader
from saleor_crm_app.storefront.access import Access
from saleor_crm_app.storefront.context import Counters
from saleor_crm_app.storefront.public_reads import answered
from saleor_crm_app.storefront.schema import schema, sdl
from saleor_crm_app.storefront.widget import kit_routes

_PREFLIGHT: Final = {
    "Access-Control-Allow-Methods": "GET, POST",
    "Access-Control-Allow-Headers": "authorization, authorization-bearer, content-type, saleor-api-url",
    "Access-Control-Max-Age": "600",
}

Endpoint = Callable[[Request], Awaitable[Response]]


def routes(
    database: Database, tokens: TokenReader, directory: InstallationDirectory, counters: Counters
) -> list[Route]:
    """The routes of this door."""
    access = Access(database, tokens, directory, counters)
    door = GraphQLDoor(schema)
    return [
        Route("/graphql/", _graphql(access, door), methods=["POST"]),
        Route("/graphql/", _public(access, door), methods=["GET"]),
        Route("/graphql/", _preflight(access), methods=["OPTIONS"]),
        Route("/graphql/schema.graphql", _published, methods=["GET"]),
        *kit_routes(),
    ]


def _graphql(access: Access, door: GraphQLDoor) -> Endpoint:
    async def endpoint(request: Request) -> Response:
        this = request_id()
        answer = await _answered(access, door, request, this)
        return answer.response(await _cors(access, request, answer))

    return endpoint


def _public(access: Access, door: GraphQLDoor) -> Endpoint:
    async def endpoint(request: Request) -> Response:
        return await answered(access, door, request, request_id(), lambda answer: _cors(access, request, answer))

    return endpoint


async def _answered(access: Access, door: GraphQLDoor, request: Request, this: str) -> Answer:
    try:
        async with access.context(request) as context:
            return await door.run(await read_operation(request), context, this)
    except DoorClosed as refusal:
        return closed(refusal, this)


async def _cors(access: Access, request: Request, answer: Answer) -> dict[str, str]:
    """Let the page read the answer, a refused token too, unless its origin was what was refused."""
    origin = request.headers.get("origin")
    if origin is None or answer.status == 403:
        return {"Vary": "Origin"}
    # a 401 was given before the shop was known
    if answer.status in {401, 503} and not await _known(access, origin):
        return {"Vary": "Origin"}
    return {"Vary": "Origin", "Access-Control-Allow-Origin": origin, "Access-Control-Expose-Headers": "x-request-id"}


def _preflight(access: Access) -> Endpoint:
    async def endpoint(request: Request) -> Response:
        origin = request.headers.get("origin")
        if origin is None or not await _known(access, origin):
            return Response(status_code=403, headers={"Vary": "Origin"})
        return Response(status_code=204, headers={"Vary": "Origin", "Access-Control-Allow-Origin": origin} | _PREFLIGHT)

    return endpoint


async def _known(access: Access, origin: str) -> bool:
    try:
        return await access.origin_known(origin)
    except DoorClosed:
        return False


async def _published(_request: Request) -> Response:
    return PlainTextResponse(sdl())
