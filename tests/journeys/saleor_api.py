"""A real Saleor's GraphQL API, as staff with an app's token and as shoppers with theirs or without."""

from dataclasses import dataclass
from typing import Any, TypeAlias
from urllib.parse import urlsplit

import httpx

from tests.journeys.town import Refused

Json: TypeAlias = Any
"""An answer, or a part of one; what is not as expected fails the test."""


@dataclass(frozen=True)
class SaleorApi:
    """One shop; `token` is an app's."""

    client: httpx.AsyncClient
    url: str
    token: str

    @property
    def origin(self) -> str:
        """Where Saleor may send people in mails that nobody reads."""
        parts = urlsplit(self.url)
        return f"{parts.scheme}://{parts.netloc}/"

    async def staff(self, document: str, **variables: object) -> Json:
        """The only root field's answer, to the app. Raises Refused."""
        return await self.ask(document, self.token, variables)

    async def shopper(self, document: str, token: str | None, **variables: object) -> Json:
        """The same to a customer, or to somebody without a token."""
        return await self.ask(document, token, variables)

    async def ask(self, document: str, token: str | None, variables: dict[str, object]) -> Json:
        headers = {} if token is None else {"Authorization": f"Bearer {token}"}
        sent = {"query": document, "variables": variables}
        response = await self.client.post(self.url, json=sent, headers=headers, timeout=120)
        body = response.json()
        for error in body.get("errors") or ():
            raise Refused(
                error.get("extensions", {}).get("exception", {}).get("code", "GRAPHQL_ERROR"), error["message"]
            )
        [payload] = body["data"].values()
        for error in (payload.get("errors") or ()) if isinstance(payload, dict) else ():
            raise Refused(error["code"], f"{error['field']}: {error['message']}")
        return payload
