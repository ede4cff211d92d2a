"""How many deliveries one process holds at once, and how long; others are sent away, to come again later."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Final

from saleor_crm_app.kernel.errors import Unavailable

MOST_DELIVERIES: Final = 4096
MOST_BYTES: Final = 64_000_000
MOST_SECONDS: Final = 17.0
"""Saleor gives up after 18: a later answer would not be heard, and only fill our memory."""


class Load:
    """The deliveries being read, proved and stored. One per web process, since memory is the process'."""

    def __init__(
        self,
        *,
        most_deliveries: int = MOST_DELIVERIES,
        most_bytes: int = MOST_BYTES,
        most_seconds: float = MOST_SECONDS,
    ) -> None:
        self._most_deliveries = most_deliveries
        self._most_bytes = most_bytes
        self._deliveries = 0
        self._bytes = 0
        self._most_seconds = most_seconds

    @asynccontextmanager
    async def delivery(self) -> AsyncIterator["Share"]:
        """One delivery's share, given back when the delivery is answered.

        Raises Unavailable when there are too many already, and when this one takes too long.
        """
        if self._deliveries >= self._most_deliveries:
            raise Unavailable("Too many deliveries are being stored; send this one again later")
        self._deliveries += 1
        share = Share(self)
        try:
            async with asyncio.timeout(self._most_seconds):
                yield share
        except TimeoutError:
            raise Unavailable("This took too long; send it again later") from None
        finally:
            self._deliveries -= 1
            self._bytes -= share.bytes

    def grow(self, length: int) -> None:
        """Make room for so many bytes; raises Unavailable when there is none."""
        if self._bytes + length > self._most_bytes:
            raise Unavailable("Too much is being stored; send this delivery again later")
        self._bytes += length


class Share:
    """What one delivery holds; it counts what has arrived, not what its sender has promised."""

    def __init__(self, load: Load) -> None:
        self.bytes = 0
        self._load = load

    def grow(self, length: int) -> None:
        """Take another piece in; raises Unavailable when it does not fit."""
        self._load.grow(length)
        self.bytes += length
