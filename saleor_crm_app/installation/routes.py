"""The routes of installing: the manifest, and the hand-shake that brings the shop's token."""

import re
from typing import Final

from starlette.requests import ClientDisconnect, Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from saleor_crm_app.config import Settings, SettingsError
from saleor_crm_app.installation.base_url import NoHost, base_url
from saleor_crm_app.installation.manifest import REGISTER_PATH, build_manifest
from saleor_crm_app.installation.register import NotRegistered, Registrar
from saleor_crm_app.installation.setup_code import opens, setup_code
from saleor_crm_app.kernel.db import Database
from saleor_crm_app.kernel.telemetry import logger
from saleor_crm_app.saleor.directory import InstallationDirectory
from saleor_crm_app.saleor.documents import versions_known
from saleor_crm_app.saleor.http import CallPolicy
from saleor_crm_app.saleor.secrets import Vault
from saleor_crm_app.saleor.versions import UnsupportedVersion

LARGEST_BODY: Final = 8_000
_NO_SUCH_PAGE: Final = "Not found. The address of the manifest carries a setup code; `saleor-crm serve` prints it"

log = logger(__name__)


def routes(
    settings: Settings, database: Database, directory: InstallationDirectory, vault: Vault, policy: CallPolicy
) -> list[Route]:
    """`GET /api/manifest` and `POST /api/register`.

    Raises SettingsError when ALLOWED_DOMAIN_PATTERN is no pattern.
    """
    registrar = Registrar(
        settings=settings,
        admitted=_admitted(settings),
        database=database,
        directory=directory,
        vault=vault,
        policy=policy,
    )

    async def manifest(request: Request) -> Response:
        return _manifest(settings, request)

    async def register(request: Request) -> Response:
        return await _register(settings, registrar, request)

    return [
        Route("/api/manifest", manifest, methods=["GET"]),
        Route(REGISTER_PATH, register, methods=["POST"]),
    ]


def _admitted(settings: Settings) -> re.Pattern[str]:
    try:
        return re.compile(settings.allowed_domain_pattern, re.IGNORECASE)
    except re.error as error:
        raise SettingsError(f"ALLOWED_DOMAIN_PATTERN: is no regular expression: {error}") from None


def _manifest(settings: Settings, request: Request) -> Response:
    if not opens(request.query_params.get("setup"), settings):
        return _refused(404, _NO_SUCH_PAGE)
    version = request.headers.get("saleor-schema-version") or str(versions_known()[-1])
    try:
        content = build_manifest(
            base_url(settings, request), version, app_id=settings.manifest_app_id, setup=setup_code(settings)
        )
    except (UnsupportedVersion, NoHost) as refusal:
        return _refused(400, str(refusal))
    return JSONResponse(content)


async def _register(settings: Settings, registrar: Registrar, request: Request) -> Response:
    if not opens(request.query_params.get("setup"), settings):
        return _refused(404, _NO_SUCH_PAGE)
    body = bytearray()
    try:
        async for chunk in request.stream():
            body += chunk
            if len(body) > LARGEST_BODY:
                return _refused(413, f"The body is longer than {LARGEST_BODY} bytes")
        await registrar.register(request.headers.get("saleor-api-url"), bytes(body))
    except NotRegistered as refusal:
        log.warning("not_registered", status=refusal.status, reason=str(refusal))
        return _refused(refusal.status, str(refusal))
    except ClientDisconnect:
        return _refused(400, "The body did not arrive whole")
    return JSONResponse({"success": True})


def _refused(status: int, sentence: str) -> Response:
    """In the form that Saleor shows to the staff who install."""
    return JSONResponse({"error": {"message": sentence}}, status_code=status)
