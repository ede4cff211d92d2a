"""Signatures and tokens: verified by another library with nothing but the published keys."""

import base64
import hashlib
import json
from datetime import timedelta
from typing import Any

import pytest
from joserfc import jws, jwt
from joserfc.errors import BadSignatureError
from joserfc.jwk import KeySet

from saleor_crm_app.demo.apps import App
from saleor_crm_app.demo.errors import ShopRefusal
from saleor_crm_app.demo.permissions import Permission
from saleor_crm_app.demo.shop import SimulatedShop

BODY = b'{"__typename": "OrderPaid"}'


def part_of(token: str, position: int) -> dict[str, Any]:
    text = token.split(".")[position]
    content: dict[str, Any] = json.loads(base64.urlsafe_b64decode(text + "=" * (-len(text) % 4)))
    return content


def header_of(token: str) -> dict[str, Any]:
    return part_of(token, 0)


def claims_of(token: str) -> dict[str, Any]:
    return part_of(token, 1)


def published(shop: SimulatedShop) -> KeySet:
    return KeySet.import_key_set(shop.keys.jwks())  # type: ignore[arg-type]  # its own TypedDict, from JSON


def verified(signature: str, body: bytes, keys: KeySet) -> bool:
    try:
        jws.deserialize_compact(signature, keys, algorithms=["RS256"], payload=body)
    except BadSignatureError:
        return False
    return True


def test_a_body_is_signed_detached_and_unencoded(unserved: SimulatedShop) -> None:
    signature = unserved.keys.current.sign_body(BODY)
    kid = unserved.keys.current.kid
    assert header_of(signature) == {"alg": "RS256", "b64": False, "crit": ["b64"], "kid": kid, "typ": "JWT"}
    assert signature.split(".")[1] == ""
    assert verified(signature, BODY, published(unserved))
    assert not verified(signature, BODY + b" ", published(unserved))


def test_signing_the_same_bytes_again_gives_the_same_signature(unserved: SimulatedShop) -> None:
    assert unserved.keys.current.sign_body(BODY) == unserved.keys.current.sign_body(BODY)


def test_the_key_id_is_the_thumbprint_of_rfc_7638(unserved: SimulatedShop) -> None:
    (key,) = unserved.keys.jwks()["keys"]
    members = json.dumps({name: key[name] for name in ("e", "kty", "n")}, separators=(",", ":"))
    digest = hashlib.sha256(members.encode()).digest()
    assert key["kid"] == base64.urlsafe_b64encode(digest).rstrip(b"=").decode()


def test_a_rotated_key_replaces_the_old_one_or_joins_it() -> None:
    shop = SimulatedShop()
    old = shop.keys.current
    assert [key["kid"] for key in shop.keys.jwks()["keys"]] == [old.kid]
    joined = shop.keys.rotate(keep_old=True)
    assert [key["kid"] for key in shop.keys.jwks()["keys"]] == [joined.kid, old.kid]
    alone = shop.keys.rotate()
    assert [key["kid"] for key in shop.keys.jwks()["keys"]] == [alone.kid]
    assert verified(shop.keys.current.sign_body(BODY), BODY, published(shop))


def test_a_customers_token(unserved: SimulatedShop) -> None:
    unserved.origin = "https://shop.example"
    anna = unserved.customers.register("anna@example.com")
    token = jwt.decode(unserved.tokens.access(anna), published(unserved), algorithms=["RS256"])
    issued = token.claims["iat"]
    assert token.claims == {
        "iat": issued,
        "owner": "saleor",
        "iss": "https://shop.example/graphql/",
        "exp": issued + 300,
        "token": anna.token_key,
        "email": "anna@example.com",
        "type": "access",
        "user_id": anna.id,
        "is_staff": False,
    }


def test_the_dashboards_token_for_an_app_intersects_permissions(unserved: SimulatedShop) -> None:
    allowed = frozenset({Permission.MANAGE_ORDERS, Permission.MANAGE_USERS})
    clerk = unserved.state.add_staff("clerk@example.com", frozenset({Permission.MANAGE_ORDERS, Permission.MANAGE_APPS}))
    app = App(pk=7, name="Mine", identifier="mine", permissions=allowed, audience="mine")
    claims = claims_of(unserved.tokens.for_app(clerk, app))
    assert (claims["type"], claims["app"], claims["aud"]) == ("thirdparty", app.id, "mine")
    assert claims["permissions"] == ["MANAGE_ORDERS"]
    assert claims["user_permissions"] == ["MANAGE_APPS", "MANAGE_ORDERS"]


def test_wrong_tokens_can_be_made(unserved: SimulatedShop) -> None:
    anna, mint = unserved.customers.register("anna@example.com"), unserved.tokens.mint
    assert "exp" not in claims_of(mint(anna, kind="access", without=frozenset({"exp"})))
    assert claims_of(mint(anna, kind="access", extra={"iss": "http://evil"}))["iss"] == "http://evil"
    assert header_of(mint(anna, kind="access", header={"alg": "none"}))["alg"] == "none"
    assert claims_of(unserved.tokens.email_change(anna, "new@example.com"))["type"] == "confirm-email-change"
    expired = claims_of(mint(anna, kind="access", ttl=timedelta(seconds=-1)))
    assert expired["exp"] == expired["iat"] - 1


def test_the_shop_reads_its_own_tokens(unserved: SimulatedShop) -> None:
    anna, staff = unserved.customers.register("anna@example.com"), unserved.state.staff
    app = App(pk=7, name="Mine", identifier="mine", permissions=frozenset({Permission.MANAGE_ORDERS}))
    tokens = unserved.tokens
    assert tokens.user_of(tokens.access(anna)) == (anna, frozenset())
    assert tokens.user_of(tokens.access(staff)) == (staff, frozenset(Permission))
    assert tokens.user_of(tokens.for_app(staff, app)) == (staff, frozenset({Permission.MANAGE_ORDERS}))


def test_the_shop_takes_what_it_never_issued_for_nobody(unserved: SimulatedShop) -> None:
    anna = unserved.customers.register("anna@example.com")
    foreign = SimulatedShop().tokens.access(anna)
    tampered = unserved.tokens.access(anna)[:-4] + "AAAA"
    garbage = [
        "",
        "garbage",
        "a.b.c",
        foreign,
        tampered,
        unserved.tokens.mint(anna, kind="access", header={"kid": "x"}),
    ]
    assert [unserved.tokens.user_of(token) for token in garbage] == [None] * 6


@pytest.mark.parametrize("kind", ["refresh", "confirm-email-change"])
def test_the_shop_refuses_its_tokens_of_other_types(unserved: SimulatedShop, kind: str) -> None:
    anna = unserved.customers.register("anna@example.com")
    with pytest.raises(ShopRefusal) as refusal:
        unserved.tokens.user_of(unserved.tokens.mint(anna, kind=kind))
    assert refusal.value.code == "InvalidTokenError"


def test_the_shop_refuses_expired_tokens_and_those_of_people_who_left(unserved: SimulatedShop) -> None:
    anna = unserved.customers.register("anna@example.com")
    token = unserved.tokens.access(anna)
    with pytest.raises(ShopRefusal) as refusal:
        unserved.tokens.user_of(unserved.tokens.access(anna, ttl=timedelta(seconds=-1)))
    assert refusal.value.code == "ExpiredSignatureError"
    unserved.customers.delete_self(anna)
    with pytest.raises(ShopRefusal) as refusal:
        unserved.tokens.user_of(token)
    assert refusal.value.code == "InvalidTokenError"
