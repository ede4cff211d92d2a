"""Sending webhooks: concurrently, again after failures by Saleor's table, and badly when asked to."""

import asyncio
import random
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from time import monotonic

import httpx

from saleor_crm_app.demo.apps import App, Webhook
from saleor_crm_app.demo.events import APP_LIFE, ShopEvent
from saleor_crm_app.demo.http import new_client
from saleor_crm_app.kernel import clock

RETRY_WAITS = tuple(10.0 * 2**retry for retry in range(5))
"""Seconds before each of the five further attempts: 10, 20, 40, 80, 160."""


class DeliveryStatus(StrEnum):
    PENDING = "PENDING"
    SUCCESS = "SUCCESS"
    FAILED = "FAILED"


@dataclass(frozen=True, slots=True, kw_only=True)
class Attempt:
    """One request; `status_code` is None when no answer came, `error` then says why."""

    at: datetime
    status_code: int | None = None
    error: str = ""

    @property
    def is_success(self) -> bool:
        return self.status_code is not None and 200 <= self.status_code < 300

    @property
    def is_final(self) -> bool:
        """Success, and every 3xx and 4xx: only silence and 5xx are tried again."""
        return self.status_code is not None and self.status_code < 500


@dataclass(slots=True, eq=False, kw_only=True)
class Delivery:
    """One event for one webhook; the body stays the same through all attempts.

    `headers` are of the last attempt: each one is signed anew, which makes a difference only after a change of keys.
    """

    event: ShopEvent
    webhook: Webhook
    app: App
    make_body: Callable[[], bytes | None]
    make_headers: Callable[[bytes], dict[str, str]]
    is_spoiled: bool = False
    body: bytes = b""
    headers: dict[str, str] = field(default_factory=dict)
    status: DeliveryStatus = DeliveryStatus.PENDING
    attempts: list[Attempt] = field(default_factory=list)

    @property
    def is_wanted(self) -> bool:
        """Whether app and webhook still are as they must be when a worker picks this up."""
        is_heard = self.app.is_alive or self.event.type in APP_LIFE
        return is_heard and self.webhook.is_active and self.webhook in self.app.webhooks


@dataclass(slots=True, kw_only=True)
class Chaos:
    """What goes wrong on purpose; probabilities from 0 to 1 of each delivery."""

    duplicate: float = 0.0
    drop: float = 0.0
    bad_signature: float = 0.0
    shuffle: bool = False
    seed: int = 0


class Deliveries:
    """The shop's queue of webhooks; `log` keeps every delivery, the successful ones too."""

    def __init__(
        self,
        *,
        speedup: float = 1.0,
        sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
        concurrency: int = 8,
    ) -> None:
        self.log: list[Delivery] = []
        self.speedup = speedup
        self._sleep = sleep
        self._slots = _Slots(concurrency)
        self._tasks: set[asyncio.Task[None]] = set()
        self._faults: list[BaseException] = []
        self._client: httpx.AsyncClient | None = None
        self.chaos = Chaos()

    @property
    def chaos(self) -> Chaos:
        return self._chaos

    @chaos.setter
    def chaos(self, chaos: Chaos) -> None:
        self._chaos = chaos
        self._random = random.Random(chaos.seed)  # noqa: S311 - repeatable trouble, not a secret
        self._slots.pick = self._random.randrange if chaos.shuffle else _first

    @property
    def failed(self) -> list[Delivery]:
        """What Saleor keeps for 14 days and shows as FAILED."""
        return [delivery for delivery in self.log if delivery.status is DeliveryStatus.FAILED]

    def send(self, delivery: Delivery) -> None:
        """Queue a delivery; needs a running event loop."""
        task = asyncio.get_running_loop().create_task(self._run(delivery))
        self._tasks.add(task)
        task.add_done_callback(self._finish)

    async def settled(self, *, within: float | None = None) -> bool:
        """Wait until nothing is under way, retries included; False when that takes longer than `within` seconds.

        Raises what went wrong inside the shop itself.
        """
        deadline = None if within is None else monotonic() + within
        while self._tasks:
            left = None if deadline is None else deadline - monotonic()
            if left is not None and left <= 0:
                return False
            await asyncio.wait(self._tasks, timeout=left)
        if self._faults:
            raise self._faults.pop(0)
        return True

    async def aclose(self) -> None:
        """Give up what is under way and close connections."""
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        if self._client is not None:
            await self._client.aclose()
            self._client = None

    def _finish(self, task: asyncio.Task[None]) -> None:
        self._tasks.discard(task)
        if not task.cancelled() and (fault := task.exception()) is not None:
            self._faults.append(fault)

    async def _run(self, delivery: Delivery) -> None:
        delivery.is_spoiled = self._random.random() < self.chaos.bad_signature
        is_dropped = self._random.random() < self.chaos.drop
        is_doubled = self._random.random() < self.chaos.duplicate
        body = delivery.make_body()
        if body is None:
            return
        delivery.body = body
        self.log.append(delivery)
        if is_dropped:
            delivery.status = DeliveryStatus.FAILED
            return
        await self._send_until_final(delivery)
        if is_doubled and delivery.status is DeliveryStatus.SUCCESS:
            await self._attempt(delivery)

    async def _send_until_final(self, delivery: Delivery) -> None:
        for wait in (*RETRY_WAITS, None):
            if not delivery.is_wanted:
                break
            attempt = await self._attempt(delivery)
            if attempt.is_success:
                delivery.status = DeliveryStatus.SUCCESS
                return
            if attempt.is_final or wait is None:
                break
            await self._sleep(wait / self.speedup)
        delivery.status = DeliveryStatus.FAILED

    async def _attempt(self, delivery: Delivery) -> Attempt:
        await self._slots.acquire()
        try:
            attempt = await self._post(delivery)
        finally:
            self._slots.release()
        delivery.attempts.append(attempt)
        return attempt

    async def _post(self, delivery: Delivery) -> Attempt:
        if self._client is None:
            self._client = new_client()
        delivery.headers = delivery.make_headers(delivery.body + b" " if delivery.is_spoiled else delivery.body)
        url = delivery.webhook.target_url
        try:
            answer = await self._client.post(url, content=delivery.body, headers=delivery.headers)
        except httpx.HTTPError as error:
            return Attempt(at=clock.now(), error=f"{type(error).__name__}: {error}")
        return Attempt(at=clock.now(), status_code=answer.status_code)


def _first(_waiting: int) -> int:
    return 0


class _Slots:
    """So many requests at a time; `pick` chooses which of those in line comes next."""

    def __init__(self, free: int) -> None:
        self.pick: Callable[[int], int] = _first
        self._free = free
        self._waiting: list[asyncio.Future[None]] = []

    async def acquire(self) -> None:
        loop = asyncio.get_running_loop()
        turn: asyncio.Future[None] = loop.create_future()
        self._waiting.append(turn)
        loop.call_soon(self._grant)  # not at once: all that were queued in this moment get in line first
        await turn

    def release(self) -> None:
        self._free += 1
        self._grant()

    def _grant(self) -> None:
        while self._free and self._waiting:
            turn = self._waiting.pop(self.pick(len(self._waiting)))
            if not turn.done():
                self._free -= 1
                turn.set_result(None)
