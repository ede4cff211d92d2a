"""`GET /.well-known/saleor-crm-keys.json`: the public keys that seals and certificates are checked with."""

from base64 import urlsafe_b64encode
from typing import Final

from sqlalchemy.exc import SQLAlchemyError
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from saleor_crm_app.kernel.db import Database
from saleor_crm_app.loyalty import points

PATH: Final = "/.well-known/saleor-crm-keys.json"
_FOR_EVERYBODY: Final = {"Cache-Control": "public, max-age=300", "Access-Control-Allow-Origin": "*"}


def public_keys_route(database: Database) -> Route:
    """Anybody may ask; keys are named by what they are, and not by whose they are."""

    async def public_keys(_request: Request) -> Response:
        try:
            async with database.intake() as session:
                keys = await points.books.public_seal_keys(session)
        except (SQLAlchemyError, OSError):
            return JSONResponse({"message": "The database does not answer; try again later"}, status_code=503)
        return JSONResponse({"keys": [as_jwk(key) for key in keys]}, headers=_FOR_EVERYBODY)

    return Route(PATH, public_keys, methods=["GET"])


def as_jwk(key: points.books.PublicSealKey) -> dict[str, object]:
    """A public key as RFC 8037 writes it, with the times between which it signed."""
    return {
        "kty": "OKP",
        "crv": "Ed25519",
        "use": "sig",
        "kid": key.id,
        "x": urlsafe_b64encode(key.public_key).rstrip(b"=").decode(),
        "made_at": key.made_at.isoformat(),
        "retired_at": None if key.retired_at is None else key.retired_at.isoformat(),
    }
