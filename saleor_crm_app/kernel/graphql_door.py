"""How a GraphQL operation comes in and goes out: vetted once, bounded in time, unexpected errors masked."""

import asyncio
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Annotated, Any, Final
from uuid import uuid4

import msgspec
import strawberry
import structlog
from graphql import DocumentNode, GraphQLError, GraphQLSchema, GraphQLSyntaxError, parse, validate
from starlette.requests import Request
from starlette.responses import Response
from strawberry.extensions import SchemaExtension
from strawberry.schema.exceptions import CannotGetOperationTypeError, InvalidOperationTypeError
from strawberry.types import ExecutionContext, ExecutionResult
from strawberry.types.graphql import OperationType

from saleor_crm_app.kernel.errors import Refusal, Unavailable
from saleor_crm_app.kernel.graphql_limits import Limits, over_limits, refused
from saleor_crm_app.kernel.telemetry import logger

LARGEST_BODY: Final = 100_000
_LONGEST_SECONDS: Final = 5.0
_DOCUMENTS_KEPT: Final = 256
_log = logger(__name__)


class DoorClosed(Exception):
    """A request that is answered before any field is resolved."""

    def __init__(self, status: int, code: str, message: str) -> None:
        self.status = status
        self.code = code
        super().__init__(message)


class Operation(msgspec.Struct, frozen=True, kw_only=True):
    """What a caller sends."""

    query: Annotated[str, msgspec.Meta(min_length=1)]
    variables: dict[str, Any] | None = None
    operation_name: str | None = msgspec.field(default=None, name="operationName")
    extensions: dict[str, Any] | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """A status and a body in GraphQL's form."""

    status: int
    body: dict[str, Any]

    def response(self, headers: Mapping[str, str]) -> Response:
        """Write it; answers are one caller's own and kept by nobody."""
        return Response(
            msgspec.json.encode(self.body),
            self.status,
            {"Cache-Control": "no-store", **headers},
            media_type="application/json",
        )


def closed(refusal: DoorClosed, request_id: str) -> Answer:
    """Answer in GraphQL's form what GraphQL never saw."""
    error = {"message": str(refusal), "extensions": {"code": refusal.code, "requestId": request_id}}
    return Answer(status=refusal.status, body={"errors": [error]})


def request_id() -> str:
    """The id under which this request stands in the log."""
    bound = structlog.contextvars.get_contextvars().get("request_id")
    return bound if isinstance(bound, str) else uuid4().hex


async def read_operation(request: Request) -> Operation:
    """Read one operation.

    Raises DoorClosed for another media type, a body that is too long or no operation, and for a batch.
    """
    if request.headers.get("content-type", "").partition(";")[0].strip().lower() != "application/json":
        raise DoorClosed(415, "UNSUPPORTED_MEDIA_TYPE", "Send the operation as application/json.")
    body = await _body(request)
    try:
        return msgspec.json.decode(body, type=Operation)
    except (ValueError, RecursionError) as error:
        if body.lstrip().startswith(b"["):
            raise DoorClosed(400, "BATCHED", "Send one operation a request, not a list of them.") from error
        raise DoorClosed(400, "BAD_REQUEST", "The body is no GraphQL operation in JSON.") from error


def asked_operation(request: Request) -> Operation:
    """Read one operation from the parameters of an address: `query`, `variables` as JSON, `operationName`.

    Raises DoorClosed where they are no operation.
    """
    asked = request.query_params
    try:
        if len(request.url.query) > LARGEST_BODY:
            raise DoorClosed(400, "TOO_LARGE", f"A request may have {LARGEST_BODY} bytes.")
        variables = msgspec.json.decode(asked.get("variables") or "null")
        wanted = {"query": asked.get("query"), "variables": variables, "operationName": asked.get("operationName")}
        return msgspec.convert(wanted, Operation)
    except (ValueError, RecursionError) as error:
        raise DoorClosed(400, "BAD_REQUEST", "The address holds no GraphQL operation.") from error


async def _body(request: Request) -> bytes:
    body = bytearray()
    async for chunk in request.stream():
        body += chunk
        if len(body) > LARGEST_BODY:
            raise DoorClosed(400, "TOO_LARGE", f"A request may have {LARGEST_BODY} bytes.")
    return bytes(body)


def bearer_token(headers: Mapping[str, str]) -> str | None:
    """Read the token from `Authorization-Bearer: …` or `Authorization: Bearer … | JWT …`; None for a guest.

    Raises DoorClosed for credentials of another kind.
    """
    plain = headers.get("authorization-bearer")
    scheme, _, token = ("bearer", "", plain) if plain is not None else headers.get("authorization", "").partition(" ")
    if plain is None and not scheme:
        return None
    if scheme.lower() not in {"bearer", "jwt"} or not token.strip():
        raise unauthenticated()
    return token.strip()


def unauthenticated() -> DoorClosed:
    """The one answer to every token that does not hold; it does not say why."""
    return DoorClosed(401, "UNAUTHENTICATED", "This token is not valid here, or no longer.")


class GraphQLDoor:
    """One schema behind the limits. Runs operations from the web and, with the same checks, from our own pages."""

    def __init__(self, schema: strawberry.Schema) -> None:
        self._schema = schema

    async def run(self, operation: Operation, context: object, request_id: str, *, may_change: bool = True) -> Answer:
        """Run one operation, a query unless it `may_change` something; nothing escapes but cancellation."""
        allowed = [OperationType.QUERY, *([OperationType.MUTATION] if may_change else [])]
        try:
            async with asyncio.timeout(_LONGEST_SECONDS):
                result = await self._schema.execute(
                    operation.query,
                    variable_values=operation.variables,
                    context_value=context,
                    operation_name=operation.operation_name,
                    allowed_operation_types=allowed,
                )
        except TimeoutError:
            return closed(DoorClosed(503, "TIMEOUT", "This took too long; try again later."), request_id)
        except (CannotGetOperationTypeError, InvalidOperationTypeError):
            return closed(DoorClosed(400, "GRAPHQL_VALIDATION_FAILED", "There is no such operation here."), request_id)
        return _answer(result, request_id)


def _answer(result: ExecutionResult, request_id: str) -> Answer:
    errors = [_shown(error, request_id) for error in result.errors or ()]
    if not errors:
        return Answer(status=200, body={"data": result.data})
    if result.data is None and all(error.path is None for error in result.errors or ()):
        unexpected = any(error["extensions"]["code"] == "INTERNAL" for error in errors)
        return Answer(status=500 if unexpected else 400, body={"errors": errors})
    return Answer(status=200, body={"data": result.data, "errors": errors})


def _shown(error: GraphQLError, request_id: str) -> dict[str, Any]:
    """An error as callers see it; what was not meant for them is logged instead."""
    cause = _cause(error)
    extensions: dict[str, Any] = {"requestId": request_id}
    message = error.message
    if isinstance(cause, Refusal):
        extensions |= {"code": cause.code.value} | ({"field": cause.field} if cause.field else {})
    elif isinstance(cause, Unavailable):
        extensions["code"] = "UNAVAILABLE"
    elif error.extensions and "code" in error.extensions:
        extensions["code"] = error.extensions["code"]
    elif error.path is None and isinstance(cause, GraphQLError):
        extensions["code"] = "BAD_USER_INPUT"
    else:
        _log.error("graphql_field_failed", path=error.path, exc_info=cause)
        message = "Something went wrong on our side; the request id finds it in our log."
        extensions["code"] = "INTERNAL"
    shown: dict[str, Any] = {"message": message, "extensions": extensions}
    if error.path is not None:
        shown["path"] = error.path
    if error.locations:
        shown["locations"] = [{"line": place.line, "column": place.column} for place in error.locations]
    return shown


def _cause(error: GraphQLError) -> BaseException:
    cause: BaseException = error
    while isinstance(cause, GraphQLError) and cause.original_error is not None:
        cause = cause.original_error
    return cause


@dataclass(frozen=True, slots=True)
class _Vetted:
    document: DocumentNode
    errors: tuple[GraphQLError, ...]


@lru_cache(maxsize=_DOCUMENTS_KEPT)
def _vetted(schema: GraphQLSchema, text: str, limits: Limits) -> _Vetted:
    """Parse, weigh and only then validate, which costs most; once per text.

    Raises GraphQLError for a text that cannot be parsed; such are not kept.
    """
    try:
        document = parse(text, max_tokens=limits.tokens)
        errors = over_limits(document, limits) or validate(schema, document)
    except RecursionError:
        raise refused("TOO_DEEP", f"The operation is deeper than {limits.depth} levels.") from None
    except GraphQLSyntaxError as error:
        code = "TOO_LONG" if f"more than {limits.tokens} tokens" in error.message else "GRAPHQL_PARSE_FAILED"
        raise GraphQLError(
            error.message, source=error.source, positions=error.positions, extensions={"code": code}
        ) from None
    for found in errors:
        found.extensions = {"code": "GRAPHQL_VALIDATION_FAILED"} | (found.extensions or {})
    return _Vetted(document, tuple(errors))


def vetting(limits: Limits) -> type[SchemaExtension]:
    """Make the extension that every schema of ours begins with."""

    class Vetting(SchemaExtension):
        """Gives each operation its document and what is wrong with it, from a bounded cache."""

        def on_parse(self) -> Iterator[None]:
            run: ExecutionContext = self.execution_context
            graphql_schema = run.schema._schema  # noqa: SLF001 # Strawberry gives its own extensions no other name
            vetted = _vetted(graphql_schema, run.query or "", limits)
            run.graphql_document = vetted.document
            run.pre_execution_errors = list(vetted.errors)
            yield

    return Vetting
