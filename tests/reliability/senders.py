"""Saleor's workers, many at once: each sends a delivery, again while the app is silent or says 5xx."""

import asyncio
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from itertools import cycle
from urllib.parse import urlsplit

from saleor_crm_app.demo.deliveries import RETRY_WAITS
from tests.reliability.busy_shop import API_URL
from tests.reliability.shop import Delivery
from tests.reliability.signer import Signer
from tests.reliability.signer import shop as signing_shop

PATH = "/api/webhooks/saleor"
SENDERS = 16
PATIENCE = 20.0
"""Saleor waits as long for an answer, connection included."""
SILENCE = 0
"""Stands where no status came."""


@dataclass
class Outcome:
    """How deliveries were answered: bodies that were `acknowledged`, or `given_up`; every status, with its count."""

    acknowledged: set[bytes] = field(default_factory=set)
    given_up: set[bytes] = field(default_factory=set)
    statuses: Counter[int] = field(default_factory=Counter)


@dataclass
class Senders:
    """Sends from `number` workers, turn by turn to each of `urls`; `speedup` divides the waits between tries."""

    urls: Sequence[str]
    signer: Signer = field(default_factory=signing_shop)
    api_url: str = API_URL
    number: int = SENDERS
    speedup: float = 20.0
    outcome: Outcome = field(default_factory=Outcome)

    async def send(self, deliveries: Iterable[Delivery], *, stop: asyncio.Event | None = None) -> Outcome:
        """Send all, or until told to stop; what was begun is brought to its end."""
        waiting, urls = iter(deliveries), cycle(self.urls)
        await asyncio.gather(*(self._work(waiting, urls, stop) for _ in range(self.number)))
        return self.outcome

    async def _work(self, waiting: Iterator[Delivery], urls: Iterator[str], stop: asyncio.Event | None) -> None:
        lines = {url: _Line(url) for url in self.urls}
        for delivery in waiting:
            if stop is not None and stop.is_set():
                break
            await self._deliver(delivery, lines, urls)
        for line in lines.values():
            line.close()

    async def _deliver(self, delivery: Delivery, lines: dict[str, "_Line"], urls: Iterator[str]) -> None:
        raw = delivery.raw
        request = _written(self.signer.headers(delivery.event, raw, api_url=self.api_url), raw)
        for wait in (*RETRY_WAITS, None):
            status = await lines[next(urls)].ask(request)
            self.outcome.statuses[status] += 1
            if status == 200:
                self.outcome.acknowledged.add(raw)
                return
            if wait is None or 300 <= status < 500:
                break
            await asyncio.sleep(wait / self.speedup)
        self.outcome.given_up.add(raw)


class _Line:
    """One kept connection; a client of HTTP so small that it does not become what is measured."""

    def __init__(self, url: str) -> None:
        self._host, self._port = urlsplit(url).hostname, urlsplit(url).port
        self._streams: tuple[asyncio.StreamReader, asyncio.StreamWriter] | None = None

    async def ask(self, request: bytes) -> int:
        """The answer's status; 0 where none came, and the line is made anew next time."""
        try:
            async with asyncio.timeout(PATIENCE):
                return await self._exchange(request)
        except (OSError, EOFError, TimeoutError):
            self.close()
            return SILENCE

    def close(self) -> None:
        if self._streams is not None:
            self._streams[1].close()
            self._streams = None

    async def _exchange(self, request: bytes) -> int:
        if self._streams is None:
            self._streams = await asyncio.open_connection(self._host, self._port)
        reader, writer = self._streams
        writer.write(request)
        head = (await reader.readuntil(b"\r\n\r\n")).lower()
        length = head.partition(b"\r\ncontent-length: ")[2].partition(b"\r\n")[0]
        await reader.readexactly(int(length))
        if b"\r\nconnection: close" in head:
            self.close()
        return int(head.split(b" ", 2)[1])


def _written(headers: dict[str, str], body: bytes) -> bytes:
    all_headers = {"Host": "app.example", "Content-Length": str(len(body))} | headers
    lines = [f"POST {PATH} HTTP/1.1", *(f"{name}: {value}" for name, value in all_headers.items())]
    return ("\r\n".join(lines) + "\r\n\r\n").encode() + body
