"""The signer against an independent implementation of the signatures."""

import json
from base64 import urlsafe_b64decode

import pytest
from joserfc import jws
from joserfc.errors import BadSignatureError
from joserfc.jwk import RSAKey

from tests.reliability.signer import Signer, shop

RAW = '{"__typename": "OrderPaid", "note": "naïve"}'.encode()


def protected(signature: str) -> dict[str, object]:
    head = signature.partition(".")[0]
    decoded: dict[str, object] = json.loads(urlsafe_b64decode(head + "=" * (-len(head) % 4)))
    return decoded


def test_signs_the_raw_bytes_detached_so_that_the_published_key_verifies_them() -> None:
    signature = shop().sign(RAW)
    (key,) = map(RSAKey.import_key, shop().jwks["keys"])
    assert signature.split(".")[1] == ""
    jws.deserialize_compact(signature, key, payload=RAW, algorithms=["RS256"])
    with pytest.raises(BadSignatureError):
        jws.deserialize_compact(signature, key, payload=RAW + b" ", algorithms=["RS256"])


def test_states_the_header_that_saleor_states() -> None:
    head = protected(shop().sign(RAW))
    assert head == {"alg": "RS256", "b64": False, "crit": ["b64"], "kid": shop().kid, "typ": "JWT"}
    assert shop().kid == RSAKey.import_key(shop().jwks["keys"][0]).thumbprint()


def test_gives_the_same_bytes_the_same_signature_and_another_shop_another() -> None:
    assert shop().sign(RAW) == shop().sign(RAW)
    assert Signer.with_new_key().kid != shop().kid


def test_sends_the_headers_of_a_delivery() -> None:
    headers = shop().headers("order_paid", RAW, api_url="http://127.0.0.1:8000/graphql/")
    signature = shop().sign(RAW)
    assert headers == {
        "Content-Type": "application/json",
        "User-Agent": "Saleor/3.23",
        "X-Saleor-Event": "order_paid",
        "X-Saleor-Domain": "127.0.0.1:8000",
        "X-Saleor-Signature": signature,
        "Saleor-Event": "order_paid",
        "Saleor-Domain": "127.0.0.1:8000",
        "Saleor-Signature": signature,
        "Saleor-Api-Url": "http://127.0.0.1:8000/graphql/",
    }
