"""A tiny real HTTP server on loopback that stands in for a shop and counts who calls."""

import asyncio
import json
import ssl
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True, slots=True)
class Request:
    method: str
    path: str
    headers: dict[str, str]
    body: bytes

    def json(self) -> Any:  # noqa: ANN401 # whatever was sent
        return json.loads(self.body)


@dataclass(frozen=True, slots=True)
class Answer:
    body: bytes = b""
    status: int = 200
    headers: tuple[tuple[str, str], ...] = (("Content-Type", "application/json"),)

    @classmethod
    def of(cls, content: object, status: int = 200) -> "Answer":
        return cls(json.dumps(content).encode(), status)

    def written(self) -> bytes:
        lines = [f"HTTP/1.1 {self.status} X", *(f"{name}: {value}" for name, value in self.headers)]
        lines += [f"Content-Length: {len(self.body)}", "Connection: close", "", ""]
        return "\r\n".join(lines).encode() + self.body


Handler = Callable[[Request], Answer | bytes | Awaitable[Answer | bytes]]


@dataclass(slots=True)
class Loopback:
    """`answer` may be replaced at any time; bytes are sent as they are."""

    answer: Handler = lambda _: Answer()
    port: int = 0
    scheme: str = "http"
    connections: int = 0
    requests: list[Request] = field(default_factory=list)
    under_way: set[asyncio.Task[None]] = field(default_factory=set)

    @property
    def origin(self) -> str:
        return f"{self.scheme}://127.0.0.1:{self.port}"

    @property
    def api_url(self) -> str:
        return f"{self.origin}/graphql/"

    def accept(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.connections += 1
        serving = asyncio.create_task(self._serve(reader, writer))
        self.under_way.add(serving)
        serving.add_done_callback(self.under_way.discard)

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            request = await self._read(reader)
            self.requests.append(request)
            answer = self.answer(request)
            if isinstance(answer, Awaitable):
                answer = await answer
            writer.write(answer.written() if isinstance(answer, Answer) else answer)
            await writer.drain()
        except (ConnectionError, asyncio.IncompleteReadError):
            pass  # the caller hung up, which some tests want
        finally:
            writer.close()

    @staticmethod
    async def _read(reader: asyncio.StreamReader) -> Request:
        head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1").split("\r\n")
        method, path, _ = head[0].split(" ")
        headers = {name.lower(): value for name, _, value in (line.partition(": ") for line in head[1:] if line)}
        body = await reader.readexactly(int(headers.get("content-length", "0")))
        return Request(method, path, headers, body)


@asynccontextmanager
async def loopback(answer: Handler, *, tls: ssl.SSLContext | None = None) -> AsyncIterator[Loopback]:
    shop = Loopback(answer, scheme="https" if tls else "http")
    server = await asyncio.start_server(shop.accept, "127.0.0.1", 0, ssl=tls)
    shop.port = server.sockets[0].getsockname()[1]
    try:
        yield shop
    finally:
        server.close()
        for serving in [*shop.under_way]:
            serving.cancel()
        await asyncio.gather(*shop.under_way, return_exceptions=True)
        await server.wait_closed()
