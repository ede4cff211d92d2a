"""How often a shop may be called: so many times a minute, whichever minute one looks at."""

import asyncio
import time
from collections.abc import Awaitable, Callable
from typing import Final

REQUESTS_PER_MINUTE: Final = 120
"""What Saleor Cloud allows its free sandboxes; every other Saleor allows more."""

Sleep = Callable[[float], Awaitable[None]]


class TokenBucket:
    """Lets a sixth of the minute's calls through at once, and the others evenly after them, first come first served."""

    def __init__(
        self,
        per_minute: int = REQUESTS_PER_MINUTE,
        *,
        clock: Callable[[], float] = time.monotonic,
        sleep: Sleep = asyncio.sleep,
    ) -> None:
        self._capacity = max(1.0, per_minute / 6)
        self._per_second = (per_minute - self._capacity) / 60 or 1 / 60
        self._clock = clock
        self._sleep = sleep
        self._tokens = self._capacity
        self._at = clock()

    async def take(self) -> None:
        """Wait until one more call is bearable."""
        moment = self._clock()
        self._tokens = min(self._capacity, self._tokens + (moment - self._at) * self._per_second)
        self._at = moment
        self._tokens -= 1
        if self._tokens < 0:
            await self._sleep(-self._tokens / self._per_second)
