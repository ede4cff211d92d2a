"""The webhook route: reads at most a megabyte, and answers so that Saleor sends again exactly what may succeed."""

import asyncio
from collections.abc import Mapping
from typing import Final, NamedTuple

import msgspec
from starlette.routing import Route

from saleor_crm_app.kernel.errors import BadInput, Unavailable
from saleor_crm_app.kernel.metrics import count_delivery
from saleor_crm_app.kernel.requests import Receive, Scope, Send
from saleor_crm_app.kernel.telemetry import logger
from saleor_crm_app.kernel.tracing import span
from saleor_crm_app.saleor.jose import Unauthorized
from saleor_crm_app.webhooks.door import Received, WebhookDoor
from saleor_crm_app.webhooks.load import Load, Share

PATH: Final = "/api/webhooks/saleor"
LARGEST_BODY: Final = 1_000_000
ANSWER_SECONDS: Final = 17.0
"""Saleor gives up after 18: a later answer would not be heard, and only fill our memory."""

log = logger(__name__)


class TooLarge(Exception):
    """The body is longer than any event of ours can be."""


class Interrupted(Exception):
    """The sender hung up in the middle of the body."""


class _Told(NamedTuple):
    """How a delivery is answered; `outcome` is its word in metrics, `installation` is empty where none was proved."""

    status: int
    outcome: str
    sentence: str
    installation: str = ""
    event: str = ""


def routes(door: WebhookDoor, *, answer_seconds: float = ANSWER_SECONDS) -> list[Route]:
    """The one route of every subscribed event."""
    return [Route(PATH, _Endpoint(door, answer_seconds), methods=["POST"])]


class _Endpoint:
    """The route without request and response objects: on the busiest path they cost as much as the signature."""

    def __init__(self, door: WebhookDoor, answer_seconds: float) -> None:
        self._door = door
        self._answer_seconds = answer_seconds
        self._load = Load()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        with span("webhook") as traced:
            told = await self._answer(dict(scope["headers"]), receive)
            traced.set(installation=told.installation, event=told.event, outcome=told.outcome)
        count_delivery(told.installation, told.outcome)
        await _say(send, told)

    async def _answer(self, headers: Mapping[bytes, bytes], receive: Receive) -> _Told:
        """2xx is kept for good; 4xx is never sent again by Saleor, 5xx is."""
        try:
            received = await self._receive(headers, receive)
        except TooLarge:
            return _Told(413, "too_large", f"The body is longer than {LARGEST_BODY} bytes")
        except Unauthorized as refusal:
            log.warning("webhook_refused", reason=str(refusal))
            return _Told(401, "refused", str(refusal))
        except BadInput as refusal:
            log.warning("webhook_unreadable", reason=str(refusal))
            return _Told(400, "unreadable", str(refusal))
        except Unavailable as trouble:
            log.warning("webhook_postponed", reason=str(trouble))
            return _Told(503, "postponed", str(trouble))
        except Interrupted:
            return _Told(400, "unreadable", "The body did not arrive whole")
        outcome = "stored" if received.stored else "ignored"
        installation = str(received.installation.id)
        log.debug("webhook", outcome=outcome, installation=installation, event_type=received.kind)
        return _Told(200, outcome, outcome, installation, received.kind)

    async def _receive(self, headers: Mapping[bytes, bytes], receive: Receive) -> Received:
        """Read, prove and keep a delivery in time; raises TooLarge, Interrupted, and what the door raises."""
        api_url, signature = _text(headers, b"saleor-api-url"), _text(headers, b"saleor-signature")
        try:
            async with asyncio.timeout(self._answer_seconds):
                with self._load.delivery() as share:
                    return await self._door.receive(api_url, signature, await _body(headers, receive, share))
        except TimeoutError:
            raise Unavailable("This took too long; send it again later") from None


def _text(headers: Mapping[bytes, bytes], name: bytes) -> str | None:
    value = headers.get(name)
    return None if value is None else value.decode("latin-1")


async def _body(headers: Mapping[bytes, bytes], receive: Receive, share: Share) -> bytes:
    """Read the raw bytes, and stop as soon as they are too many."""
    declared = headers.get(b"content-length", b"")
    if declared.isdigit() and (len(declared) > 12 or int(declared) > LARGEST_BODY):
        raise TooLarge
    pieces: list[bytes] = []
    more = True
    while more:
        message = await receive()
        if message["type"] == "http.disconnect":
            raise Interrupted
        pieces.append(message.get("body", b""))
        share.grow(len(pieces[-1]))
        if share.bytes > LARGEST_BODY:
            raise TooLarge
        more = message.get("more_body", False)
    return b"".join(pieces)


async def _say(send: Send, told: _Told) -> None:
    body = msgspec.json.encode({"message": told.sentence})
    headers = [(b"content-type", b"application/json"), (b"content-length", b"%d" % len(body))]
    await send({"type": "http.response.start", "status": told.status, "headers": headers})
    await send({"type": "http.response.body", "body": body})
