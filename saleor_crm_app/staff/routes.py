"""The staff door's routes: GraphQL by POST with a Dashboard token, and the schema as text."""

from collections.abc import Awaitable, Callable

from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route

from saleor_crm_app.issuing import BatchDesk
from saleor_crm_app.kernel.db import Database
from saleor_crm_app.kernel.graphql_door import (
    Answer,
    DoorClosed,
    GraphQLDoor,
    bearer_token,
    closed,
    read_operation,
    request_id,
)
from saleor_crm_app.staff.access import Callers, context_of
from saleor_crm_app.staff.schema import schema, sdl

Endpoint = Callable[[Request], Awaitable[Response]]


def routes(database: Database, callers: Callers, batches: BatchDesk) -> list[Route]:
    """The two routes of this door."""
    return [
        Route("/graphql/staff/", _graphql(database, callers, batches, GraphQLDoor(schema)), methods=["POST"]),
        Route("/graphql/staff/schema.graphql", _published, methods=["GET"]),
    ]


def _graphql(database: Database, callers: Callers, batches: BatchDesk, door: GraphQLDoor) -> Endpoint:
    async def answered(request: Request, this: str) -> Answer:
        try:
            staff = await callers.identified(bearer_token(request.headers))
            operation = await read_operation(request)
            async with context_of(database, staff, batches, this) as context:
                return await door.run(operation, context, this)
        except DoorClosed as refusal:
            return closed(refusal, this)

    async def endpoint(request: Request) -> Response:
        return (await answered(request, request_id())).response({})

    return endpoint


async def _published(_request: Request) -> Response:
    return PlainTextResponse(sdl())
