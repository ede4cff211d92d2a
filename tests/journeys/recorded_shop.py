"""A shop that answers our queries from what a real Saleor sent, completed by what those deliveries did not ask for."""

import json
from copy import deepcopy
from pathlib import Path
from typing import Any

from graphql import graphql
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from tests.demo.reference import full_schema, recording

COMPLETION = json.loads((Path(__file__).parent / "completion.json").read_text())


class RecordedShop:
    """Knows orders and customers as the last delivery given to `now_reads` showed them."""

    def __init__(self) -> None:
        self.api_url = ""
        self.asked: list[str] = []
        self._nodes: dict[str, dict[str, Any]] = {}

    def now_reads(self, name: str) -> None:
        """From now on the subject of a recorded delivery reads as it did there."""
        body = recording(name)["body"]
        if "order" in body:
            self._nodes[body["order"]["id"]] = _completed_order(body["order"])
        else:
            self._nodes[body["user"]["id"]] = body["user"] | COMPLETION["user"]

    def app(self) -> Starlette:
        """Runs each query on Saleor's full schema, so that one which asks for the wrong thing fails."""

        async def answer(request: Request) -> Response:
            asked = await request.json()
            self.asked.append(asked["variables"]["id"])
            node = self._nodes.get(asked["variables"]["id"])
            result = await graphql(
                full_schema("3.23"),
                asked["query"],
                root_value={"order": node, "user": node},
                variable_values=asked["variables"],
                operation_name=asked.get("operationName"),
            )
            return JSONResponse(result.formatted)

        return Starlette(routes=[Route("/graphql/", answer, methods=["POST"])])


def _completed_order(recorded: dict[str, Any]) -> dict[str, Any]:
    order: dict[str, Any] = deepcopy(recorded) | COMPLETION["order"]
    order["subtotal"] |= COMPLETION["subtotal"]
    order["user"] |= COMPLETION["user"]
    for line in order["lines"]:
        line["totalPrice"]["net"] = line["totalPrice"]["gross"]
        line["undiscountedTotalPrice"] = line["totalPrice"]  # none of the recorded orders had a discount
        line["variant"]["product"]["productType"] |= COMPLETION["productType"]
    for fulfillment in order["fulfillments"]:
        fulfillment.update(COMPLETION["fulfillment"])
    for transaction in order["transactions"]:
        transaction.update(COMPLETION["transaction"])
    return order
