"""P5: what a storefront shows a signed-in customer, by the real web process; beside plain JSON with the same SQL."""

import asyncio
import json
import os
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any, Final

import httpx
import sqlalchemy as sa
from starlette.applications import Starlette

from benchmarks.books import CHANNEL, Books
from benchmarks.deliveries import API_URL
from benchmarks.door import loaded
from benchmarks.durable import web_process
from benchmarks.growth import spread
from benchmarks.load import write
from benchmarks.plain_json import Recorded, keep
from benchmarks.postgres import Server
from benchmarks.processes import free_port, served
from benchmarks.rounds import Contestants, Measured, Ratio, against, interleaved, middle, per_cpu_second, per_second
from benchmarks.scale import Scale
from benchmarks.shop import SECRET
from benchmarks.stall import crowd
from saleor_crm_app import storefront
from saleor_crm_app.checkout import Cashier, Previewer
from saleor_crm_app.issuing import Desk, OfferDesk
from saleor_crm_app.kernel.db import Database
from saleor_crm_app.kernel.ids import global_id
from saleor_crm_app.saleor.clients import ShopClients
from saleor_crm_app.saleor.codes import CodeBook
from saleor_crm_app.saleor.directory import InstallationDirectory
from saleor_crm_app.saleor.http import CallPolicy
from saleor_crm_app.saleor.jwks import KeyRing
from saleor_crm_app.saleor.secrets import Vault
from saleor_crm_app.saleor.tokens import TokenReader
from tests.reliability.signer import Signer
from tests.saleor.tokens import customer_claims, header, signed

OURS: Final = "our web process, loyaltyMe, 64 connections"
PLAIN: Final = "plain JSON, same SQL, 64 connections"
GOAL_SHARE: Final = 0.4
GOAL_SPREAD: Final = 2.5

MEMBERS: Final = 200
"""Whose requests are repeated."""

LIVES_FOR: Final = 3000
"""Seconds that tokens hold; longer ones than an hour are refused."""

_PATH: Final = "/graphql/"
_QUERY: Final = (
    f"{{ loyaltyMe(channel: {json.dumps(CHANNEL)}) {{"
    " points { available pending expiring { points at } } tier { tier { code name } } "
    "offers(first: 5) { totalCount edges { node { id decisionId kind title reasons { code text } "
    "missing { code text } canAccept validUntil } } } } }"
)


def measure(scale: Scale, server: Server, home: Path) -> Measured:
    """Both answer for the same members; what plain JSON sends was recorded from our own storefront."""
    signer = Signer.with_new_key()
    made = crowd(server, members=scale.offer_members[0], signer=signer)
    with _contestants(scale, made, signer, home) as contestants:
        goes = interleaved(contestants, rounds=scale.rounds)
    server.drop(made.place)
    ours, plain = goes[OURS], goes[PLAIN]
    ratios = [
        Ratio(what="loyaltyMe / plain JSON, per second", figure=against(ours, plain, per_second), goal=GOAL_SHARE),
        Ratio(what="loyaltyMe / plain JSON, per CPU-second", figure=against(ours, plain, per_cpu_second)),
        Ratio(
            what="loyaltyMe, p99 / p50",
            figure=middle(ours, lambda go: go.notes["p99 ms"] / go.notes["p50 ms"]),
            goal=GOAL_SPREAD,
            is_ceiling=True,
        ),
    ]
    return Measured(name="P5", title="points, tier and 5 offers of a customer", per="req", goes=goes, ratios=ratios)


@contextmanager
def _contestants(scale: Scale, made: Books, signer: Signer, home: Path) -> Iterator[Contestants]:
    tokens = [_token(signer, member.customer) for member in spread(made, min(MEMBERS, made.customers))]
    recorded = asyncio.run(_record(made, tokens))
    script = keep(recorded, home / "plain.recorded")
    ours = write([_request(token) for token in tokens], home / "me.requests")
    plain = write([_plain_request(number) for number in range(len(recorded))], home / "plain.requests")
    with ExitStack() as stack:
        pid, port = stack.enter_context(web_process(made.place, home))
        _ask_once(port, tokens)
        found: Contestants = {
            OURS: loaded(pid, port, ours, scale.loyalty_me_requests),
            PLAIN: loaded(*stack.enter_context(_plain(made, script, home)), plain, scale.loyalty_me_requests),
        }
        if scale.warm:
            for go in found.values():
                go()
        yield found


def _ask_once(port: int, tokens: Sequence[str]) -> None:
    """One by one, so that 64 at once do not find all of it to be made ready and give up."""
    with httpx.Client(base_url=f"http://127.0.0.1:{port}", trust_env=False, timeout=30) as client:
        for token in tokens:
            client.post(_PATH, json={"query": _QUERY}, headers={"Authorization": f"Bearer {token}"}).raise_for_status()


def _token(signer: Signer, customer: str) -> str:
    now = int(time.time())
    times = {"iat": now, "exp": now + LIVES_FOR}
    return signed(signer, header(signer), customer_claims(API_URL, user_id=global_id("User", customer)) | times)


def _body() -> bytes:
    return json.dumps({"query": _QUERY}).encode()


def _request(token: str) -> bytes:
    head = (
        f"POST {_PATH} HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: application/json\r\n"
        f"Authorization: Bearer {token}\r\nContent-Length: {len(_body())}\r\n\r\n"
    )
    return head.encode() + _body()


def _plain_request(number: int) -> bytes:
    head = f"POST /members/{number} HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Length: 0\r\n\r\n"
    return head.encode()


async def _record(made: Books, tokens: Sequence[str]) -> list[Recorded]:
    """What our storefront sends and answers for each of them, once all that it keeps is there."""
    database = Database(made.place.app)
    app = _storefront(database)
    transport = httpx.ASGITransport(app)
    sent: list[tuple[str, tuple[Any, ...]]] = []

    def note(_connection: object, _cursor: object, statement: str, values: tuple[Any, ...], *_: object) -> None:
        sent.append((statement, tuple(values)))

    sa.event.listen(database.engine.sync_engine, "before_cursor_execute", note)
    recorded: list[Recorded] = []
    try:
        async with httpx.AsyncClient(transport=transport, base_url="http://127.0.0.1") as client:
            for token in (tokens[0], *tokens):
                sent.clear()
                told = await client.post(_PATH, json={"query": _QUERY}, headers={"Authorization": f"Bearer {token}"})
                answer = told.json()
                if "errors" in answer or answer["data"]["loyaltyMe"] is None:
                    raise ValueError(f"the storefront does not answer: {answer}")
                recorded.append(Recorded(statements=list(sent), answer=answer))
    finally:
        await database.close()
    return recorded[1:]


def _storefront(database: Database) -> Starlette:
    directory = InstallationDirectory(database)
    policy = CallPolicy(allow_private=True)
    tokens = TokenReader(directory, KeyRing(database, directory, policy))
    clients, codes = ShopClients(directory, Vault([SECRET]), policy), CodeBook([SECRET])
    counters = storefront.Counters(
        cashier=Cashier(database, clients.of, codes),
        desk=Desk(database, codes),
        previewer=Previewer(database, clients.of, codes),
        offers=OfferDesk(database),
    )
    return Starlette(routes=storefront.routes(database, tokens, directory, counters))


@contextmanager
def _plain(made: Books, script: Path, home: Path) -> Iterator[tuple[int, int]]:
    port = free_port()
    command = [sys.executable, "-m", "benchmarks.plain_json", made.place.app, str(script), str(port)]
    with served(command, url=f"http://127.0.0.1:{port}/", log=home / "plain.log", environment=os.environ) as pid:
        yield pid, port
