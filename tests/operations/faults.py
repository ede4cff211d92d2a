"""Looking for faults as `doctor` does, and something that answers in place of what should."""

from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager

import uvicorn
from pydantic import SecretStr
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from saleor_crm_app.cli.checks.examination import examine
from saleor_crm_app.cli.checks.findings import Finding, Result
from saleor_crm_app.config import Settings
from tests.journeys.conftest import SECRET, QuietServer
from tests.operations.serving import loopback

OWN = {"secret_key": SecretStr(SECRET), "setup_code": SecretStr("off"), "allow_private_hosts": True}


async def faults(url: str, group: str, **settings: object) -> dict[str, Finding]:
    """What is not well in one group, by the check's name."""
    chosen = Settings.model_validate(OWN | settings)
    found = await examine(chosen, url, [group])
    return {finding.check: finding for finding in found if finding.result in {Result.FAILED, Result.WARNING}}


@asynccontextmanager
async def answering(answer: Callable[[Request], Response], **options: object) -> AsyncIterator[str]:
    async def serve(request: Request) -> Response:
        return answer(request)

    app = Starlette(routes=[Route("/{path:path}", serve)])
    config = uvicorn.Config(app, log_config=None, access_log=False, ws="none", **options)  # type: ignore[arg-type] # any option
    async with loopback(QuietServer(config)) as url:
        yield url
