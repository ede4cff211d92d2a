"""Calls to one shop's GraphQL API, in the documents of `graphql/saleor/`, answered exactly or with a named error.

CrmError
├── PermissionDenied      the shop does not let this token do that, or does not know it
├── ShopGraphQLError      the shop understood and said no
└── Unavailable
    └── CallFailed        no usable answer; may be tried again later; see `saleor.http`
        └── ShopUnavailable   an answer, but of a shop that cannot serve us now
"""

from collections.abc import AsyncGenerator, Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, Final, Self

import httpx
import msgspec
from gql import Client, GraphQLRequest
from gql.client import AsyncClientSession
from gql.transport.async_transport import AsyncTransport
from gql.transport.exceptions import TransportQueryError
from graphql import ExecutionResult

from saleor_crm_app.kernel.errors import CrmError
from saleor_crm_app.kernel.tracing import span
from saleor_crm_app.saleor.documents import parsed_document
from saleor_crm_app.saleor.http import CallFailed, CallPolicy, shop_client

_DENIALS: Final = frozenset(
    {"PermissionDenied", "InvalidTokenError", "InvalidSignatureError", "ExpiredSignatureError", "DecodeError"}
)
_LONGEST_WAIT: Final = 3600.0

# amounts stay the decimal text they came as; a float would round them
_decoder = msgspec.json.Decoder(float_hook=Decimal)


class PermissionDenied(CrmError):
    """The token is dead, or lacks a permission that the document needs."""


class ShopGraphQLError(CrmError):
    """The shop refused the operation; `messages` are its own words."""

    def __init__(self, messages: tuple[str, ...]) -> None:
        self.messages = messages
        super().__init__("The shop refused: " + "; ".join(messages)[:500])


class ShopUnavailable(CallFailed):
    """The shop cannot serve us now; `retry_after` are the seconds it asked us to wait, if it did."""

    def __init__(self, message: str, *, retry_after: float | None = None) -> None:
        self.retry_after = retry_after
        super().__init__(message)


@dataclass(frozen=True, slots=True, kw_only=True)
class ShopAccess:
    """Where a shop answers, who we are there, and what it understands."""

    api_url: str
    token: str
    saleor_version: str
    installation: str = ""
    """Which installation's shop it is, where it is one already."""

    def __repr__(self) -> str:
        return f"ShopAccess({self.api_url!r})"


class SaleorClient:
    """One shop, one connection pool. Raises the errors drawn above.

    Raises ForbiddenAddress at once for an address that is never called.
    """

    def __init__(self, access: ShopAccess, policy: CallPolicy) -> None:
        self.access = access
        self._transport = _GuardedGraphQL(access, policy)
        # the transport bounds the time of a call itself; documents are validated by tests, not at every call
        self._session = AsyncClientSession(Client(transport=self._transport, execute_timeout=None))

    async def execute(self, name: str, variables: Mapping[str, Any] | None = None) -> dict[str, Any]:
        """Run a document by name and give its `data`; every amount in it is a Decimal."""
        request = GraphQLRequest(
            parsed_document(name, self.access.saleor_version), variable_values=dict(variables or {})
        )
        with span("call to a shop", document=name, installation=self.access.installation):
            try:
                return await self._session.execute(request)
            except TransportQueryError as error:
                raise _named(error.errors or []) from error

    async def close(self) -> None:
        await self._transport.close()

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.close()


class _GuardedGraphQL(AsyncTransport):
    """gql's transport over the guarded client."""

    def __init__(self, access: ShopAccess, policy: CallPolicy) -> None:
        self._api_url = access.api_url
        headers = {"Authorization": f"Bearer {access.token}"}
        self._http = shop_client(access.api_url, policy, headers=headers)

    async def connect(self) -> None:
        """Nothing: connections are made when they are needed."""

    async def close(self) -> None:
        await self._http.aclose()

    async def execute(self, request: GraphQLRequest) -> ExecutionResult:
        response = await self._http.post(self._api_url, json=request.payload)
        _refuse_status(response)
        try:
            answer = _decoder.decode(response.content)
        except (ValueError, RecursionError) as error:
            raise ShopUnavailable(f"The shop answered {response.status_code} without GraphQL") from error
        if not isinstance(answer, dict) or not (answer.get("data") or answer.get("errors")):
            raise ShopUnavailable(f"The shop answered {response.status_code} without GraphQL")
        return ExecutionResult(data=answer.get("data"), errors=answer.get("errors"))

    def subscribe(self, request: GraphQLRequest) -> AsyncGenerator[ExecutionResult, None]:
        raise NotImplementedError("Saleor's subscriptions are webhooks")


def _refuse_status(response: httpx.Response) -> None:
    status = response.status_code
    if status in {401, 403}:
        raise PermissionDenied(f"The shop answered {status} to our token")
    if status == 429:
        raise ShopUnavailable(
            "The shop asks to be called less often",
            retry_after=_seconds(response.headers.get("retry-after", "")),
        )
    if status >= 500:
        raise ShopUnavailable(f"The shop answered {status}")


def _seconds(retry_after: str) -> float | None:
    """Only the form in seconds; a date would trust the shop's clock."""
    return min(float(retry_after), _LONGEST_WAIT) if retry_after.isascii() and retry_after.isdigit() else None


def _named(errors: list[Any]) -> CrmError:
    messages, codes = [], set()
    for error in errors:
        found = error if isinstance(error, dict) else {}
        messages.append(str(found.get("message", error)))
        codes.add(_code(found))
    if codes & _DENIALS:
        return PermissionDenied(f"The shop denies it: {messages[0][:300]}")
    return ShopGraphQLError(tuple(messages))


def _code(error: dict[str, Any]) -> str:
    extensions = error.get("extensions")
    exception = extensions.get("exception") if isinstance(extensions, dict) else None
    code = exception.get("code") if isinstance(exception, dict) else None
    return code if isinstance(code, str) else ""
