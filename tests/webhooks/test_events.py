"""What the door of the shop's own events answers: to whom, to which bodies, and to each event of a batch."""

from collections.abc import AsyncIterator
from typing import Any

import httpx
import msgspec
import pytest
import sqlalchemy as sa
from starlette.applications import Starlette

from saleor_crm_app.crm import customers
from saleor_crm_app.kernel.db import Database
from saleor_crm_app.kernel.ids import InstallationId, global_id
from saleor_crm_app.saleor.api_keys import ApiKeys
from saleor_crm_app.webhooks import EVENTS_PATH, event_routes
from tests.conftest import MakeInstallation
from tests.door import clock_at
from tests.loyalty.action_books import ActionBooks, fixed
from tests.shop import ANNA, NOON

ANNAS_ID = global_id("User", ANNA)


@pytest.fixture
async def shop(make_installation: MakeInstallation) -> InstallationId:
    return await make_installation(**clock_at(NOON))


@pytest.fixture
def keys(database: Database) -> ApiKeys:
    return ApiKeys(database, ["a secret key that only tests know"])


@pytest.fixture
async def key(keys: ApiKeys, shop: InstallationId) -> str:
    return await keys.create(shop, name="reviews", scopes=["events:write"])


@pytest.fixture
async def books(database: Database, shop: InstallationId) -> ActionBooks:
    books = ActionBooks(database, shop)
    await books.known()
    return books


@pytest.fixture
async def client(database: Database, keys: ApiKeys) -> AsyncIterator[httpx.AsyncClient]:
    transport = httpx.ASGITransport(Starlette(routes=event_routes(database, keys)))
    async with httpx.AsyncClient(transport=transport, base_url="https://crm.example") as client:
        yield client


async def send(client: httpx.AsyncClient, key: str | None, *events: dict[str, Any]) -> httpx.Response:
    headers = {} if key is None else {"Authorization": f"Bearer {key}"}
    return await client.post(EVENTS_PATH, json={"events": events}, headers=headers)


def event(id: str = "1", **other: object) -> dict[str, Any]:  # noqa: A002 # the API's word
    return {"id": id, "type": "review", "customer": ANNAS_ID} | other


async def test_an_event_earns_what_its_rule_gives_and_counts_once(
    client: httpx.AsyncClient, key: str, books: ActionBooks
) -> None:
    await books.publish(fixed("review", 20))
    first = await send(client, key, event())
    assert (first.status_code, first.json()) == (
        200,
        {"results": [{"id": "1", "status": "ACCEPTED", "points": 20}]},
    )
    again = await send(client, key, event())
    assert again.json() == {"results": [{"id": "1", "status": "KNOWN", "points": 0}]}
    assert await books.earned() == [("EVENT", 20)]
    assert await books.proved() == ()


async def test_each_event_gets_its_own_answer(client: httpx.AsyncClient, key: str, books: ActionBooks) -> None:
    await books.publish(fixed("review", 20))
    answer = await send(
        client,
        key,
        event("1"),
        event("2", customer=global_id("User", "99")),
        event("3", customer="VXNlcg"),
        event("4", type="Not a name"),
        event("5", color="red"),
        event("6", occurredAt="2026-01-01T00:00:00+00:00"),
        event("anna@example.com"),
        event("8", type="visit"),
    )
    results = answer.json()["results"]
    assert [one["status"] for one in results] == ["ACCEPTED", *["REFUSED"] * 6, "ACCEPTED"]
    assert [one.get("code") for one in results] == [
        None, "NOT_FOUND", "INVALID", "INVALID", "INVALID", "INVALID", "INVALID", None,
    ]  # fmt: skip
    assert all(one["message"].endswith(".") for one in results if one["status"] == "REFUSED")
    assert await books.earned() == [("EVENT", 20)]


async def test_a_birthday_is_kept(
    client: httpx.AsyncClient, key: str, books: ActionBooks, database: Database, shop: InstallationId
) -> None:
    told = event("b", type="customer.birthday", month=5, day=6)
    assert (await send(client, key, told)).json()["results"][0]["status"] == "ACCEPTED"
    bad = event("c", type="customer.birthday", month=13, day=6)
    assert (await send(client, key, bad)).json()["results"][0]["code"] == "INVALID"
    async with database.shop(shop, read_only=True) as session:
        kept = await customers.birthday_of(session, shop, ANNA)
    assert kept is not None
    assert (kept.month, kept.day) == (5, 6)
    assert await books.earned() == []


async def test_who_has_no_key_for_events_is_sent_away(
    client: httpx.AsyncClient, keys: ApiKeys, key: str, shop: InstallationId, books: ActionBooks
) -> None:
    reader = await keys.create(shop, name="contacts", scopes=["contact:read"])
    answers = {token: await send(client, token, event()) for token in (None, "crm_wrong", key[:-1], reader)}
    assert [answer.status_code for answer in answers.values()] == [401, 401, 401, 403]
    assert all(list(answer.json()) == ["message"] for answer in answers.values())
    await keys.revoke(shop, key.split("_")[1])
    assert (await send(client, key, event())).status_code == 401
    assert await books.earned() == []


@pytest.mark.parametrize(
    ("body", "status"),
    [
        (b"", 400),
        (b"{", 400),
        (b"[]", 400),
        (b'{"events": []}', 400),
        (b'{"events": [' + b",".join([b"1"] * 501) + b"]}", 400),
        (b'{"events": "' + b"x" * 1_000_000 + b'"}', 413),
        (b"\xff\xfe", 400),
    ],
)
async def test_what_is_no_batch_is_refused_whole(client: httpx.AsyncClient, key: str, body: bytes, status: int) -> None:
    answer = await client.post(EVENTS_PATH, content=body, headers={"Authorization": f"Bearer {key}"})
    assert (answer.status_code, list(answer.json())) == (status, ["message"])


async def test_five_hundred_at_once_take_a_fixed_number_of_statements(
    client: httpx.AsyncClient, key: str, books: ActionBooks, database: Database
) -> None:
    await books.publish(fixed("review", 1))
    counts = []
    for size in (1, 500):
        sent: list[str] = []
        engine = database.engine.sync_engine
        sa.event.listen(engine, "before_cursor_execute", lambda *args, sent=sent: sent.append(args[2]))
        answer = await send(client, key, *(event(f"{size}-{number}") for number in range(size)))
        assert [one["points"] for one in msgspec.json.decode(answer.content)["results"]] == [1] * size
        counts.append(len(sent))
        sent.append("")
    assert counts[1] <= counts[0]
    assert sum(points for _, points in await books.earned()) == 501
    assert await books.proved() == ()


async def test_a_key_writes_into_its_own_shop_alone(
    client: httpx.AsyncClient,
    key: str,
    books: ActionBooks,
    database: Database,
    make_installation: MakeInstallation,
) -> None:
    other = ActionBooks(database, await make_installation(**clock_at(NOON)))
    await other.publish(fixed("review", 20))
    await other.known()
    assert (await send(client, key, event())).json()["results"][0]["points"] == 0
    assert (await books.earned(), await other.earned()) == ([], [])
