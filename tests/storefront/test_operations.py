"""What may be sent: one small operation as JSON, and every excess has its own code."""

import httpx
import msgspec
import psycopg
import pytest
import structlog
from starlette.applications import Starlette

from saleor_crm_app import storefront
from saleor_crm_app.kernel.db import Database
from saleor_crm_app.saleor.directory import InstallationDirectory
from tests.conftest import Addresses
from tests.door import Door, Shop, refused_code, token_reader
from tests.shop import order

TYPENAME = "{ __typename }"
JSON = {"Content-Type": "application/json"}


def nested(levels: int) -> str:
    return "{ a " * levels + "}" * levels


def fragment_bomb(doublings: int) -> str:
    """Doubles at every fragment; written out it would have 2^doublings fields."""
    steps = " ".join(f"fragment f{n} on Query {{ ...f{n + 1} ...f{n + 1} }}" for n in range(doublings))
    return f"{{ ...f0 }} {steps} fragment f{doublings} on Query {{ __typename }}"


EXCESSES = {
    "TOO_DEEP": nested(9),
    "TOO_LONG": "{ " + "__typename " * 1000 + "}",
    "TOO_MANY_ALIASES": "{ " + " ".join(f"a{n}: __typename" for n in range(16)) + " }",
    "TOO_MANY_DIRECTIVES": "{ __typename " + "@skip(if: false) " * 51 + "}",
    "TOO_MANY_FIELDS": "{ " + "__typename " * 101 + "}",
    "TOO_COSTLY": "{ " + 'loyaltyMe(channel: "a") { entries { edges { node { order { id } } } } } ' * 40 + "}",
    "GRAPHQL_PARSE_FAILED": "{ loyaltyMe(",
    "GRAPHQL_VALIDATION_FAILED": "{ nothing }",
    "INTROSPECTION_OFF": "{ __schema { types { name } } }",
}


@pytest.mark.parametrize("code", EXCESSES)
async def test_every_excess_is_400_with_its_own_code(door: Door, code: str) -> None:
    response = await door.ask(EXCESSES[code])
    assert (response.status_code, refused_code(response)) == (400, code)


@pytest.mark.parametrize(
    "query",
    [
        "{ " + " ".join(f"a{n}: __typename" for n in range(15)) + " }",
        "{ " + "__typename " * 100 + "}",
        "{ " + "... @skip(if: false) { __typename } " * 50 + "}",
        "{ " + 'loyaltyMe(channel: "a") { points { pending } } ' * 60 + "}",
        "query ($if: Boolean = true) { _service @include(if: $if) { sdl } }",
    ],
)
async def test_what_is_just_allowed_is_answered(door: Door, shop: Shop, query: str) -> None:
    assert (await door.ask(query, token=shop.token())).status_code == 200


HOSTILE = {
    "nested beyond the stack": nested(330),
    "lists beyond the stack": "{ a(b: " + "[" * 480 + "]" * 480 + ") }",
    "a circle of fragments": "{ ...a } fragment a on Query { ...b } fragment b on Query { ...a }",
    "a fragment in itself": "{ ...a } fragment a on Query { ...a __typename }",
    "a bomb of fragments": fragment_bomb(95),
    "a bomb with aliases": "{ ...f0 } "
    + " ".join(f"fragment f{n} on Query {{ a: __typename ...f{n + 1} ...f{n + 1} }}" for n in range(60))
    + " fragment f60 on Query { __typename }",
    "10,000 aliases": "{ " + " ".join(f"a{n}: __typename" for n in range(5000)) + " }",
    "an unknown fragment": "{ ...nowhere }",
    "a subscription": "subscription { a }",
    "a mutation": "mutation { a }",
    "only a fragment": "fragment a on Query { __typename }",
    "a schema": "type Query { a: Int }",
    "blanks": "  ",
    "a lone surrogate": '{ loyaltyProgram(channel: "\\uD800") { id } }',
}


@pytest.mark.parametrize("kind", HOSTILE)
async def test_hostile_documents_are_refused_before_they_cost(door: Door, kind: str) -> None:
    assert (await door.ask(HOSTILE[kind])).status_code == 400


async def test_a_batch_is_refused(door: Door) -> None:
    response = await door.client.post("/graphql/", json=[{"query": TYPENAME}] * 2)
    assert (response.status_code, refused_code(response)) == (400, "BATCHED")


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"{",
        b"null",
        b'"{ __typename }"',
        b"{}",
        b'{"query": 1}',
        b'{"query": ""}',
        b'{"query": null, "extensions": {"persistedQuery": {}}}',
        b'{"query": "{ __typename }", "variables": []}',
        b'{"query": "{ __typename }", "operationName": 1}',
        '{"query": "{ __typename }"}'.encode("utf-16"),
        b'{"query": "\\ud800"}',
        b'{"query": "{ __typename }", "variables": {"a": ' + b"[" * 40_000 + b"]" * 40_000 + b"}}",
    ],
    ids=range(13),
)
async def test_a_body_that_is_no_operation_is_400(door: Door, body: bytes) -> None:
    response = await door.client.post("/graphql/", content=body, headers=JSON)
    assert (response.status_code, refused_code(response)) == (400, "BAD_REQUEST")


async def test_a_body_of_more_than_100_kb_is_refused(door: Door) -> None:
    body = msgspec.json.encode({"query": TYPENAME, "variables": {"a": "x" * 100_000}})
    response = await door.client.post("/graphql/", content=body, headers=JSON)
    assert (response.status_code, refused_code(response)) == (400, "TOO_LARGE")


@pytest.mark.parametrize("kind", ["text/plain", "multipart/form-data; boundary=x", "application/graphql", ""])
async def test_anything_but_json_is_415(door: Door, kind: str) -> None:
    body = msgspec.json.encode({"query": TYPENAME})
    response = await door.client.post("/graphql/", content=body, headers={"Content-Type": kind})
    assert (response.status_code, refused_code(response)) == (415, "UNSUPPORTED_MEDIA_TYPE")


@pytest.mark.parametrize("variables", [{}, {"channel": 1}, {"channel": None}, {"channel": ["a"]}])
async def test_wrong_variables_are_400(door: Door, shop: Shop, variables: dict[str, object]) -> None:
    query = "query ($channel: String!) { loyaltyMe(channel: $channel) { points { pending } } }"
    response = await door.ask(query, variables, token=shop.token())
    assert (response.status_code, refused_code(response)) == (400, "BAD_USER_INPUT")


async def test_an_operation_that_is_not_there_is_400(door: Door) -> None:
    body = {"query": "query A { __typename }", "operationName": "B"}
    response = await door.client.post("/graphql/", json=body)
    assert (response.status_code, refused_code(response)) == (400, "GRAPHQL_VALIDATION_FAILED")


async def test_answers_are_kept_by_nobody(door: Door) -> None:
    assert (await door.ask(TYPENAME)).headers["cache-control"] == "no-store"


POINTS = '{ loyaltyMe(channel: "default-channel") { points { pending } } }'


async def test_an_unexpected_error_is_masked_and_named_by_its_request(
    door: Door, shop: Shop, addresses: Addresses
) -> None:
    # given
    await shop.says(order(charged=10000))
    with psycopg.connect(addresses.owner, autocommit=True) as owner:
        owner.execute("ALTER TABLE entry RENAME COLUMN kind TO sort")
    # when
    with structlog.contextvars.bound_contextvars(request_id="request-1"):
        response = await door.ask(POINTS, token=shop.token())
    # then
    assert response.status_code == 200
    assert response.json() == {
        "data": {"loyaltyMe": None},
        "errors": [
            {
                "message": "Something went wrong on our side; the request id finds it in our log.",
                "path": ["loyaltyMe", "points"],
                "locations": [{"line": 1, "column": 43}],
                "extensions": {"code": "INTERNAL", "requestId": "request-1"},
            }
        ],
    }


async def test_a_database_that_does_not_answer_is_told_apart(
    door: Door, shop: Shop, database: Database, counters: storefront.Counters
) -> None:
    # given
    directory = InstallationDirectory(database, lifetime=0.0)
    gone = Database("postgresql://nobody:x@127.0.0.1:1/none")
    app = Starlette(routes=storefront.routes(gone, token_reader(database, directory), directory, counters))
    # when
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="https://app.example") as client:
        response = await Door(client, "/graphql/").ask(POINTS, token=shop.token())
    await gone.close()
    # then
    assert (response.status_code, refused_code(response)) == (200, "UNAVAILABLE")
