"""The storefront kit: one ES module, put together from the files of `kit/`, as browsers fetch it."""

import gzip
import re
from base64 import b64encode
from dataclasses import dataclass
from functools import cache
from hashlib import sha256, sha384
from pathlib import Path
from typing import Final

from starlette.requests import Request
from starlette.responses import JSONResponse, PlainTextResponse, Response
from starlette.routing import Route

from saleor_crm_app.storefront.schema import sdl

PARTS: Final = ("words", "dom", "api", "element", "balance", "earn", "offers", "loyalty")
"""Each uses only those before it."""

ELEMENTS: Final = {
    "loyalty-balance": "loyaltyMe(",
    "loyalty-earn": "type Product ",
    "loyalty-offers": "personalOffers(",
}
"""Each with what it asks the API for: pages put up those alone that can be filled."""

PLACE: Final = "/widget/v1"
_FOLDER: Final = Path(__file__).parent / "kit"
_IMPORT: Final = re.compile(r'^import \{[^}]*\} from "\./\w+\.js";\n', re.MULTILINE)
_EXPORT: Final = re.compile(r"^export (?=(?:const|class|function|async function) )", re.MULTILINE)
_OPEN: Final = {
    "Access-Control-Allow-Origin": "*",
    "Cross-Origin-Resource-Policy": "cross-origin",
    "X-Content-Type-Options": "nosniff",
}
_SHORT: Final = "public, max-age=300"
_FOREVER: Final = "public, max-age=31536000, immutable"


@dataclass(frozen=True, slots=True, kw_only=True)
class Kit:
    """The module as it is sent, plain and packed."""

    content: bytes
    packed: bytes
    mark: str
    """Says in its address which one it is."""
    integrity: str
    """What a page may demand of it, as Subresource Integrity writes it."""
    elements: tuple[str, ...]
    """Those that this app can fill."""

    @property
    def address(self) -> str:
        """Where this very module is, and never another."""
        return f"{PLACE}/loyalty.{self.mark}.js"


@cache
def kit() -> Kit:
    """Put the parts together: one module has no imports, and exports what its last part does."""
    text = "\n".join(_bare((_FOLDER / f"{part}.js").read_text(encoding="utf-8")) for part in PARTS)
    content, schema = text.encode(), sdl()
    return Kit(
        content=content,
        packed=gzip.compress(content, mtime=0),
        mark=sha256(content).hexdigest()[:16],
        integrity="sha384-" + b64encode(sha384(content).digest()).decode(),
        elements=tuple(name for name, asked in ELEMENTS.items() if asked in schema),
    )


def kit_routes() -> list[Route]:
    """The module by its plain and by its own address, and what a page has to know to pin it."""
    return [
        Route(f"{PLACE}/loyalty.js", _newest, methods=["GET"]),
        Route(f"{PLACE}/loyalty.json", _described, methods=["GET"]),
        Route(f"{PLACE}/loyalty.{{mark}}.js", _pinned, methods=["GET"]),
    ]


def _bare(part: str) -> str:
    return _EXPORT.sub("", _IMPORT.sub("", part))


async def _newest(request: Request) -> Response:
    return _module(request, kit(), keep=_SHORT)


async def _pinned(request: Request) -> Response:
    if request.path_params["mark"] != kit().mark:
        return PlainTextResponse("This is not the kit that is served now.", status_code=404, headers=_OPEN)
    return _module(request, kit(), keep=_FOREVER)


async def _described(_request: Request) -> Response:
    told = {"src": kit().address, "integrity": kit().integrity, "elements": kit().elements}
    return JSONResponse(told, headers=_OPEN | {"Cache-Control": _SHORT})


def _module(request: Request, one: Kit, *, keep: str) -> Response:
    is_packed = "gzip" in request.headers.get("accept-encoding", "")
    tag = f'"{one.mark}{"-gzip" if is_packed else ""}"'
    headers = _OPEN | {"Cache-Control": keep, "ETag": tag, "Vary": "Accept-Encoding"}
    if request.headers.get("if-none-match") == tag:
        return Response(status_code=304, headers=headers)
    if is_packed:
        headers["Content-Encoding"] = "gzip"
    content = one.packed if is_packed else one.content
    return Response(content, media_type="text/javascript", headers=headers)
