"""Signatures by a shop's key, as far as detached ones and tokens are alike: RS256 and nothing else, read strictly."""

import json
import re
from base64 import urlsafe_b64decode, urlsafe_b64encode
from binascii import Error as NotBase64
from typing import Any, Final, NoReturn

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey
from cryptography.hazmat.primitives.hashes import SHA256

from saleor_crm_app.kernel.errors import CrmError

KEY_NAME: Final = re.compile(r"[A-Za-z0-9_-]{1,128}")
ALGORITHM: Final = "RS256"

_PADDING: Final = PKCS1v15()
_DIGEST: Final = SHA256()


class Unauthorized(CrmError):
    """Who sent this is not proven; trying again with the same will not help."""


def verify(key: RSAPublicKey, signature: bytes, message: bytes) -> None:
    """Raise Unauthorized unless the key's owner signed these very bytes."""
    try:
        key.verify(signature, message, _PADDING, _DIGEST)
    except InvalidSignature as error:
        raise Unauthorized("The signature does not fit") from error


def unpadded(text: str) -> bytes:
    """Decode base64url as JOSE writes it: no padding, no other characters, one spelling per value.

    Raises Unauthorized.
    """
    try:
        raw = urlsafe_b64decode(text + "=" * (-len(text) % 4))
        if urlsafe_b64encode(raw).rstrip(b"=") == text.encode("ascii"):
            return raw
    except (NotBase64, ValueError) as error:
        raise Unauthorized("Not base64url") from error
    raise Unauthorized("Not base64url")


def strict_object(raw: bytes) -> dict[str, Any]:
    """Read a JSON object that names nothing twice and holds no number beyond JSON.

    Raises Unauthorized.
    """
    try:
        found = json.loads(raw.decode("utf-8"), object_pairs_hook=_each_once, parse_constant=_no_constant)
    except (ValueError, RecursionError) as error:
        raise Unauthorized("Not a JSON object that names everything once") from error
    if not isinstance(found, dict):
        raise Unauthorized("Not a JSON object")
    return found


def key_name(header: dict[str, Any]) -> str:
    """The `kid` of a header that asks for RS256.

    Keys that a header brings along or points to (`jwk jku x5c x5u`) are never looked at. Raises Unauthorized.
    """
    if header.get("alg") != ALGORITHM:
        raise Unauthorized("Only RS256 is accepted")
    kid = header.get("kid")
    if not isinstance(kid, str) or KEY_NAME.fullmatch(kid) is None:
        raise Unauthorized("The key is not named")
    return kid


def _each_once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) != len(pairs):
        raise ValueError("named twice")
    return found


def _no_constant(name: str) -> NoReturn:
    raise ValueError(f"{name} is no JSON")
