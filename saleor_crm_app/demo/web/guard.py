"""Who may reach the page, and under which rules a browser shows it."""

import ipaddress
import os
from collections.abc import Awaitable, Callable
from typing import Final

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from saleor_crm_app.demo.errors import RefusedInProduction

MARK: Final = "x-simulated-shop"
"""A header that no page of another origin can send without asking first, and nobody answers that question."""

LONGEST_BODY: Final = 20_000

Endpoint = Callable[[Request], Awaitable[Response]]


def refuse_production() -> None:
    """Raises RefusedInProduction where `ENV` says production."""
    if os.environ.get("ENV", "").lower() == "production":
        raise RefusedInProduction


def policy(app_url: str) -> str:
    """The content security policy: everything of our own, the app's storefront kit, and questions to the app."""
    return (
        f"default-src 'none'; script-src 'self' {app_url}; style-src 'self'; img-src 'self' data:; "
        f"connect-src 'self' {app_url}; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
    )


class OnLoopback:
    """Lets only this machine in, by the names it has for itself, and adds the headers of every answer."""

    def __init__(self, app: ASGIApp, *, app_url: str, hosts: frozenset[str]) -> None:
        self._app = app
        self._hosts = hosts
        self._headers = [
            (b"content-security-policy", policy(app_url).encode()),
            (b"x-content-type-options", b"nosniff"),
            (b"referrer-policy", b"no-referrer"),
            (b"cross-origin-resource-policy", b"same-origin"),
            (b"cache-control", b"no-store"),
        ]

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        async def sending(message: Message) -> None:
            if message["type"] == "http.response.start":
                message["headers"] = [*message["headers"], *self._headers]
            await send(message)

        request = Request(scope)
        if _is_from_here(request) and request.headers.get("host") in self._hosts:
            await self._app(scope, receive, sending)
        else:
            await refusal("Only this machine may look at the simulated shop.", status=403)(scope, receive, sending)


def guarded(endpoint: Endpoint) -> Endpoint:
    """Let a change pass only if the page itself asked for it."""

    async def checked(request: Request) -> Response:
        origin = request.headers.get("origin")
        is_own = origin is None or origin == f"http://{request.headers.get('host')}"
        if not is_own or MARK not in request.headers:
            return refusal("Only the page itself may ask for this.", status=403)
        if request.headers.get("content-type", "").partition(";")[0] != "application/json":
            return refusal("Send JSON.", status=415)
        if int(request.headers.get("content-length", LONGEST_BODY)) >= LONGEST_BODY:
            return refusal("This is too long.", status=413)
        return await endpoint(request)

    return checked


def refusal(message: str, *, status: int) -> Response:
    return JSONResponse({"error": message}, status_code=status)


def _is_from_here(request: Request) -> bool:
    return request.client is not None and ipaddress.ip_address(request.client.host).is_loopback
