"""P1: verify, parse, answer 200. Our route beside the official SDK on bare Node and the bare signature check."""

import json
import os
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from itertools import cycle, islice
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
from cryptography.hazmat.primitives.hashes import SHA256

from benchmarks.deliveries import bodies_of_orders, signed_requests
from benchmarks.load import send, write
from benchmarks.processes import cpu_seconds, free_port, served
from benchmarks.rounds import (
    Contestants,
    Go,
    Measured,
    NoYardstick,
    Ratio,
    against,
    interleaved,
    per_cpu_second,
)
from benchmarks.scale import Scale
from benchmarks.sdk import sdk_handler
from tests.reliability.signer import Signer

OURS = "our route"
LOGGED = "our route in the request log"
SDK = "official SDK on bare Node"
VERIFY = "RSA-2048 verify alone, one core"


def measure(scale: Scale, home: Path, lacking: list[str]) -> Measured:
    """All rounds; what cannot be had here is told in `lacking`."""
    with _contestants(scale, home, lacking) as contestants:
        goes = interleaved(contestants, rounds=scale.rounds)
    ratios = [
        Ratio(
            what="our route / RSA verify, per CPU-second",
            figure=against(goes[OURS], goes[VERIFY], per_cpu_second),
            goal=0.28,
        )
    ]
    if SDK in goes:
        sdk = goes[SDK]
        ratios += [
            Ratio(what="our route / SDK, per CPU-second", figure=against(goes[OURS], sdk, per_cpu_second), goal=5),
            Ratio(
                what="our route in the request log / SDK, per CPU-second",
                figure=against(goes[LOGGED], sdk, per_cpu_second),
            ),
        ]
    return Measured(name="P1", title="verify, parse, answer 200", per="req", goes=goes, ratios=ratios)


@contextmanager
def _contestants(scale: Scale, home: Path, lacking: list[str]) -> Iterator[Contestants]:
    """Everybody's servers, ready."""
    signer = Signer.with_new_key()
    bodies = bodies_of_orders(scale.door_bodies)
    requests = write(signed_requests(bodies, signer), home / "door.requests")
    with ExitStack() as stack:
        enter = stack.enter_context
        found: Contestants = {
            OURS: loaded(*enter(_bare_route(signer, home, "bare")), requests, scale.door_requests),
            LOGGED: loaded(*enter(_bare_route(signer, home, "logged")), requests, scale.door_requests),
            VERIFY: lambda: _verify(signer, bodies, scale.door_requests),
        }
        try:
            found[SDK] = loaded(*enter(sdk_handler(signer, home)), requests, scale.door_requests)
        except NoYardstick as reason:
            lacking.append(f"{SDK}: {reason}")
        if scale.warm:
            for go in found.values():
                go()
        yield found


def loaded(pid: int, port: int, requests: Path, number: int) -> Callable[[], Go]:
    """A go of a server: so many requests, for its CPU time."""

    def go() -> Go:
        before = cpu_seconds(pid)
        sent = send(requests, port=port, number=number)
        return Go(
            done=sent.done,
            seconds=sent.seconds,
            cpu_seconds=cpu_seconds(pid) - before,
            notes={"p50 ms": sent.p50_ms, "p99 ms": sent.p99_ms},
        )

    return go


@contextmanager
def _bare_route(signer: Signer, home: Path, mode: str) -> Iterator[tuple[int, int]]:
    port = free_port()
    command = [sys.executable, "-m", "benchmarks.bare_route", json.dumps(signer.jwks), str(port), mode]
    log = home / f"{mode}.log"
    with served(command, url=f"http://127.0.0.1:{port}/", log=log, environment=os.environ) as pid:
        yield pid, port


def _verify(signer: Signer, bodies: Sequence[bytes], number: int) -> Go:
    """What nobody can do without: the check of so many signatures, and no word of Python more than that takes."""
    padding, digest, key = PKCS1v15(), SHA256(), signer.key.public_key()
    signed = [(signer.key.sign(body, padding, digest), body) for body in bodies]
    began, cpu_began = time.perf_counter(), time.process_time()
    for signature, body in islice(cycle(signed), number):
        key.verify(signature, body, padding, digest)
    return Go(done=number, seconds=time.perf_counter() - began, cpu_seconds=time.process_time() - cpu_began)
