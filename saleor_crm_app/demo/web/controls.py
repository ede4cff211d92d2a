"""What the page needs done at the app, which the shop itself cannot do; the command line does it."""

from datetime import timedelta
from typing import Protocol


class AppControls(Protocol):
    """The operator's hand on the app, for shops named by their API URL."""

    @property
    def url(self) -> str:
        """The app's origin, as browsers reach it."""
        ...

    async def admit(self, api_url: str, origin: str) -> None:
        """Let pages of an origin call the storefront API of a shop."""
        ...

    async def advance(self, api_url: str, by: timedelta) -> None:
        """Move the business time of a shop's installation."""
        ...

    async def reconcile(self, api_url: str) -> None:
        """Compare with the shop and repair what was missed; returns when that is done."""
        ...
