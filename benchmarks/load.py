"""The load: a process of its own that sends requests made beforehand over connections kept alive.

It parses no more of an answer than its status and length, so that it is not what is measured.
"""

import asyncio
import json
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from itertools import cycle, islice
from pathlib import Path
from typing import Any

import uvloop

CONNECTIONS = 64


@dataclass(frozen=True, slots=True, kw_only=True)
class Sent:
    """What came of a load: answers by status, from the first request to the last answer."""

    done: int
    seconds: float
    p50_ms: float
    p99_ms: float
    statuses: dict[str, int]


def send(requests: Path, *, port: int, number: int) -> Sent:
    """Send so many requests of a file, from its start again where it is too short.

    Raises ValueError when any was answered otherwise than by 200: such a measurement says nothing.
    """
    command = [sys.executable, "-m", "benchmarks.load", str(requests), str(port), str(number)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode:
        raise ChildProcessError(done.stderr[-2000:])
    sent = Sent(**json.loads(done.stdout))
    if set(sent.statuses) != {"200"}:
        raise ValueError(f"not every request was answered by 200: {sent.statuses}")
    return sent


def write(requests: Sequence[bytes], path: Path) -> Path:
    """Keep requests for `send`."""
    path.write_bytes(b"".join(len(request).to_bytes(4) + request for request in requests))
    return path


def _read(path: Path) -> Iterator[bytes]:
    raw = memoryview(path.read_bytes())
    at = 0
    while at < len(raw):
        length = int.from_bytes(raw[at : at + 4])
        yield bytes(raw[at + 4 : at + 4 + length])
        at += 4 + length


@dataclass
class _Load:
    """What all connections share: the requests still to send, and what was seen."""

    waiting: Iterator[bytes]
    statuses: Counter[str] = field(default_factory=Counter)
    seconds: list[float] = field(default_factory=list)


class _Connection(asyncio.Protocol):
    """One connection: sends the next request as soon as the last one is answered."""

    def __init__(self, load: _Load) -> None:
        self._load = load
        self._seen = b""
        self._began = 0.0
        self.ended: asyncio.Future[None] = asyncio.get_running_loop().create_future()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport: Any = transport
        self._next()

    def data_received(self, data: bytes) -> None:
        self._seen += data
        head, found, body = self._seen.partition(b"\r\n\r\n")
        if not found or len(body) < _length(head):
            return
        self._load.seconds.append(time.perf_counter() - self._began)
        self._load.statuses[head[9:12].decode()] += 1
        self._seen = b""
        self._next()

    def connection_lost(self, error: Exception | None) -> None:
        if not self.ended.done():
            self.ended.set_exception(error or ConnectionError("the server hung up"))

    def _next(self) -> None:
        request = next(self._load.waiting, None)
        if request is None:
            if not self.ended.done():
                self.ended.set_result(None)
            self._transport.close()
            return
        self._began = time.perf_counter()
        self._transport.write(request)


def _length(head: bytes) -> int:
    _, _, after = head.lower().partition(b"content-length:")
    return int(after.split(b"\r\n", 1)[0])


async def _drive(load: _Load, port: int) -> float:
    loop = asyncio.get_running_loop()
    began = time.perf_counter()
    connections = [
        protocol
        for _, protocol in await asyncio.gather(
            *(loop.create_connection(lambda: _Connection(load), "127.0.0.1", port) for _ in range(CONNECTIONS))
        )
    ]
    await asyncio.gather(*(connection.ended for connection in connections))
    return time.perf_counter() - began


def _main(path: str, port: str, number: str) -> None:
    requests = list(_read(Path(path)))
    load = _Load(islice(cycle(requests), int(number)))
    seconds = uvloop.run(_drive(load, int(port)))
    took = sorted(load.seconds)
    sent = {
        "done": len(took),
        "seconds": seconds,
        "p50_ms": took[len(took) // 2] * 1000,
        "p99_ms": took[len(took) * 99 // 100] * 1000,
        "statuses": load.statuses,
    }
    sys.stdout.write(json.dumps(sent))


if __name__ == "__main__":
    _main(*sys.argv[1:])
