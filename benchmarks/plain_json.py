"""A plain JSON endpoint, as a process: for each member the statements that our storefront sent for them, and an answer.

Arguments: the database's address, the file of what to send and answer, and the port. No GraphQL, no token, no decision:
what is left is what anybody pays who reads the same rows by the same driver.
"""

import pickle
import sys
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import asyncpg
import msgspec
import uvicorn
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route

from saleor_crm_app.kernel.collector import settle_down

CONNECTIONS = 10
"""As many as our web process has."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Recorded:
    """What our storefront sent to the database for one request, and what it answered."""

    statements: Sequence[tuple[str, tuple[Any, ...]]]
    answer: object


def keep(recorded: Sequence[Recorded], path: Path) -> Path:
    """Write down what to send, for the process to read."""
    path.write_bytes(pickle.dumps([(one.statements, one.answer) for one in recorded]))
    return path


def _read(path: Path) -> list[Recorded]:
    return [
        Recorded(statements=statements, answer=answer)
        for statements, answer in pickle.loads(path.read_bytes())  # noqa: S301 # written by this very benchmark
    ]


def plain_app(url: str, recorded: Sequence[Recorded]) -> Starlette:
    """One path for each member, by number."""
    pools: list[asyncpg.Pool] = []

    @asynccontextmanager
    async def life(_app: Starlette) -> AsyncIterator[None]:
        async with asyncpg.create_pool(url, min_size=CONNECTIONS, max_size=CONNECTIONS) as pool:
            pools.append(pool)
            settle_down()
            yield

    async def answer(request: Request) -> Response:
        one = recorded[int(request.path_params["number"])]
        async with pools[0].acquire() as connection, connection.transaction():
            for statement, values in one.statements:
                await connection.fetch(statement, *values)
        return Response(msgspec.json.encode(one.answer), media_type="application/json")

    async def ready(_request: Request) -> Response:
        return PlainTextResponse("ready")

    return Starlette(routes=[Route("/", ready), Route("/members/{number}", answer, methods=["POST"])], lifespan=life)


def main(url: str, path: str, port: str) -> None:
    """Serve as `serve` does."""
    uvicorn.run(
        plain_app(url, _read(Path(path))),
        port=int(port),
        log_config=None,
        access_log=False,
        server_header=False,
        ws="none",
    )


if __name__ == "__main__":
    main(*sys.argv[1:])
