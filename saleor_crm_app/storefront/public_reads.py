"""Guests' queries by GET: the same for everybody who asks so, and therefore good for caches on the way."""

from collections.abc import Awaitable, Callable
from hashlib import sha256
from typing import Final

from starlette.requests import Request
from starlette.responses import Response

from saleor_crm_app.kernel.graphql_door import Answer, DoorClosed, GraphQLDoor, asked_operation, bearer_token, closed
from saleor_crm_app.storefront.access import Access

KEPT_SECONDS: Final = 60
"""So old may be what a guest is shown."""

_KEPT: Final = f"public, max-age={KEPT_SECONDS}"


class SignedIn(DoorClosed):
    """What is one customer's must not lie in an address, nor in a cache."""

    def __init__(self) -> None:
        super().__init__(400, "POST_ONLY", "Ask by POST for a signed-in customer; GET is for guests.")


async def answered(
    access: Access,
    door: GraphQLDoor,
    request: Request,
    this: str,
    cors: Callable[[Answer], Awaitable[dict[str, str]]],
) -> Response:
    """Answer a guest's query. One without errors may be kept for a minute, and is known by its ETag."""
    answer = await _answer(access, door, request, this)
    headers = await cors(answer)
    headers["Vary"] = "Origin, Saleor-Api-Url"
    if answer.status != 200 or "errors" in answer.body:
        return answer.response(headers)
    whole = answer.response({**headers, "Cache-Control": _KEPT})
    tag = f'"{sha256(bytes(whole.body)).hexdigest()[:32]}"'
    whole.headers["ETag"] = tag
    if tag in request.headers.get("if-none-match", ""):
        kept = {name: whole.headers[name] for name in ("Cache-Control", "ETag", "Vary")}
        return Response(status_code=304, headers={**headers, **kept})
    return whole


async def _answer(access: Access, door: GraphQLDoor, request: Request, this: str) -> Answer:
    try:
        if bearer_token(request.headers) is not None:
            raise SignedIn
        async with access.context(request) as context:
            return await door.run(asked_operation(request), context, this, may_change=False)
    except DoorClosed as refusal:
        return closed(refusal, this)
