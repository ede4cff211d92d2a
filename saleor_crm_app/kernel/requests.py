"""One log line and one id per request, in the web process; the id goes back to the caller."""

import re
from collections.abc import Awaitable, Callable, MutableMapping
from time import perf_counter
from typing import Any, Final

import structlog

from saleor_crm_app.kernel.ids import new_id
from saleor_crm_app.kernel.metrics import count_request
from saleor_crm_app.kernel.telemetry import logger
from saleor_crm_app.kernel.tracing import span_of_request

Scope = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[MutableMapping[str, Any]]]
Send = Callable[[MutableMapping[str, Any]], Awaitable[None]]
AsgiApp = Callable[[Scope, Receive, Send], Awaitable[None]]

HEADER: Final = b"x-request-id"
_ACCEPTED: Final = re.compile(rb"^[A-Za-z0-9._-]{8,64}$")

log = logger(__name__)


class RequestLog:
    """Wraps an ASGI app: binds the request's id to every log line it causes."""

    def __init__(self, app: AsgiApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        request_id = _given_id(scope) or str(new_id())
        scope.setdefault("state", {})["request_id"] = request_id
        status = 500
        began = perf_counter()

        async def tell(message: MutableMapping[str, Any]) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
                message["headers"] = [*message.get("headers", ()), (HEADER, request_id.encode())]
            await send(message)

        bound = structlog.contextvars.bind_contextvars(request_id=request_id)
        with span_of_request("request", scope["headers"], request_id=request_id) as traced:
            try:
                await self._app(scope, receive, tell)
            finally:
                seconds = perf_counter() - began
                route = count_request(scope, status=status, seconds=seconds)
                traced.set(method=scope["method"], route=route, status=status)
                log.info(
                    "request",
                    method=scope["method"],
                    path=scope["path"],
                    status=status,
                    milliseconds=round(seconds * 1000, 1),
                )
                structlog.contextvars.reset_contextvars(**bound)


def _given_id(scope: Scope) -> str | None:
    """The id a proxy in front has made, if it looks like one."""
    for name, value in scope["headers"]:
        if name == HEADER and _ACCEPTED.match(value):
            return str(value.decode())
    return None
