"""An app of few words: it serves a manifest, takes its token, and keeps every request as it came."""

import asyncio
import json
from collections import deque
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route
from starlette.types import ASGIApp

from saleor_crm_app.demo.server import loopback_listener, running
from saleor_crm_app.saleor.documents import document

EVENTS = {
    "OrderEvents": (
        "ORDER_PAID ORDER_FULLY_PAID ORDER_REFUNDED ORDER_FULLY_REFUNDED ORDER_CANCELLED ORDER_EXPIRED "
        "ORDER_FULFILLED ORDER_UPDATED ORDER_BULK_CREATED"
    ).split(),
    "CustomerEvents": "CUSTOMER_CREATED CUSTOMER_UPDATED CUSTOMER_DELETED ACCOUNT_CONFIRMED ACCOUNT_DELETED".split(),
    "AppEvents": "APP_DELETED APP_STATUS_CHANGED".split(),
}
PERMISSIONS = ["MANAGE_ORDERS", "MANAGE_USERS"]


@dataclass(frozen=True, kw_only=True)
class Received:
    """One request: its headers in order, exact bytes, and where it came to."""

    path: str
    headers: list[tuple[str, str]]
    body: bytes

    @property
    def json(self) -> Any:  # noqa: ANN401 - whatever the shop sent
        return json.loads(self.body)

    def header(self, name: str) -> str:
        return dict(self.headers)[name]


@dataclass(kw_only=True)
class Receiver:
    """`answers` are given to webhooks one after the other, then 200; `changes` are merged into the manifest."""

    origin: str = ""
    changes: dict[str, object] = field(default_factory=dict)
    answers: deque[int] = field(default_factory=deque)
    register_answer: tuple[int, object] = (200, {"success": True})
    tokens: list[str] = field(default_factory=list)
    fetches: list[Received] = field(default_factory=list)
    registrations: list[Received] = field(default_factory=list)
    webhooks: list[Received] = field(default_factory=list)

    @property
    def manifest_url(self) -> str:
        return f"{self.origin}/manifest"

    def manifest(self, version: str) -> dict[str, object]:
        return {
            "id": "test.receiver",
            "name": "Receiver",
            "version": "1.0",
            "tokenTargetUrl": f"{self.origin}/register",
            "appUrl": self.origin,
            "permissions": PERMISSIONS,
            "requiredSaleorVersion": ">=3.21 <4",
            "webhooks": [
                {
                    "name": name,
                    "targetUrl": f"{self.origin}/webhook",
                    "query": document(name, version),
                    "asyncEvents": events,
                }
                for name, events in EVENTS.items()
            ],
            **self.changes,
        }

    def events(self) -> list[str]:
        return [received.header("saleor-event") for received in self.webhooks]

    def forget(self) -> None:
        self.webhooks.clear()


@asynccontextmanager
async def receiving() -> AsyncIterator[Receiver]:
    """Run a receiver on a loopback port."""
    receiver = Receiver()

    async def manifest(request: Request) -> Response:
        receiver.fetches.append(await _kept(request))
        return JSONResponse(receiver.manifest(request.headers["saleor-schema-version"]))

    async def register(request: Request) -> Response:
        kept = await _kept(request)
        receiver.registrations.append(kept)
        receiver.tokens.append(kept.json["auth_token"])
        status, content = receiver.register_answer
        return JSONResponse(content, status_code=status)

    async def webhook(request: Request) -> Response:
        receiver.webhooks.append(await _kept(request))
        await asyncio.sleep(0)
        return Response(status_code=receiver.answers.popleft() if receiver.answers else 200)

    app = Starlette(
        routes=[
            Route("/manifest", manifest),
            Route("/register", register, methods=["POST"]),
            Route("/webhook", webhook, methods=["POST"]),
        ]
    )
    async with listening(app) as receiver.origin:
        yield receiver


@asynccontextmanager
async def listening(app: ASGIApp) -> AsyncIterator[str]:
    """Serve an application on a loopback port and say where."""
    with loopback_listener() as listener:
        async with running(app, listener):
            yield f"http://127.0.0.1:{listener.getsockname()[1]}"


async def _kept(request: Request) -> Received:
    headers = [(name.decode(), value.decode()) for name, value in request.headers.raw]
    return Received(path=request.url.path, headers=headers, body=await request.body())
