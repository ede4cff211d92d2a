"""The shops one can look at on the page: the first one, and the second once it has opened."""

import asyncio
from collections.abc import Awaitable, Callable
from contextlib import AsyncExitStack

from saleor_crm_app.demo.errors import ShopRefusal
from saleor_crm_app.demo.web.controls import AppControls
from saleor_crm_app.demo.web.counter import Counter

FIRST = "first"
SECOND = "second"

Build = Callable[[AsyncExitStack], Awaitable[Counter]]
"""Makes the second shop; what must be closed again goes onto the stack."""


class Street:
    """Keeps the counters by key; `open_second` installs the app in another shop, with the same ids in it."""

    def __init__(self, first: Counter, controls: AppControls, build: Build) -> None:
        self.controls = controls
        self.counters = {FIRST: first}
        self._build = build
        self._stack = AsyncExitStack()
        self._opening = asyncio.Lock()

    def counter(self, key: str) -> Counter:
        """Raises ShopRefusal for a shop that is not there."""
        counter = self.counters.get(key)
        if counter is None:
            raise ShopRefusal("There is no such shop here.", code="NOT_FOUND")
        return counter

    async def open_second(self) -> Counter:
        """Open it, unless it is open."""
        async with self._opening:
            if SECOND not in self.counters:
                async with AsyncExitStack() as trying:  # what fails half-way leaves nothing open
                    self.counters[SECOND] = await self._build(trying)
                    self._stack = trying.pop_all()
        return self.counters[SECOND]

    async def aclose(self) -> None:
        """Close what was opened; the first shop is its owner's."""
        await self._stack.aclose()
