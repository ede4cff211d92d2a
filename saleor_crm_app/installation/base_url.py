"""Under which address the outside reaches us, for what we tell the outside to call."""

import re
from typing import Final

from starlette.requests import Request

from saleor_crm_app.config import Settings
from saleor_crm_app.kernel.errors import BadInput

_HOST: Final = re.compile(r"([A-Za-z0-9._-]{1,253}|\[[0-9A-Fa-f:.]{2,45}\])(:\d{1,5})?")


class NoHost(BadInput):
    """A request that does not say where it was sent."""


def base_url(settings: Settings, request: Request) -> str:
    """`APP_API_BASE_URL`, else what the request says of itself.

    Forwarded headers count only from the proxies of FORWARDED_ALLOW_IPS, which the server has applied already.
    Raises NoHost when the Host header names none.
    """
    if settings.app_api_base_url:
        return settings.app_api_base_url.rstrip("/")
    host = request.headers.get("host", "")
    if _HOST.fullmatch(host) is None:
        raise NoHost("The header Host names no host; set APP_API_BASE_URL")
    return f"{request.url.scheme}://{host}"
