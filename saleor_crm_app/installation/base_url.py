"""Under which address the outside reaches us, for what we tell the outside to call."""

from starlette.requests import Request

from saleor_crm_app.config import Settings


def base_url(settings: Settings, request: Request) -> str:
    """`APP_API_BASE_URL`, else what the request says of itself.

    Forwarded headers count only from the proxies of FORWARDED_ALLOW_IPS, which the server has applied already.
    """
    if settings.app_api_base_url:
        return settings.app_api_base_url.rstrip("/")
    return f"{request.url.scheme}://{request.url.netloc}"
