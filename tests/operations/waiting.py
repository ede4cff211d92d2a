"""Waiting for something that another process or task brings about."""

import asyncio
from collections.abc import Awaitable, Callable


async def until(holds: Callable[[], Awaitable[bool]], *, seconds: float) -> None:
    """Ask again and again, and give up after so many seconds with TimeoutError."""
    async with asyncio.timeout(seconds):
        while not await holds():  # noqa: ASYNC110 # what is waited for is in another process and sets no event
            await asyncio.sleep(0.05)
