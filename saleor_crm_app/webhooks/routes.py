"""The webhook route: reads at most a megabyte, and answers so that Saleor sends again exactly what may succeed."""

from typing import Final

import structlog
from starlette.requests import ClientDisconnect, Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from saleor_crm_app.kernel.errors import BadInput, Unavailable
from saleor_crm_app.kernel.telemetry import logger
from saleor_crm_app.saleor.jose import Unauthorized
from saleor_crm_app.webhooks.door import WebhookDoor

PATH: Final = "/api/webhooks/saleor"
LARGEST_BODY: Final = 1_000_000

log = logger(__name__)


class TooLarge(Exception):
    """The body is longer than any event of ours can be."""


def routes(door: WebhookDoor) -> list[Route]:
    """The one route of every subscribed event."""

    async def receive(request: Request) -> Response:
        return await _answer(door, request)

    return [Route(PATH, receive, methods=["POST"])]


async def _answer(door: WebhookDoor, request: Request) -> Response:
    """2xx is kept for good; 4xx is never sent again by Saleor, 5xx is."""
    try:
        body = await _body(request)
        received = await door.receive(
            request.headers.get("saleor-api-url"), request.headers.get("saleor-signature"), body
        )
    except TooLarge:
        return _said(413, f"The body is longer than {LARGEST_BODY} bytes")
    except Unauthorized as refusal:
        log.warning("webhook_refused", reason=str(refusal))
        return _said(401, str(refusal))
    except BadInput as refusal:
        log.warning("webhook_unreadable", reason=str(refusal))
        return _said(400, str(refusal))
    except Unavailable as trouble:
        log.warning("webhook_postponed", reason=str(trouble))
        return _said(503, str(trouble))
    except ClientDisconnect:
        return _said(400, "The body did not arrive whole")
    with structlog.contextvars.bound_contextvars(installation=str(received.installation.id), event=received.kind):
        log.debug("webhook_stored" if received.stored else "webhook_ignored")
    return _said(200, "stored" if received.stored else "ignored")


async def _body(request: Request) -> bytes:
    """Read the raw bytes, and stop as soon as they are too many."""
    declared = request.headers.get("content-length", "")
    if declared.isascii() and declared.isdigit() and (len(declared) > 12 or int(declared) > LARGEST_BODY):
        raise TooLarge
    chunks: list[bytes] = []
    length = 0
    async for chunk in request.stream():
        length += len(chunk)
        if length > LARGEST_BODY:
            raise TooLarge
        chunks.append(chunk)
    return b"".join(chunks)


def _said(status: int, sentence: str) -> Response:
    return JSONResponse({"message": sentence}, status_code=status)
