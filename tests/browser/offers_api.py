"""Answers by the app's own schema whatever a test wants the kit to be told, over real HTTP.

So that odd answers can be had at will; that the app gives such ones is seen on the demo's page.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from graphql import build_schema, graphql_sync
from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.middleware.cors import CORSMiddleware
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from saleor_crm_app.storefront import kit_routes, sdl

SCHEMA: Final = build_schema(sdl(), assume_valid=True)
Json = dict[str, Any]


def offer(number: int, **changes: object) -> Json:
    """An offer as the app tells it."""
    plain: Json = {
        "id": f"offer {number}",
        "decisionId": "decision 1",
        "kind": "DISCOUNT",
        "title": f"Offer {number}",
        "description": None,
        "picture": None,
        "link": None,
        "validUntil": None,
        "code": None,
        "terms": None,
        "canAccept": False,
        "reasons": [],
        "missing": [],
        "products": [],
    }
    return plain | changes


@dataclass
class OffersApi:
    """Tells `offers`, and notes who asked for what; `refusal` is what accepting is answered with, if anything."""

    offers: list[Json] = field(default_factory=list)
    coupon: Json = field(default_factory=lambda: {"id": "coupon 1", "code": "R-1234", "state": "ISSUED"})
    refusal: str | None = None
    asked: list[Json] = field(default_factory=list)
    done: list[tuple[str, Json]] = field(default_factory=list)
    headers: list[Mapping[str, str]] = field(default_factory=list)

    def app(self, page_origin: str) -> Starlette:
        """Its routes and the kit's, for a page of another origin."""
        cors = Middleware(CORSMiddleware, allow_origins=[page_origin], allow_headers=["*"], allow_methods=["POST"])
        return Starlette(routes=[Route("/graphql/", self._graphql, methods=["POST"]), *kit_routes()], middleware=[cors])

    def told(self, name: str) -> list[Json]:
        """The inputs of one mutation, in turn."""
        return [given for done, given in self.done if done == name]

    async def _graphql(self, request: Request) -> Response:
        body = await request.json()
        self.headers.append(dict(request.headers) | {"url": str(request.url)})
        result = graphql_sync(SCHEMA, body["query"], root_value=_Root(self), variable_values=body["variables"])
        errors = [{"message": error.message} for error in result.errors or ()]
        return JSONResponse({"data": result.data} | ({"errors": errors} if errors else {}))


class _Root:
    """One resolver for each field; names are the API's."""

    def __init__(self, api: OffersApi) -> None:
        self._api = api

    def personalOffers(self, _info: object, **asked: object) -> Json:  # noqa: N802
        self._api.asked.append(asked)
        return {"edges": [{"node": one} for one in self._api.offers]}

    def personalOfferAccept(self, _info: object, input: Json) -> Json:  # noqa: A002, N802
        self._api.done.append(("accept", input))
        if self._api.refusal is not None:
            error = {"field": "offerId", "code": "EXPIRED", "message": self._api.refusal}
            return {"coupon": None, "errors": [error]}
        return {"coupon": self._api.coupon, "errors": []}

    def personalOfferDismiss(self, _info: object, input: Json) -> Json:  # noqa: A002, N802
        self._api.done.append(("dismiss", input))
        return {"errors": []}

    def personalOfferFeedback(self, _info: object, input: Json) -> Json:  # noqa: A002, N802
        self._api.done.append(("feedback", input))
        return {"errors": []}
