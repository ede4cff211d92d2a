"""Every call to a shop: one origin per client, public addresses only, no redirects, bounded in time and size.

Unavailable
└── CallFailed            no usable answer
    ├── ForbiddenAddress  the address may not be called
    ├── Redirected        the shop points elsewhere; we do not follow
    ├── TooLarge          the answer is longer than we read
    └── Unreachable       no connection, no answer in time, or an answer that is no HTTP
"""

import asyncio
import socket
import ssl
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from functools import cache
from ipaddress import ip_address

import httpx

from saleor_crm_app.kernel.errors import Unavailable
from saleor_crm_app.saleor.addresses import is_public

Resolver = Callable[[str, int], Awaitable[Sequence[str]]]
"""Gives every address of a host name; raises OSError when there is none."""

_MEGABYTE = 1_000_000


class CallFailed(Unavailable):
    """A shop gave no usable answer."""


class ForbiddenAddress(CallFailed):
    """An address that is never called: not https, not public, or not the origin this client is for."""


class Redirected(CallFailed):
    """The shop answered with a redirect."""


class TooLarge(CallFailed):
    """The answer is longer than what we read."""


class Unreachable(CallFailed):
    """No connection, no answer in time, or no HTTP."""


async def resolve(host: str, port: int) -> list[str]:
    """Ask the system for every address of a name."""
    found = await asyncio.get_running_loop().getaddrinfo(host, port, type=socket.SOCK_STREAM)
    return list(dict.fromkeys(str(entry[4][0]) for entry in found))


@cache
def _tls() -> ssl.SSLContext:
    # reading the certificates takes tens of milliseconds, so all clients share them
    return httpx.create_ssl_context()


@dataclass(frozen=True, slots=True, kw_only=True)
class CallPolicy:
    """How far a call may go; `allow_private` is for development and lets plain http and inner addresses pass."""

    allow_private: bool = False
    total_seconds: float = 5.0
    most_bytes: int = _MEGABYTE
    resolver: Resolver = resolve
    tls: ssl.SSLContext | None = None


def origin_of(url: httpx.URL) -> tuple[str, str, int]:
    """Scheme, host and port of an address."""
    return url.scheme, url.raw_host.decode("ascii"), url.port or (443 if url.scheme == "https" else 80)


def callable_url(text: str, policy: CallPolicy) -> httpx.URL:
    """Read an address that may be called as far as one can tell before its name is resolved.

    Raises ForbiddenAddress.
    """
    try:
        url = httpx.URL(text)
    except (httpx.InvalidURL, ValueError) as error:
        raise ForbiddenAddress("That is not an address of the web") from error
    if url.scheme != "https" and not (policy.allow_private and url.scheme == "http"):
        raise ForbiddenAddress("Only addresses that begin with https:// are called")
    if not url.host or url.userinfo or (url.port or 0) > 65535:
        raise ForbiddenAddress("An address needs a host name and may carry no user or password")
    return url


def shop_client(url: str, policy: CallPolicy, *, headers: dict[str, str] | None = None) -> httpx.AsyncClient:
    """A client for the one origin of `url`; every answer it gives is read whole already.

    Raises ForbiddenAddress; its calls raise CallFailed and nothing else.
    """
    guarded = GuardedTransport(callable_url(url, policy), policy)
    return httpx.AsyncClient(
        transport=guarded,
        trust_env=False,
        follow_redirects=False,
        # the whole call is bounded by the transport; half of it lets a second address be tried
        timeout=httpx.Timeout(None, connect=policy.total_seconds / 2),
        # a compressed answer could unfold to any size
        headers={"User-Agent": "saleor-crm", "Accept-Encoding": "identity"} | (headers or {}),
    )


class GuardedTransport(httpx.AsyncBaseTransport):
    """Resolves once, refuses unless every address is public, and connects to just those addresses.

    Bound to one origin: neither a connection nor a token of one shop is ever used for another.
    """

    def __init__(self, url: httpx.URL, policy: CallPolicy, *, network: httpx.AsyncBaseTransport | None = None) -> None:
        self._origin = origin_of(url)
        self._policy = policy
        self._network = network or httpx.AsyncHTTPTransport(
            verify=policy.tls or _tls(), trust_env=False, limits=httpx.Limits(max_connections=10)
        )

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        if origin_of(request.url) != self._origin:
            raise ForbiddenAddress("This client is for another shop")
        try:
            async with asyncio.timeout(self._policy.total_seconds):
                response = await self._send(request, await self._addresses())
                try:
                    return await self._read(response)
                finally:
                    await response.aclose()
        except TimeoutError as error:
            raise Unreachable(f"No answer within {self._policy.total_seconds:g} seconds") from error
        except httpx.TransportError as error:
            raise Unreachable(f"The connection failed: {type(error).__name__}") from error

    async def _addresses(self) -> Sequence[str]:
        _, host, port = self._origin
        try:
            addresses: Sequence[str] = [str(ip_address(host.strip("[]")))]
        except ValueError:
            addresses = await self._resolved(host, port)
        if not self._policy.allow_private and not all(map(is_public, addresses)):
            raise ForbiddenAddress("That host has an address inside a private network")
        return addresses

    async def _resolved(self, host: str, port: int) -> Sequence[str]:
        try:
            addresses = await self._policy.resolver(host, port)
        except (OSError, UnicodeError) as error:
            raise Unreachable("That host name has no address") from error
        if not addresses:
            raise Unreachable("That host name has no address")
        return addresses

    async def _send(self, request: httpx.Request, addresses: Sequence[str]) -> httpx.Response:
        """Try one address after the other; only a connection that never came about leads to the next."""
        last = len(addresses) - 1
        for place, address in enumerate(addresses):
            try:
                return await self._network.handle_async_request(self._aimed(request, address))
            except (httpx.ConnectError, httpx.ConnectTimeout):
                if place == last:
                    raise
        raise Unreachable("That host name has no address")

    def _aimed(self, request: httpx.Request, address: str) -> httpx.Request:
        """The same request to a numeric address; Host header and certificate stay those of the name."""
        _, host, _ = self._origin
        return httpx.Request(
            method=request.method,
            url=request.url.copy_with(host=address),
            headers=request.headers,
            stream=request.stream,
            extensions={**request.extensions, "sni_hostname": host.strip("[]")},
        )

    async def _read(self, response: httpx.Response) -> httpx.Response:
        if 300 <= response.status_code < 400:
            raise Redirected("The shop answered with a redirect; use the address it redirects to")
        if response.headers.get("content-encoding", "identity") != "identity":
            raise Unreachable("The shop answered compressed although asked not to")
        body = bytearray()
        if not isinstance(response.stream, httpx.AsyncByteStream):
            raise Unreachable("The answer cannot be read")
        async for chunk in response.stream:
            body += chunk
            if len(body) > self._policy.most_bytes:
                raise TooLarge(f"The answer is longer than {self._policy.most_bytes} bytes")
        return httpx.Response(response.status_code, headers=response.headers, content=bytes(body))

    async def aclose(self) -> None:
        await self._network.aclose()
