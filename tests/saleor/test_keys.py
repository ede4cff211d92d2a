"""Of a JWKS only named keys that can verify RS256 are taken, and only their public part."""

from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric import ec
from joserfc.jwk import ECKey, OctKey

from saleor_crm_app.saleor.keys import UnusableKeys, read_keys, usable_jwks
from tests.reliability.signer import Signer
from tests.saleor.tokens import encoded


def entry(signer: Signer, **changes: object) -> dict[str, Any]:
    changed = signer.jwks["keys"][0] | changes
    return {name: value for name, value in changed.items() if value is not ...}


def test_takes_saleors_key(signer: Signer) -> None:
    keys = read_keys(signer.jwks)
    assert {name: key.public_numbers() for name, key in keys.items()} == {
        signer.kid: signer.key.public_key().public_numbers()
    }


@pytest.mark.parametrize("changes", [{"alg": ...}, {"use": ...}, {"key_ops": ...}, {"x5c": ["ignored"]}])
def test_takes_a_key_that_says_less_or_more(signer: Signer, changes: dict[str, object]) -> None:
    assert set(read_keys({"keys": [entry(signer, **changes)]})) == {signer.kid}


@pytest.mark.parametrize(
    "changes",
    [
        {"kty": "EC"},
        {"kty": "oct"},
        {"kty": ...},
        {"use": "enc"},
        {"alg": "RS512"},
        {"alg": "none"},
        {"key_ops": ["encrypt"]},
        {"key_ops": "verify"},
        {"kid": ...},
        {"kid": 1},
        {"kid": ""},
        {"kid": "../x"},
        {"kid": "x" * 129},
        {"n": ...},
        {"n": ""},
        {"n": 5},
        {"n": "!!!"},
        {"e": ...},
        {"e": "AA"},
        {"e": "Ag"},
        {"e": None},
    ],
)
def test_passes_over_what_cannot_be_used(signer: Signer, other_signer: Signer, changes: dict[str, object]) -> None:
    odd = entry(signer, **changes)
    assert set(read_keys({"keys": [odd, entry(other_signer)]})) == {other_signer.kid}
    with pytest.raises(UnusableKeys):
        read_keys({"keys": [odd]})


@pytest.mark.parametrize(("modulus", "exponent"), [(128, 3), (192, 3), (255, 3), (1025, 3), (256, 5)])
def test_passes_over_keys_that_are_weak_or_dear(modulus: int, exponent: int) -> None:
    odd = {"kty": "RSA", "kid": "odd", "n": encoded(b"\xff" * modulus), "e": encoded(b"\xff" * exponent)}
    with pytest.raises(UnusableKeys):
        read_keys({"keys": [odd]})


def test_passes_over_other_kinds_of_keys(signer: Signer) -> None:
    curve = ECKey.import_key(ec.generate_private_key(ec.SECP256R1()).public_key()).as_dict() | {"kid": "ec"}
    secret = OctKey.generate_key(256).as_dict() | {"kid": "oct"}
    assert set(read_keys({"keys": [curve, secret, "text", None, entry(signer)]})) == {signer.kid}


@pytest.mark.parametrize(
    "jwks", [None, [], "", 7, {}, {"keys": None}, {"keys": {}}, {"keys": []}, {"keys": [None]}, {"Keys": []}]
)
def test_what_is_no_jwks_is_refused(jwks: object) -> None:
    with pytest.raises(UnusableKeys):
        read_keys(jwks)


def test_more_than_twenty_keys_are_refused(signer: Signer) -> None:
    many = [entry(signer, kid=f"key-{number}") for number in range(21)]
    assert len(read_keys({"keys": many[:20]})) == 20
    with pytest.raises(UnusableKeys, match="more than 20 keys"):
        read_keys({"keys": many})


def test_the_first_of_two_keys_of_one_name_counts(signer: Signer, other_signer: Signer) -> None:
    keys = read_keys({"keys": [entry(signer), entry(other_signer, kid=signer.kid)]})
    assert keys[signer.kid].public_numbers() == signer.key.public_key().public_numbers()


def test_keeps_the_public_members_only(signer: Signer) -> None:
    leaked = entry(signer, d="private", p="private", note="\x00")
    assert usable_jwks({"keys": [leaked, {"kid": "odd"}], "extra": 1}) == {
        "keys": [{"kty": "RSA", "kid": signer.kid, "n": entry(signer)["n"], "e": entry(signer)["e"]}]
    }
