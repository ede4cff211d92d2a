"""Tokens for tests, signed as Saleor signs them, or wrongly on purpose."""

import json
from base64 import urlsafe_b64encode
from typing import Any

from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
from cryptography.hazmat.primitives.hashes import SHA256

from tests.reliability.signer import Signer

NOW = 1_795_303_500


def encoded(content: object) -> str:
    raw = content if isinstance(content, bytes) else json.dumps(content).encode()
    return urlsafe_b64encode(raw).rstrip(b"=").decode()


def signed(signer: Signer, header: object, claims: object) -> str:
    """A compact JWS over whatever is given; bytes are taken as they are."""
    head = f"{encoded(header)}.{encoded(claims)}"
    return f"{head}.{encoded(signer.key.sign(head.encode(), PKCS1v15(), SHA256()))}"


def header(signer: Signer, **changes: object) -> dict[str, Any]:
    return {"alg": "RS256", "kid": signer.kid, "typ": "JWT"} | changes


def customer_claims(api_url: str, **changes: object) -> dict[str, Any]:
    return {
        "iat": NOW,
        "owner": "saleor",
        "iss": api_url,
        "exp": NOW + 300,
        "token": "f8s7MtephoUG",
        "email": "ashley.cook@example.com",
        "type": "access",
        "user_id": "VXNlcjo2",
        "is_staff": False,
    } | changes


def staff_claims(api_url: str, **changes: object) -> dict[str, Any]:
    return (
        customer_claims(
            api_url,
            type="thirdparty",
            user_id="VXNlcjoyMQ==",
            email="admin@example.com",
            is_staff=True,
            app="QXBwOjE=",
            permissions=["MANAGE_USERS"],
            user_permissions=["MANAGE_USERS", "MANAGE_APPS"],
        )
        | changes
    )
