"""The manifest: the fixed part from `manifest.json`, the webhooks from their definitions."""

from functools import cache
from importlib.metadata import version
from typing import Any, Final
from urllib.parse import urlencode

import msgspec

from saleor_crm_app.kernel.resources import data_path
from saleor_crm_app.saleor.documents import document
from saleor_crm_app.webhooks import PATH, WEBHOOKS

REGISTER_PATH: Final = "/api/register"


def build_manifest(base_url: str, saleor_version: str, *, app_id: str, setup: str | None) -> dict[str, Any]:
    """What a Saleor of this version is to install; `setup` comes back to us with the token.

    Raises UnsupportedVersion for a Saleor older than 3.21 and for what is no version.
    """
    query = f"?{urlencode({'setup': setup})}" if setup else ""
    return {
        "id": app_id,
        "version": version("saleor-crm"),
        **_fixed_part(),
        "tokenTargetUrl": f"{base_url}{REGISTER_PATH}{query}",
        "webhooks": [
            wanted | {"identifier": webhook.identifier}
            for webhook, wanted in zip(WEBHOOKS, wanted_webhooks(base_url, saleor_version), strict=True)
        ],
    }


def wanted_webhooks(base_url: str, saleor_version: str) -> list[dict[str, Any]]:
    """Our webhooks as a Saleor of this version is to have them, in the words of its `WebhookCreateInput`.

    Raises UnsupportedVersion likewise.
    """
    return [
        {
            "name": webhook.name,
            "targetUrl": base_url + PATH,
            "asyncEvents": list(webhook.events_in(saleor_version)),
            "query": document(webhook.document, saleor_version),
            "isActive": True,
        }
        for webhook in WEBHOOKS
    ]


@cache
def _fixed_part() -> dict[str, Any]:
    return msgspec.json.decode(data_path("manifest.json").read_bytes(), type=dict[str, Any])
