"""The route of the shop's own events: an API key, at most 500 at once, an answer for each."""

from collections.abc import Awaitable, Callable, Sequence
from datetime import datetime
from typing import Annotated, Any, Final

import msgspec
from starlette.requests import ClientDisconnect, Request
from starlette.responses import Response
from starlette.routing import Route

from saleor_crm_app.kernel.db import Database, retrying
from saleor_crm_app.kernel.errors import Unavailable
from saleor_crm_app.kernel.ids import InstallationId, customer_id
from saleor_crm_app.kernel.telemetry import logger
from saleor_crm_app.reactions.told import Answer, Told, take_events
from saleor_crm_app.saleor.api_keys import ApiKeys
from saleor_crm_app.saleor.business_time import business_time
from saleor_crm_app.saleor.installation_store import or_unavailable
from saleor_crm_app.saleor.jose import Unauthorized

EVENTS_PATH: Final = "/api/events"
MOST_EVENTS: Final = 500
LARGEST_BODY: Final = 1_000_000
_SCOPE: Final = "events:write"

log = logger(__name__)

Endpoint = Callable[[Request], Awaitable[Response]]


class _Batch(msgspec.Struct):
    events: Annotated[list[msgspec.Raw], msgspec.Meta(min_length=1, max_length=MOST_EVENTS)]


class _Event(msgspec.Struct, rename="camel", forbid_unknown_fields=True):
    """One event as it is sent. Its id and type are kept, so they have no room for words about people."""

    id: Annotated[str, msgspec.Meta(pattern=r"^[A-Za-z0-9_.:-]{1,64}$")]
    type: Annotated[str, msgspec.Meta(pattern=r"^[a-z][a-z0-9_.-]{0,62}$")]
    customer: Annotated[str, msgspec.Meta(max_length=100)]
    occurred_at: Annotated[datetime, msgspec.Meta(tz=True)] | None = None
    channel: Annotated[str, msgspec.Meta(pattern=r"^[A-Za-z0-9_-]{1,255}$")] | None = None
    month: int | None = None
    day: int | None = None


_batches = msgspec.json.Decoder(_Batch)
_events = msgspec.json.Decoder(_Event)


class _Refused(Exception):
    """A batch that is answered as a whole, by a status and a sentence."""

    def __init__(self, status: int, sentence: str) -> None:
        self.status = status
        super().__init__(sentence)


def event_routes(database: Database, keys: ApiKeys) -> list[Route]:
    """The one route of the shop's own events."""

    async def endpoint(request: Request) -> Response:
        try:
            installation = await _identified(keys, request)
            answers = await _answered(database, installation, await _body(request))
        except _Refused as refusal:
            return _said(refusal.status, {"message": str(refusal)})
        except Unavailable as trouble:
            return _said(503, {"message": str(trouble)})
        return _said(200, {"results": answers})

    return [Route(EVENTS_PATH, endpoint, methods=["POST"])]


async def _identified(keys: ApiKeys, request: Request) -> InstallationId:
    kind, _, key = request.headers.get("authorization", "").partition(" ")
    if kind.lower() != "bearer" or not key:
        raise _Refused(401, "Send an API key: Authorization: Bearer crm_...")
    try:
        with or_unavailable():
            known = await keys.identify(key.strip())
    except Unauthorized as refusal:
        raise _Refused(401, str(refusal)) from refusal
    if _SCOPE not in known.scopes:
        raise _Refused(403, f"This API key lacks the scope {_SCOPE}")
    return known.installation


async def _body(request: Request) -> bytes:
    """Read the bytes, and stop as soon as they are too many."""
    body = bytearray()
    try:
        async for piece in request.stream():
            body += piece
            if len(body) > LARGEST_BODY:
                raise _Refused(413, f"The body is longer than {LARGEST_BODY} bytes")
    except ClientDisconnect:
        raise _Refused(400, "The body did not arrive whole") from None
    return bytes(body)


async def _answered(database: Database, installation: InstallationId, body: bytes) -> list[dict[str, Any]]:
    """Take in what can be read, in one transaction; what is no batch is refused. Raises Unavailable."""
    read = [_read(raw) for raw in _raw_events(body)]
    told = [one for one in read if isinstance(one, Told)]

    async def take() -> list[Answer]:
        async with database.shop(installation) as session:
            return await take_events(session, installation, told, at=await business_time(session, installation))

    with or_unavailable():
        answers = iter(await retrying(take) if told else ())
    log.info("events_told", installation=str(installation), events=len(read), readable=len(told))
    return [_result(one, next(answers)) if isinstance(one, Told) else one for one in read]


def _raw_events(body: bytes) -> Sequence[msgspec.Raw]:
    try:
        return _batches.decode(body).events
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        raise _Refused(400, f'Send {{"events": [...]}} with 1 to {MOST_EVENTS} events') from None


def _read(raw: msgspec.Raw) -> Told | dict[str, Any]:
    """The event, or the answer to something that is none."""
    try:
        event = _events.decode(raw)
        customer = customer_id(event.customer)
    except msgspec.ValidationError as error:
        return _refused(_id_in(raw), "INVALID", f"{error}.".replace("`", ""))
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return _refused(None, "INVALID", "This is no event.")
    except ValueError:
        return _refused(event.id, "INVALID", "The customer is not the global id of a user in Saleor.")
    born = None if event.month is None or event.day is None else (event.month, event.day)
    return Told(
        id=event.id,
        name=event.type,
        customer=customer,
        occurred_at=event.occurred_at,
        channel=event.channel,
        born=born,
    )


class _Named(msgspec.Struct):
    id: str


def _id_in(raw: msgspec.Raw) -> str | None:
    try:
        return msgspec.json.decode(raw, type=_Named).id[:64]
    except msgspec.DecodeError:
        return None


def _result(told: Told, answer: Answer) -> dict[str, Any]:
    if answer.refusal is not None:
        return _refused(told.id, answer.refusal.code.value, str(answer.refusal))
    return {"id": told.id, "status": answer.status, "points": answer.points}


def _refused(event: str | None, code: str, message: str) -> dict[str, Any]:
    return {"id": event, "status": "REFUSED", "code": code, "message": message}


def _said(status: int, body: dict[str, Any]) -> Response:
    return Response(msgspec.json.encode(body), status_code=status, media_type="application/json")
