"""A shop's public keys: read once from its JWKS, kept as key objects ready to verify with."""

from collections.abc import Mapping
from typing import Any, Final

from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey, RSAPublicNumbers

from saleor_crm_app.kernel.errors import BadInput
from saleor_crm_app.saleor.jose import ALGORITHM, KEY_NAME, Unauthorized, unpadded

_MOST_KEYS: Final = 20
_SIZES: Final = range(2048, 8193)
_LARGEST_EXPONENT: Final = 32
"""In bits, both: smaller keys are weak, larger ones make every verification dear."""

KeySet = Mapping[str, RSAPublicKey]
"""Keys by their `kid`."""


class UnusableKeys(BadInput):
    """A JWKS without a single key that can verify RS256, or with too many."""


def read_keys(jwks: object) -> KeySet:
    """Take every key of a JWKS that can verify RS256 and is named; what else is there is passed over.

    Raises UnusableKeys.
    """
    return {kid: key for kid, (key, _) in _usable(jwks).items()}


def usable_jwks(jwks: object) -> dict[str, Any]:
    """The same keys as a JWKS to keep: public members only, nothing that we would not use.

    Raises UnusableKeys.
    """
    return {"keys": [kept for _, kept in _usable(jwks).values()]}


def _usable(jwks: object) -> dict[str, tuple[RSAPublicKey, dict[str, str]]]:
    entries = jwks.get("keys") if isinstance(jwks, dict) else None
    if not isinstance(entries, list):
        raise UnusableKeys("The shop's key set is no JWKS")
    if len(entries) > _MOST_KEYS:
        raise UnusableKeys(f"The shop's key set holds more than {_MOST_KEYS} keys")
    found: dict[str, tuple[RSAPublicKey, dict[str, str]]] = {}
    for entry in entries:
        key = _key(entry) if isinstance(entry, dict) and _verifies(entry) else None
        if key is not None:
            kept = {"kty": "RSA", "kid": entry["kid"], "n": entry["n"], "e": entry["e"]}
            found.setdefault(entry["kid"], (key, kept))
    if not found:
        raise UnusableKeys("The shop's key set holds no key for RS256")
    return found


def _verifies(entry: dict[str, Any]) -> bool:
    kid, operations = entry.get("kid"), entry.get("key_ops", ["verify"])
    return (
        entry.get("kty") == "RSA"
        and isinstance(kid, str)
        and KEY_NAME.fullmatch(kid) is not None
        and entry.get("use", "sig") == "sig"
        and entry.get("alg", ALGORITHM) == ALGORITHM
        and isinstance(operations, list)
        and "verify" in operations
    )


def _key(entry: dict[str, Any]) -> RSAPublicKey | None:
    modulus, exponent = _number(entry.get("n")), _number(entry.get("e"))
    if modulus.bit_length() not in _SIZES or exponent.bit_length() > _LARGEST_EXPONENT:
        return None
    try:
        return RSAPublicNumbers(exponent, modulus).public_key()
    except ValueError:
        return None


def _number(text: object) -> int:
    """A member of a key as base64url; 0, which no key has, for anything else."""
    try:
        return int.from_bytes(unpadded(text)) if isinstance(text, str) else 0
    except Unauthorized:
        return 0
