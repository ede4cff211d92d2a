"""Ten thousand forged tokens and signatures, made from good ones by every trick known: none is let in."""

import hmac
import json
from collections.abc import Callable, Iterator
from hashlib import sha256
from random import Random

import pytest
import sqlalchemy as sa
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from saleor_crm_app.kernel.db import Database
from saleor_crm_app.kernel.errors import BadInput, Unavailable
from saleor_crm_app.saleor.directory import InstallationDirectory
from saleor_crm_app.saleor.http import CallPolicy
from saleor_crm_app.saleor.jose import Unauthorized
from saleor_crm_app.saleor.jwks import KeyRing
from saleor_crm_app.saleor.tokens import TokenReader
from saleor_crm_app.webhooks import WebhookDoor
from tests.conftest import MakeInstallation
from tests.door import clock_at, jwks_text
from tests.reliability.signer import Signer
from tests.saleor.tokens import NOW, customer_claims, encoded, header, signed, staff_claims
from tests.shop import NOON

API_URL = "https://target.example/graphql/"
FORGERIES = 10_000
SEED = 20261122
ODD: list[object] = [
    "",
    None,
    0,
    -1,
    1.5,
    True,
    [],
    {},
    "1e400",
    "9" * 30,
    "٣",
    "x" * 9000,
    "../../etc/passwd",
    "' OR 1=1 --",
    "\x00",
]


class Calls:
    """Counts look-ups of the shop's address; there is nobody at it."""

    def __init__(self) -> None:
        self.number = 0

    async def resolve(self, _host: str, _port: int) -> list[str]:
        self.number += 1
        raise OSError("no such host")


@pytest.fixture(scope="module")
def signer() -> Signer:
    return Signer.with_new_key()


@pytest.fixture(scope="module")
def stranger() -> Signer:
    return Signer.with_new_key()


@pytest.fixture
async def target(database: Database, make_installation: MakeInstallation, signer: Signer) -> None:
    await make_installation(api_url=API_URL, jwks=jwks_text(signer), **clock_at(NOON))


def forged_tokens(signer: Signer, stranger: Signer) -> Iterator[str]:
    """Tokens without end, each wrong in a way of its own."""
    random = Random(SEED)  # noqa: S311 # it must repeat by its seed
    public = signer.key.public_key()
    pem = public.public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)
    good = customer_claims(API_URL)

    def claims(**changes: object) -> dict[str, object]:
        return good | changes

    def hs256(secret: bytes) -> str:
        head = f"{encoded(header(signer, alg='HS256'))}.{encoded(good)}"
        return f"{head}.{encoded(hmac.digest(secret, head.encode(), sha256))}"

    def flipped() -> str:
        token = signed(signer, header(signer), good)
        place = random.randrange(len(token) - 1)
        return token[:place] + random.choice("ABCabc019_-.=") + token[place + 1 :] + random.choice(["", ".", "A", "=="])

    ways: list[Callable[[], str]] = [
        lambda: signed(signer, header(signer, alg=random.choice(["none", "None", "NONE", "RS384", "ES256", ""])), good),
        lambda: f"{encoded(header(signer, alg='none'))}.{encoded(good)}.",
        lambda: hs256(random.choice([pem, jwks_text(signer).encode(), b""])),
        lambda: signed(stranger, header(signer), good),
        lambda: signed(stranger, header(stranger, jwk=stranger.jwks["keys"][0]), good),
        lambda: signed(signer, header(signer, kid=random.choice(ODD)), good),
        lambda: signed(signer, header(signer, crit=["b64"], b64=random.choice([True, False])), good),
        lambda: signed(signer, header(signer), {name: good[name] for name in good if name != random.choice(REQUIRED)}),
        lambda: signed(signer, header(signer), claims(**{random.choice(REQUIRED): random.choice(ODD)})),
        lambda: signed(signer, header(signer), claims(exp=NOW - 31 - random.randrange(60))),
        lambda: signed(signer, header(signer), claims(iat=NOW + 31 + random.randrange(9999), exp=NOW + 20_000)),
        lambda: signed(signer, header(signer), claims(exp=NOW + 3_700 + random.randrange(10**11))),
        lambda: signed(signer, header(signer), json.dumps(good).replace("300", "1e400", 1).encode()),
        lambda: signed(signer, header(signer), json.dumps(good)[:-1].encode() + b',"exp":9999999999}'),
        lambda: signed(signer, header(signer), json.dumps(good).encode("utf-16")),
        lambda: signed(signer, header(signer), claims(type=random.choice(["refresh", "thirdparty", "ACCESS", "x"]))),
        lambda: signed(signer, header(signer), staff_claims(API_URL)),
        lambda: signed(
            signer, header(signer), claims(iss=random.choice([API_URL[:-1], "https://evil.example/graphql/"]))
        ),
        lambda: signed(signer, header(signer), claims(user_id=random.choice(["QXBwOjE=", "User:6", "VXNlcjo2=", ""]))),
        lambda: (
            "A" * random.choice([1, 100, 9_000, 5_000_000]) if random.random() < 0.02 else "." * random.randrange(9)
        ),
        flipped,
    ]
    while True:
        yield random.choice(ways)()


REQUIRED = ("iat", "exp", "iss", "owner", "type", "user_id")


async def test_no_forged_token_is_let_in(database: Database, target: None, signer: Signer, stranger: Signer) -> None:
    calls = Calls()
    directory = InstallationDirectory(database)
    keys = KeyRing(database, directory, CallPolicy(resolver=calls.resolve), breather=0.0)
    reader = TokenReader(directory, keys, clock=lambda: float(NOW))
    assert (await reader.customer(signed(signer, header(signer), customer_claims(API_URL)))).customer == "6"
    let_in = []
    forged = forged_tokens(signer, stranger)
    good = signed(signer, header(signer), customer_claims(API_URL))
    for _ in range(FORGERIES):
        token = next(forged)
        if token == good:  # a flip may have put back what stood there
            continue
        try:
            await reader.customer(token)
        except (Unauthorized, Unavailable):
            continue
        let_in.append(token[:300])
    assert (let_in, calls.number) == ([], 1), f"seed {SEED}"


def forged_signatures(signer: Signer, stranger: Signer, body: bytes) -> Iterator[str]:
    """Detached signatures without end that are not this shop's over this body."""
    random = Random(SEED)  # noqa: S311 # it must repeat by its seed
    good = signer.sign(body)
    head, _, tail = good.partition("..")

    def flipped() -> str:
        place = random.randrange(len(good))
        return good[:place] + random.choice("ABCabc019_-.=") + good[place + 1 :]

    def headed(**changes: object) -> str:
        content = {"alg": "RS256", "b64": False, "crit": ["b64"], "kid": signer.kid, "typ": "JWT"} | changes
        return f"{encoded(content)}..{tail}"

    ways: list[Callable[[], str]] = [
        lambda: headed(alg=random.choice(["none", "HS256", "RS512", ""])),
        lambda: headed(b64=random.choice([True, None, "false", 0])),
        lambda: headed(crit=random.choice([[], None, ["b64", "x"], "b64"])),
        lambda: headed(kid=random.choice(ODD)),
        lambda: headed(jwk=stranger.jwks["keys"][0]),
        lambda: stranger.sign(body),
        lambda: signer.sign(body + b" "),
        lambda: f"{head}.{encoded(body)}.{tail}",
        lambda: f"{head}..{tail}.",
        lambda: head + ".." + "A" * random.randrange(400),
        flipped,
    ]
    while True:
        yield random.choice(ways)()


async def test_no_forged_signature_is_let_in(
    database: Database, target: None, signer: Signer, stranger: Signer
) -> None:
    calls = Calls()
    directory = InstallationDirectory(database)
    keys = KeyRing(database, directory, CallPolicy(resolver=calls.resolve), breather=0.0)
    stored: list[object] = []

    async def store(item: object) -> None:
        stored.append(item)

    door = WebhookDoor(directory, keys, store)
    body = json.dumps({"__typename": "OrderPaid", "recipient": {"id": "QXBwOjE="}}).encode()
    await door.receive(API_URL, signer.sign(body), body)
    forged = forged_signatures(signer, stranger, body)
    for _ in range(FORGERIES):
        signature = next(forged)
        if signature == signer.sign(body):
            continue
        with pytest.raises((Unauthorized, Unavailable, BadInput)):
            await door.receive(API_URL, signature, body)
    assert (len(stored), calls.number) == (1, 1), f"seed {SEED}"
    async with database.intake() as session:
        assert (await session.execute(sa.text("SELECT count(*) FROM inbox"))).scalar_one() == 0
