"""Stands in for the app's offers until it serves them: their part of the storefront API, over real HTTP.

Nothing else of the app is in here, and the kit's queries have to fit the types below.
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

from saleor_crm_app.storefront import kit_routes

SDL: Final = """
scalar DateTime
enum PersonalOfferKind { DISCOUNT FREE_SHIPPING BONUS_POINTS GIFT RECOMMENDED_PRODUCTS REWARD_REMINDER TIER_NUDGE
  EXPIRING_POINTS WIN_BACK REPLENISHMENT CROSS_SELL UPSELL EARLY_ACCESS }
type OfferReason { code: String! text: String! }
type OfferGap { code: String! text: String! }
type PersonalOffer { id: ID! decisionId: ID! kind: PersonalOfferKind! title: String! description: String
  picture: String link: String validUntil: DateTime code: String terms: String canAccept: Boolean!
  reasons: [OfferReason!]! missing: [OfferGap!]! }
type PersonalOfferEdge { node: PersonalOffer! }
type PersonalOfferConnection { edges: [PersonalOfferEdge!]! }
input LoyaltyCartInput { checkoutId: ID }
type Query { personalOffers(channel: String!, placement: String, cart: LoyaltyCartInput, first: Int = 5, after: String,
  languageCode: String): PersonalOfferConnection! }
type LoyaltyError { field: String code: String! message: String! }
type LoyaltyCoupon { id: ID! code: String state: String! }
type PersonalOfferAccept { coupon: LoyaltyCoupon errors: [LoyaltyError!]! }
type PersonalOfferDismiss { errors: [LoyaltyError!]! }
type PersonalOfferFeedback { errors: [LoyaltyError!]! }
input PersonalOfferAcceptInput { channel: String! offerId: ID! decisionId: ID! idempotencyKey: String! }
input PersonalOfferDismissInput { channel: String! offerId: ID! decisionId: ID! }
enum OfferFeedback { SEEN CLICKED NOT_FOR_ME }
input PersonalOfferFeedbackInput { channel: String! offerId: ID! decisionId: ID! feedback: OfferFeedback! }
type Mutation { personalOfferAccept(input: PersonalOfferAcceptInput!): PersonalOfferAccept!
  personalOfferDismiss(input: PersonalOfferDismissInput!): PersonalOfferDismiss!
  personalOfferFeedback(input: PersonalOfferFeedbackInput!): PersonalOfferFeedback! }
"""
SCHEMA: Final = build_schema(SDL)
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
