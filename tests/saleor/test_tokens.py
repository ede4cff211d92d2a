"""Saleor's tokens are believed only if they are of the right kind, for us, in time, and signed by their shop."""

import hmac
import json
from collections.abc import Awaitable
from typing import Any

import pytest
import sqlalchemy as sa

from saleor_crm_app.kernel.db import Database
from saleor_crm_app.kernel.errors import Unavailable
from saleor_crm_app.kernel.ids import CustomerId
from saleor_crm_app.saleor.directory import InstallationDirectory
from saleor_crm_app.saleor.http import CallPolicy
from saleor_crm_app.saleor.jose import Unauthorized
from saleor_crm_app.saleor.jwks import KeyRing
from saleor_crm_app.saleor.tokens import CustomerIdentity, StaffIdentity, TokenReader
from tests.conftest import MakeInstallation
from tests.reliability.signer import Signer
from tests.saleor.tokens import NOW, customer_claims, encoded, header, signed, staff_claims

URL = "https://shop.example/graphql/"
OTHER_URL = "https://other.example/graphql/"


async def nowhere(_host: str, _port: int) -> list[str]:
    raise OSError


class Readers:
    """A token reader whose clock stands still until it is moved, and the shop it knows."""

    def __init__(self, database: Database) -> None:
        self.now = float(NOW)
        self.directory = InstallationDirectory(database, lifetime=0.0)
        key_ring = KeyRing(database, self.directory, CallPolicy(resolver=nowhere))
        self.tokens = TokenReader(self.directory, key_ring, clock=lambda: self.now)


@pytest.fixture
async def readers(
    database: Database, make_installation: MakeInstallation, signer: Signer, other_signer: Signer
) -> Readers:
    """Two shops are installed, each with its own key."""
    for url, owner in ((URL, signer), (OTHER_URL, other_signer)):
        await make_installation(api_url=url, jwks=jwks_text(owner))
    return Readers(database)


def jwks_text(owner: Signer) -> str:
    [key] = owner.jwks["keys"]
    return f'{{"keys": [{{"kty": "RSA", "kid": "{key["kid"]}", "n": "{key["n"]}", "e": "{key["e"]}"}}]}}'


async def test_a_customers_token_names_the_customer(readers: Readers, signer: Signer) -> None:
    identity = await readers.tokens.customer(signed(signer, header(signer), customer_claims(URL)))
    assert identity == CustomerIdentity(installation=identity.installation, customer=CustomerId("6"), is_staff=False)
    assert identity.installation.api_url == URL
    assert "ashley" not in repr(identity)


async def test_a_storefronts_own_audience_is_fine(readers: Readers, signer: Signer) -> None:
    for audience in ("custom:loyalty", "custom:"):
        token = signed(signer, header(signer), customer_claims(URL, aud=audience))
        assert (await readers.tokens.customer(token)).customer == "6"


async def test_a_dashboard_token_names_who_may_do_what(readers: Readers, signer: Signer) -> None:
    identity = await readers.tokens.staff(signed(signer, header(signer), staff_claims(URL)))
    assert identity == StaffIdentity(
        installation=identity.installation,
        user_id="21",
        email="admin@example.com",
        permissions=frozenset({"MANAGE_USERS"}),
        user_permissions=frozenset({"MANAGE_USERS", "MANAGE_APPS"}),
    )


CUSTOMER_KINDS = {"staff_access", "customer_access", "customer_access_with_audience"}
STAFF_KINDS = {"app_user_token(App.accessToken)", "extension_token(AppExtension.accessToken)"}
NEITHER = {"staff_refresh"}


async def test_every_recorded_kind_of_token_is_taken_only_for_what_it_is(
    database: Database,
    make_installation: MakeInstallation,
    signer: Signer,
    recorded_tokens: dict[str, dict[str, Any]],
) -> None:
    # given
    [issuer] = {recorded["claims"]["iss"] for recorded in recorded_tokens.values()}
    await make_installation(api_url=issuer, app_id="QXBwOjE1", jwks=jwks_text(signer))
    readers = Readers(database)
    # when
    customers, staff = set(), set()
    for kind, recorded in recorded_tokens.items():
        token = signed(signer, recorded["header"] | {"kid": signer.kid}, recorded["claims"])
        readers.now = recorded["claims"]["iat"] + 1.0
        if not await is_refused(readers.tokens.customer(token)):
            customers.add(kind)
        if not await is_refused(readers.tokens.staff(token)):
            staff.add(kind)
    # then
    assert (customers, staff) == (CUSTOMER_KINDS, STAFF_KINDS)
    assert recorded_tokens.keys() - customers - staff == NEITHER


NO_CUSTOMER: list[dict[str, object]] = [
    {"type": "refresh"},
    {"type": "thirdparty"},
    {"type": "confirm-email-change"},
    {"type": "Access"},
    {"type": ["access"]},
    {"type": None},
    {"type": ...},
    {"app": "QXBwOjE="},
    {"app": None},
    {"owner": "mirumee.authentication.openidconnect"},
    {"owner": None},
    {"owner": ...},
    {"iss": "https://shop.example/graphql"},
    {"iss": "https://SHOP.example/graphql/"},
    {"iss": "http://shop.example/graphql/"},
    {"iss": "https://nobody.example/graphql/"},
    {"iss": [URL]},
    {"iss": ""},
    {"iss": URL + "\x00"},
    {"iss": URL + "\ud800"},
    {"iss": "https://shöp.example/graphql/"},
    {"iss": URL * 100},
    {"iss": None},
    {"iss": ...},
    {"aud": "https://app.example"},
    {"aud": ["custom:loyalty"]},
    {"aud": 7},
    {"exp": ...},
    {"exp": None},
    {"exp": str(NOW + 300)},
    {"exp": NOW + 300.5},
    {"exp": True},
    {"exp": 253_402_300_799},
    {"exp": NOW + 3601},
    {"exp": NOW},
    {"exp": NOW - 1},
    {"exp": -1},
    {"iat": ...},
    {"iat": None},
    {"iat": str(NOW)},
    {"iat": False},
    {"iat": NOW + 31, "exp": NOW + 300},
    {"iat": NOW - 3301},
    {"nbf": NOW + 31},
    {"nbf": "now"},
    {"user_id": ...},
    {"user_id": None},
    {"user_id": 6},
    {"user_id": "6"},
    {"user_id": "User:6"},
    {"user_id": "QXBwOjE="},
    {"user_id": "VXNlcjo2\n"},
    {"user_id": ["VXNlcjo2"]},
]
NO_STAFF: list[dict[str, object]] = [
    {"type": "access"},
    {"type": "refresh"},
    {"app": "QXBwOjI="},
    {"app": "VXNlcjox"},
    {"app": "App:1"},
    {"app": None},
    {"app": ...},
    {"permissions": ...},
    {"permissions": None},
    {"permissions": "MANAGE_USERS"},
    {"permissions": [1]},
    {"user_permissions": ...},
    {"user_permissions": {"MANAGE_APPS": True}},
    {"exp": NOW + 3601},
    {"user_id": ...},
]
NO_HEADER: list[dict[str, object]] = [
    {"alg": "none"},
    {"alg": "None"},
    {"alg": "HS256"},
    {"alg": "RS512"},
    {"alg": "PS256"},
    {"alg": None},
    {"kid": None},
    {"kid": "../../dev/null"},
    {"kid": "' OR ''='"},
    {"kid": ["x"]},
    {"b64": False, "crit": ["b64"]},
    {"b64": True},
    {"crit": []},
    {"typ": "at+jwt"},
]


def bent(claims: dict[str, Any], changes: dict[str, object]) -> dict[str, Any]:
    """Claims with some replaced, and those that are `...` taken away."""
    return {name: value for name, value in (claims | changes).items() if value is not ...}


async def is_refused(reading: Awaitable[object]) -> bool:
    try:
        await reading
    except Unauthorized:
        return True
    return False


async def test_other_claims_are_no_customer(readers: Readers, signer: Signer) -> None:
    for changes in NO_CUSTOMER:
        token = signed(signer, header(signer), bent(customer_claims(URL), changes))
        assert (changes, await is_refused(readers.tokens.customer(token))) == (changes, True)


async def test_other_claims_are_no_staff(readers: Readers, signer: Signer) -> None:
    for changes in NO_STAFF:
        token = signed(signer, header(signer), bent(staff_claims(URL), changes))
        assert (changes, await is_refused(readers.tokens.staff(token))) == (changes, True)


async def test_other_headers_are_no_token(readers: Readers, signer: Signer) -> None:
    for changes in NO_HEADER:
        token = signed(signer, header(signer, **changes), customer_claims(URL))
        assert (changes, await is_refused(readers.tokens.customer(token))) == (changes, True)


async def test_another_shops_key_signs_nothing_for_this_shop(
    readers: Readers, signer: Signer, other_signer: Signer
) -> None:
    # under this shop's key name, and under its own, which this shop may have got just now
    with pytest.raises(Unauthorized):
        await readers.tokens.customer(signed(other_signer, header(signer), customer_claims(URL)))
    with pytest.raises(Unavailable):
        await readers.tokens.customer(signed(other_signer, header(other_signer), customer_claims(URL)))
    with pytest.raises(Unavailable):
        await readers.tokens.customer(signed(signer, header(signer), customer_claims(OTHER_URL)))
    own = await readers.tokens.customer(signed(other_signer, header(other_signer), customer_claims(OTHER_URL)))
    assert own.installation.api_url == OTHER_URL


async def test_a_key_brought_along_is_not_looked_at(readers: Readers, signer: Signer, other_signer: Signer) -> None:
    theirs = header(signer, jwk=other_signer.jwks["keys"][0], jku="https://evil.example/jwks.json")
    with pytest.raises(Unauthorized):
        await readers.tokens.customer(signed(other_signer, theirs, customer_claims(URL)))


async def test_the_public_key_is_no_shared_secret(readers: Readers, signer: Signer) -> None:
    head = f"{encoded(header(signer, alg='HS256'))}.{encoded(customer_claims(URL))}"
    for secret in (str(signer.jwks["keys"][0]["n"]), jwks_text(signer), "x"):
        mac = encoded(hmac.digest(secret.encode(), head.encode(), "sha256"))
        with pytest.raises(Unauthorized):
            await readers.tokens.customer(f"{head}.{mac}")


async def test_texts_that_are_no_token_are_refused(readers: Readers, signer: Signer) -> None:
    good = signed(signer, header(signer), customer_claims(URL))
    head, claims, signature = good.split(".")
    twice = b'{"iss": "x", ' + encodable(customer_claims(URL))[1:]
    for bad in (
        "",
        ".",
        "..",
        "a.b.c",
        "a" * 30,
        f"{head}.{claims}",
        f"{head}.{claims}.",
        f"{head}..{signature}",
        f".{claims}.{signature}",
        f"{good}.{signature}",
        f"{head}=.{claims}.{signature}",
        f"{good}==",
        f" {good}",
        f"{good}\n",
        f"Bearer {good}",
        good.replace("-", "+").replace("_", "/") + "+",
        good + "\ud800",
        good + "é",
        good + "A" * 8192,
        "A" * 5_000_000,
        signed(signer, header(signer), b"[]"),
        signed(signer, header(signer), b"null"),
        signed(signer, header(signer), b"{"),
        signed(signer, header(signer), b"[" * 5000),
        signed(signer, header(signer), twice),
        signed(signer, header(signer), encodable(customer_claims(URL)).replace(b"1795303800", b"1e400")),
        signed(signer, header(signer), encodable(customer_claims(URL)).replace(b"1795303800", b"NaN")),
        signed(signer, header(signer), encodable(customer_claims(URL)).decode().encode("utf-16")),
        signed(signer, b'{"alg":"none",' + encodable(header(signer))[1:], customer_claims(URL)),
    ):
        with pytest.raises(Unauthorized):
            await readers.tokens.customer(bad)


def encodable(content: dict[str, Any]) -> bytes:
    return json.dumps(content).encode()


async def test_every_single_changed_character_is_refused(readers: Readers, signer: Signer) -> None:
    good = signed(signer, header(signer), customer_claims(URL))
    await readers.tokens.customer(good)
    for place, character in enumerate(good):
        other = "A" if character != "A" else "B"
        with pytest.raises((Unauthorized, Unavailable)):
            await readers.tokens.customer(good[:place] + other + good[place + 1 :])


async def test_a_token_ends_with_its_time_and_thirty_seconds_of_grace(readers: Readers, signer: Signer) -> None:
    token = signed(signer, header(signer), customer_claims(URL))
    taken = []
    # whether it was verified before makes no difference
    for seconds in (0, 299, 329, 330, 360, 0, 330, 330):
        readers.now = float(NOW + seconds)
        taken.append(not await is_refused(readers.tokens.customer(token)))
    assert taken == [True, True, True, False, False, True, False, False]


async def test_a_token_dies_with_the_key_it_was_signed_by(
    database: Database, readers: Readers, signer: Signer, other_signer: Signer
) -> None:
    # given
    token = signed(signer, header(signer), customer_claims(URL))
    identity = await readers.tokens.customer(token)
    # when the shop has changed its key
    await store_keys(database, identity, other_signer)
    # then
    with pytest.raises(Unavailable):
        await readers.tokens.customer(token)


async def store_keys(database: Database, identity: CustomerIdentity, owner: Signer) -> None:
    async with database.shop(identity.installation.id) as session:
        await session.execute(
            sa.text(
                "UPDATE installation SET jwks = CAST(:jwks AS jsonb), jwks_fetched_at = now(), jwks_tried_at = now()"
            ),
            {"jwks": jwks_text(owner)},
        )


async def test_after_a_re_installation_the_new_apps_tokens_are_taken_at_once(
    database: Database, readers: Readers, signer: Signer
) -> None:
    # given: this process remembers the old app
    readers.directory._lifetime = 60.0
    identity = await readers.tokens.staff(signed(signer, header(signer), staff_claims(URL)))
    async with database.shop(identity.installation.id) as session:
        await session.execute(sa.text("UPDATE installation SET app_id = 'QXBwOjk='"))
    # when
    new = signed(signer, header(signer), staff_claims(URL, app="QXBwOjk="))
    # then
    assert (await readers.tokens.staff(new)).installation.app_id == "QXBwOjk="
    with pytest.raises(Unauthorized):
        await readers.tokens.staff(signed(signer, header(signer), staff_claims(URL, iat=NOW - 1)))


async def test_remembers_a_bounded_number_of_tokens(
    readers: Readers, signer: Signer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("saleor_crm_app.saleor.tokens._MOST_REMEMBERED", 3)
    for number in range(10):
        await readers.tokens.customer(signed(signer, header(signer), customer_claims(URL, token=f"t{number}")))
    assert len(readers.tokens._proven) == 3
