"""A delivery's signature holds over the raw bytes, by the key it names, in exactly the form Saleor sends."""

import json
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
from cryptography.hazmat.primitives.hashes import SHA256

from saleor_crm_app.saleor.jose import Unauthorized
from saleor_crm_app.saleor.keys import read_keys
from saleor_crm_app.saleor.signatures import read_signature
from tests.reliability.signer import Signer
from tests.saleor.tokens import encoded

BODY = '{"__typename": "OrderPaid", "note": "naïve"}'.encode()


def check(signer: Signer, signature: str | None, body: bytes = BODY) -> None:
    read = read_signature(signature)
    key = read_keys(signer.jwks).get(read.key_name)
    if key is None:
        raise Unauthorized("unknown key")
    read.verify(key, body)


def test_accepts_what_the_shop_signed(signer: Signer) -> None:
    check(signer, signer.sign(BODY))
    check(signer, signer.sign(b""), b"")


@pytest.mark.parametrize("body", [BODY + b" ", BODY[:-1], b"", BODY.replace(b"Paid", b"paid"), b"\n" + BODY])
def test_another_body_is_refused(signer: Signer, body: bytes) -> None:
    with pytest.raises(Unauthorized):
        check(signer, signer.sign(BODY), body)


def test_another_key_under_this_keys_name_is_refused(signer: Signer, other_signer: Signer) -> None:
    forged = other_signer.sign(BODY)
    own_header = signer.sign(BODY).partition(".")[0]
    with pytest.raises(Unauthorized):
        check(signer, own_header + forged[forged.index(".") :])


def with_header(signer: Signer, **changes: object) -> str:
    """A signature that is right over a protected header that is not."""
    protected = {"alg": "RS256", "b64": False, "crit": ["b64"], "kid": signer.kid, "typ": "JWT"} | changes
    return signed_over(signer, {name: value for name, value in protected.items() if value is not ...})


def signed_over(signer: Signer, protected: object) -> str:
    head = encoded(protected)
    signature = signer.key.sign(head.encode() + b"." + BODY, PKCS1v15(), SHA256())
    return f"{head}..{encoded(signature)}"


@pytest.mark.parametrize(
    "changes",
    [
        {"alg": "none"},
        {"alg": "None"},
        {"alg": "NONE"},
        {"alg": "HS256"},
        {"alg": "RS384"},
        {"alg": "PS256"},
        {"alg": "rs256"},
        {"alg": ["RS256"]},
        {"alg": None},
        {"alg": ...},
        {"b64": True},
        {"b64": 0},
        {"b64": "false"},
        {"b64": None},
        {"b64": ...},
        {"crit": []},
        {"crit": "b64"},
        {"crit": ["b64", "exp"]},
        {"crit": ["b64", "b64"]},
        {"crit": None},
        {"crit": ...},
        {"kid": ...},
        {"kid": None},
        {"kid": ""},
        {"kid": 7},
        {"kid": "../../etc/passwd"},
        {"kid": "' OR 1=1 --"},
        {"kid": "x" * 129},
        {"kid": "a\nb"},
        {"kid": "unknown"},
    ],
)
def test_another_protected_header_is_refused(signer: Signer, changes: dict[str, object]) -> None:
    with pytest.raises(Unauthorized):
        check(signer, with_header(signer, **changes))


def test_keys_that_the_header_brings_along_are_not_looked_at(signer: Signer, other_signer: Signer) -> None:
    theirs = {"jwk": other_signer.jwks["keys"][0], "jku": "https://evil.example/", "x5c": ["x"], "x5u": "x"}
    check(signer, with_header(signer, **theirs))
    with pytest.raises(Unauthorized):
        check(signer, with_header(other_signer, kid=signer.kid, **theirs))


@pytest.mark.parametrize(
    "protected",
    [
        b"[]",
        b"null",
        b'"RS256"',
        b"{",
        b"",
        b"\xff\xfe",
        b"[" * 700,
        b'{"alg":"RS256","alg":"RS256","b64":false,"crit":["b64"],"kid":"x"}',
        b'{"alg":"RS256","b64":false,"crit":["b64"],"kid":"x","n":NaN}',
        '{"alg":"RS256","b64":false,"crit":["b64"],"kid":"x"}'.encode("utf-16"),
        b'{"alg":"RS256","b64":false,"crit":["b64"],"kid":"x","pad":"' + b"x" * 1000 + b'"}',
    ],
)
def test_a_protected_header_that_is_no_plain_object_is_refused(signer: Signer, protected: bytes) -> None:
    with pytest.raises(Unauthorized):
        check(signer, signed_over(signer, protected))


def test_every_other_way_to_write_the_header_is_refused(signer: Signer) -> None:
    good = signer.sign(BODY)
    protected, _, signature = good.split(".")
    for bad in (
        None,
        "",
        ".",
        "..",
        "...",
        protected,
        f"{protected}..",
        f"..{signature}",
        f"{protected}.{signature}",
        f"{protected}.{encoded(BODY)}.{signature}",
        f"{protected}..{signature}.",
        f"{protected}..{signature}..{signature}",
        f"{protected}=..{signature}",
        f"{protected}..{signature}==",
        f"{protected}..{signature} ",
        f" {good}",
        f"{protected}..{signature[:-1]}",
        f"{protected}..{signature}A",
        f"{protected}..{signature.replace('-', '+').replace('_', '/')}+",
        f"{protected}..ｅyJ",
        f"{protected}..\ud800",
        good + "A" * 5_000_000,
        "a" * 64,
    ):
        with pytest.raises(Unauthorized):
            check(signer, bad)


def test_every_single_changed_character_is_refused(signer: Signer) -> None:
    good = signer.sign(BODY)
    for place, character in enumerate(good):
        other = "A" if character != "A" else "B"
        with pytest.raises(Unauthorized):
            check(signer, good[:place] + other + good[place + 1 :])


def test_recorded_deliveries_verify_with_the_recorded_keys(recordings: Path) -> None:
    keys = read_keys(json.loads((recordings / "jwks.json").read_bytes()))
    verified = 0
    for path in sorted(recordings.glob("*.json")):
        recording = json.loads(path.read_bytes())
        headers = dict(recording.get("headers", ())) if isinstance(recording, dict) else {}
        if "saleor-signature" in headers:
            body = path.with_suffix(".body").read_bytes()
            signature = read_signature(headers["saleor-signature"])
            signature.verify(keys[signature.key_name], body)
            with pytest.raises(Unauthorized):
                signature.verify(keys[signature.key_name], body + b"\n")
            verified += 1
    assert verified == 19
