"""A shop's own key: it signs bodies as Saleor does, and shows the key set that verifies them."""

import hashlib
import json
from base64 import urlsafe_b64encode
from functools import cache
from typing import Self
from urllib.parse import urlsplit

from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey, generate_private_key
from cryptography.hazmat.primitives.hashes import SHA256

API_URL = "https://shop.example/graphql/"


class Signer:
    """Signs detached and unencoded (RFC 7797) with RS256, under the thumbprint of its key (RFC 7638)."""

    def __init__(self, key: RSAPrivateKey) -> None:
        numbers = key.public_key().public_numbers()
        public: dict[str, str | list[str]] = {"e": _number(numbers.e), "kty": "RSA", "n": _number(numbers.n)}
        self.key = key
        self.kid = _text(hashlib.sha256(json.dumps(public, separators=(",", ":")).encode()).digest())
        uses: dict[str, str | list[str]] = {
            "key_ops": ["verify"],
            "use": "sig",
            "kid": self.kid,
            "alg": "RS256",
        }
        self.jwks = {"keys": [public | uses]}
        head = {"alg": "RS256", "b64": False, "crit": ["b64"], "kid": self.kid, "typ": "JWT"}
        self._protected = _text(json.dumps(head, separators=(",", ":")).encode())

    @classmethod
    def with_new_key(cls) -> Self:
        return cls(generate_private_key(public_exponent=65537, key_size=2048))

    def sign(self, raw: bytes) -> str:
        """The value of `Saleor-Signature` for these very bytes; the same bytes always give the same value."""
        signature = self.key.sign(self._protected.encode() + b"." + raw, PKCS1v15(), SHA256())
        return f"{self._protected}..{_text(signature)}"

    def headers(self, event: str, raw: bytes, *, api_url: str = API_URL) -> dict[str, str]:
        """All headers that Saleor sends with a delivery, but those of HTTP itself."""
        own = {"Event": event, "Domain": urlsplit(api_url).netloc, "Signature": self.sign(raw)}
        return (
            {"Content-Type": "application/json", "User-Agent": "Saleor/3.23"}
            | {f"X-Saleor-{name}": value for name, value in own.items()}
            | {f"Saleor-{name}": value for name, value in own.items()}
            | {"Saleor-Api-Url": api_url}
        )


@cache
def shop() -> Signer:
    """The one shop of this process; its key is made on first use."""
    return Signer.with_new_key()


def _number(number: int) -> str:
    return _text(number.to_bytes((number.bit_length() + 7) // 8))


def _text(raw: bytes) -> str:
    return urlsafe_b64encode(raw).rstrip(b"=").decode()
