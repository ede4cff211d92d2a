"""What is sent: orders as a made-up shop tells of them, signed, as whole HTTP requests."""

import os
from collections.abc import Iterable, Sequence
from concurrent.futures import ProcessPoolExecutor
from datetime import UTC, datetime, timedelta
from functools import partial

from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    load_der_private_key,
)

from saleor_crm_app.webhooks import PATH
from tests.reliability import traffic
from tests.reliability.shop import Delivery
from tests.reliability.signer import Signer

API_URL = "https://bench.example/graphql/"
APP_ID = "QXBwOjE="

_PAID_IN_FULL = "OrderFullyPaid"


def told(*, events: int, customers: int, seed: int = 1) -> list[Delivery]:
    """What a shop of so many customers tells in ten days, in the order in which it does; each event once."""
    start = datetime.now(UTC) - timedelta(days=10)
    plan = traffic.Plan(seed=seed, events=events, customers=customers, duplicates=0, start=start, app_id=APP_ID)
    return sorted(traffic.make(plan).deliveries, key=lambda delivery: str(delivery.body["issuedAt"]))


def earning(deliveries: Iterable[Delivery]) -> list[Delivery]:
    """Those that give points: for each order of a customer the first that tells that it is paid in full."""
    first: dict[str, Delivery] = {}
    for delivery in deliveries:
        if delivery.body["__typename"] == _PAID_IN_FULL and delivery.body["order"]["user"] is not None:
            first.setdefault(delivery.body["order"]["id"], delivery)
    return list(first.values())


def bodies_of_orders(number: int, *, seed: int = 1) -> list[bytes]:
    """So many different bodies that tell of one order each."""
    bodies = [
        delivery.raw
        for delivery in told(events=number * 4 // 3 + 50, customers=1000, seed=seed)
        if "order" in delivery.body
    ]
    return bodies[:number]


def signed_requests(bodies: Sequence[bytes], signer: Signer, *, event: str = "order_updated") -> list[bytes]:
    """Whole requests, signed on all cores."""
    key = signer.key.private_bytes(Encoding.DER, PrivateFormat.PKCS8, NoEncryption())
    with ProcessPoolExecutor(os.cpu_count()) as pool:
        return list(pool.map(partial(_request, key, event), bodies, chunksize=100))


def _request(key: bytes, event: str, body: bytes) -> bytes:
    signer = _SIGNERS.get(key)
    if signer is None:
        loaded = load_der_private_key(key, None)
        if not isinstance(loaded, RSAPrivateKey):
            raise TypeError("a shop signs with RSA")
        signer = _SIGNERS[key] = Signer(loaded)
    headers = signer.headers(event, body, api_url=API_URL) | {
        "Host": "127.0.0.1",
        "Saleor-Schema-Version": "3.23",
        "Content-Length": str(len(body)),
    }
    head = "".join(f"{name}: {value}\r\n" for name, value in headers.items())
    return f"POST {PATH} HTTP/1.1\r\n{head}\r\n".encode() + body


_SIGNERS: dict[bytes, Signer] = {}
