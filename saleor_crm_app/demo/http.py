"""How the shop calls apps: Saleor's time limits, no redirects, no proxies of the machine."""

import ssl
from functools import cache

import httpx

TIMEOUT = httpx.Timeout(18.0, connect=2.0)
_LIMITS = httpx.Limits(keepalive_expiry=1.0)
"""Idle connections are let go before a server's usual five seconds end, else a request meets a closing one."""


def new_client(base_url: str = "") -> httpx.AsyncClient:
    """A client to be closed by whoever asked for it."""
    return httpx.AsyncClient(base_url=base_url, timeout=TIMEOUT, limits=_LIMITS, verify=_trust(), trust_env=False)


@cache
def _trust() -> ssl.SSLContext:
    """Reading the certificates takes a while, so it is done once."""
    return ssl.create_default_context()
