"""`GET /metrics`, and who may read it: whoever holds the token, and without one only this very machine."""

import hmac
from collections.abc import Awaitable, Callable, Iterable
from ipaddress import ip_address
from typing import Final
from urllib.parse import urlsplit

from prometheus_client.metrics_core import Metric
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from saleor_crm_app.config import Settings
from saleor_crm_app.kernel.metrics import CONTENT_TYPE, exposition

Read = Callable[[], Awaitable[Iterable[Metric]]]
"""Reads the figures that no process counts; never raises."""

_FORWARDED: Final = frozenset({"forwarded", "x-forwarded-for", "x-forwarded-host", "x-real-ip", "via"})


def metrics_route(settings: Settings, read: Read) -> Route:
    """The route; `read` is asked at each scrape."""

    async def metrics(request: Request) -> Response:
        refusal = _refusal(settings, request)
        return refusal or Response(exposition(await read()), media_type=CONTENT_TYPE)

    return Route("/metrics", metrics, methods=["GET"])


def _refusal(settings: Settings, request: Request) -> Response | None:
    if settings.metrics_token is None:
        if _is_at_home(settings, request):
            return None
        return JSONResponse({"message": "Set METRICS_TOKEN to read metrics from elsewhere"}, status_code=404)
    wanted = f"Bearer {settings.metrics_token.get_secret_value()}"
    if hmac.compare_digest(request.headers.get("authorization", "").encode(), wanted.encode()):
        return None
    return JSONResponse(
        {"message": "METRICS_TOKEN is wanted as a bearer token"},
        status_code=401,
        headers={"WWW-Authenticate": "Bearer"},
    )


def _is_at_home(settings: Settings, request: Request) -> bool:
    """Whether caller and app are one machine that nobody outside reaches.

    A proxy on this machine calls from loopback too, with the words of anybody. It may leave no trace in the
    request, but then APP_API_BASE_URL names the outside, or no shop could install the app.
    """
    if settings.app_api_base_url and not _is_loopback(urlsplit(settings.app_api_base_url).hostname):
        return False
    if _FORWARDED & set(request.headers):
        return False
    caller = request.client.host if request.client else None
    return _is_loopback(caller) and _is_loopback(request.url.hostname)


def _is_loopback(host: str | None) -> bool:
    if host == "localhost":
        return True
    try:
        return host is not None and ip_address(host).is_loopback
    except ValueError:
        return False
