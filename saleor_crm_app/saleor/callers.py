"""Who runs our documents in a shop: the client itself, or one that calls with more patience."""

from collections.abc import Mapping
from typing import Any, Protocol


class Caller(Protocol):
    """One shop, seen from a gateway."""

    async def execute(self, name: str, variables: Mapping[str, Any] | None = None) -> dict[str, Any]:
        """Run a document by name and give its `data`; raises as `SaleorClient.execute` does."""
