"""The shop's keys: RS256 signatures over bodies and tokens, and the JWKS that checks them."""

import base64
import hashlib
import json
from collections.abc import Mapping

from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import padding, rsa

Claims = Mapping[str, object]


class SigningKey:
    """One RSA key; its id is the RFC 7638 thumbprint of the public half."""

    def __init__(self) -> None:
        self._private = rsa.generate_private_key(public_exponent=65537, key_size=2048)
        numbers = self._private.public_key().public_numbers()
        self._n = _encoded_number(numbers.n)
        self._e = _encoded_number(numbers.e)
        thumbprint = _compact({"e": self._e, "kty": "RSA", "n": self._n})
        self.kid = _encoded(hashlib.sha256(thumbprint).digest())

    def jwk(self) -> dict[str, object]:
        """The public half, with the members that Saleor publishes."""
        return {
            "kty": "RSA",
            "key_ops": ["verify"],
            "n": self._n,
            "e": self._e,
            "use": "sig",
            "kid": self.kid,
            "alg": "RS256",
        }

    def sign_body(self, body: bytes) -> str:
        """Detached JWS with an unencoded payload (RFC 7797): the body itself is not part of it."""
        header = {"alg": "RS256", "b64": False, "crit": ["b64"], "kid": self.kid, "typ": "JWT"}
        head = _encoded(_compact(header))
        return f"{head}..{self._signature(head.encode() + b'.' + body)}"

    def sign_token(self, claims: Claims, *, header: Claims | None = None) -> str:
        """A JWT; `header` adds to or replaces `alg`, `kid` and `typ`, for tokens that should be refused."""
        head = _encoded(_compact({"alg": "RS256", "kid": self.kid, "typ": "JWT", **(header or {})}))
        signed = f"{head}.{_encoded(_compact(claims))}"
        return f"{signed}.{self._signature(signed.encode())}"

    def _signature(self, data: bytes) -> str:
        return _encoded(self._private.sign(data, padding.PKCS1v15(), hashes.SHA256()))


class KeyRing:
    """The keys the shop publishes; the first one signs."""

    def __init__(self, key: SigningKey | None = None) -> None:
        self._keys = [key or SigningKey()]

    @property
    def current(self) -> SigningKey:
        return self._keys[0]

    def rotate(self, *, keep_old: bool = False) -> SigningKey:
        """Sign with a new key from now on; self-hosted shops publish one key only and forget the old one."""
        self._keys = [SigningKey(), *(self._keys if keep_old else [])]
        return self.current

    def jwks(self) -> dict[str, list[dict[str, object]]]:
        return {"keys": [key.jwk() for key in self._keys]}

    def by_kid(self, kid: object) -> SigningKey | None:
        return next((key for key in self._keys if key.kid == kid), None)


def _compact(value: Claims) -> bytes:
    return json.dumps(value, separators=(",", ":")).encode()


def _encoded(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


def _encoded_number(number: int) -> str:
    return _encoded(number.to_bytes((number.bit_length() + 7) // 8))
