"""Saleor's webhook signature: a detached JWS over the raw body, unencoded (RFC 7797)."""

from dataclasses import dataclass
from functools import lru_cache
from typing import Final

from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey

from saleor_crm_app.saleor import jose
from saleor_crm_app.saleor.jose import Unauthorized

_LONGEST: Final = 4096
_LONGEST_HEADER: Final = 1024


@dataclass(frozen=True, slots=True)
class DetachedSignature:
    """A signature read from its header, not yet verified; `key_name` says which key it claims."""

    key_name: str
    protected: bytes
    signature: bytes

    def verify(self, key: RSAPublicKey, body: bytes) -> None:
        """Raise Unauthorized unless the key's owner signed this very body."""
        jose.verify(key, self.signature, b"%b.%b" % (self.protected, body))


def read_signature(header: str | None) -> DetachedSignature:
    """Read the value of `Saleor-Signature`.

    Raises Unauthorized when it is missing or not exactly what Saleor sends.
    """
    if not header:
        raise Unauthorized("The delivery is not signed")
    if len(header) > _LONGEST:
        raise Unauthorized("The signature is too long")
    protected, first_dot, rest = header.partition(".")
    payload, second_dot, signature = rest.partition(".")
    if not first_dot or not second_dot or payload or not signature or "." in signature:
        raise Unauthorized("Not a detached signature")
    return DetachedSignature(_key_name(protected), protected.encode(), jose.unpadded(signature))


@lru_cache(maxsize=256)
def _key_name(protected: str) -> str:
    """Check a protected header; a shop sends the same one with every delivery."""
    if len(protected) > _LONGEST_HEADER:
        raise Unauthorized("The header is too long")
    header = jose.strict_object(jose.unpadded(protected))
    # RFC 7797: `b64` counts only when `crit` names it, and a `crit` we do not know must be refused
    if header.get("b64") is not False or header.get("crit") != ["b64"]:
        raise Unauthorized("Not signed over the unencoded body")
    return jose.key_name(header)
