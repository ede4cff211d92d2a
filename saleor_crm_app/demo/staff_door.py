"""The staff API of the app, as the staff of a demo's shop use it."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any

import httpx

from saleor_crm_app.demo.apps import App
from saleor_crm_app.demo.http import new_client
from saleor_crm_app.demo.shop import SimulatedShop
from saleor_crm_app.kernel.errors import CrmError


class StaffRefused(CrmError):
    """The app did not let the shop's staff do something; the sentence says why."""


@dataclass(frozen=True, slots=True)
class StaffDoor:
    """A member of staff before the app. Every method raises StaffRefused."""

    client: httpx.AsyncClient

    async def change(self, mutation: str, **variables: object) -> dict[str, Any]:
        """Have a mutation done that is called `done`; gives its payload."""
        payload: dict[str, Any] = (await self.ask(mutation, **variables))["done"]
        if payload["errors"]:
            raise StaffRefused(f"The app refuses what the demo's staff want: {payload['errors'][0]['message']}")
        return payload

    async def ask(self, query: str, **variables: object) -> dict[str, Any]:
        """The data of an answer."""
        try:
            answer = await self.client.post("/graphql/staff/", json={"query": query, "variables": variables})
        except httpx.TransportError as error:
            raise StaffRefused("The app's staff API does not answer") from error
        content = answer.json()
        if "errors" in content:
            raise StaffRefused(f"The app's staff API refuses: {content['errors'][0]['message']}")
        data: dict[str, Any] = content["data"]
        return data


@asynccontextmanager
async def at_staff_door(app_url: str, shop: SimulatedShop, ours: App) -> AsyncIterator[StaffDoor]:
    """With the token that the shop's Dashboard would give our pages."""
    async with new_client(app_url) as client:
        client.headers["Authorization"] = f"Bearer {shop.tokens.for_app(shop.state.staff, ours)}"
        yield StaffDoor(client)
