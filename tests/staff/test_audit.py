"""Whatever staff do is written down once, with the deed or not at all; and nobody changes what was written."""

from collections.abc import AsyncIterator, Callable
from typing import Any

import httpx
import psycopg
import pytest
import sqlalchemy as sa
from sqlalchemy.exc import DBAPIError
from starlette.applications import Starlette

from saleor_crm_app import staff
from saleor_crm_app.kernel.audit import Act, Actor, Subject, audit, audit_trail, erase_reasons
from saleor_crm_app.kernel.db import Database
from saleor_crm_app.kernel.ids import InstallationId, decode_global_id, global_id
from saleor_crm_app.kernel.requests import RequestLog
from saleor_crm_app.saleor.api_keys import ApiKeys
from saleor_crm_app.saleor.directory import InstallationDirectory
from tests.conftest import Addresses
from tests.door import Door, Shop, refused_code, token_reader
from tests.shop import NOON
from tests.staff.conftest import DESK
from tests.staff.deeds import DEEDS, KIM
from tests.staff.scene import Scene, fields, mutation, open_scene
from tests.staff.test_permissions import EVERYTHING, OPERATIONS

EverythingOf = Callable[[], dict[str, set[tuple[str, str]]]]
TRAIL = """
query Trail($first: Int, $after: String, $subject: ID, $actor: ID) {
  auditTrail(first: $first, after: $after, subject: $subject, actor: $actor) {
    edges { node { act at actor { id name } subject before after reason requestId } }
    pageInfo { hasNextPage endCursor }
  }
}
"""


@pytest.fixture
async def scene(door: Door, shop: Shop) -> Scene:
    return await open_scene(door, shop)


@pytest.fixture
def everything_of(addresses: Addresses, shop: Shop) -> EverythingOf:
    """Every row of the shop in every table, as text with the transaction that wrote it."""
    query = (
        "SELECT table_name FROM information_schema.columns WHERE table_schema = 'public'"
        " AND column_name = 'installation_id' ORDER BY 1"
    )

    def read() -> dict[str, set[tuple[str, str]]]:
        with psycopg.connect(addresses.owner) as connection:
            tables = [str(name) for (name,) in connection.execute(query)]
            found = {
                name: {
                    (str(row), str(written))
                    for row, written in connection.execute(
                        f"SELECT held::text, held.xmin::text FROM {name} AS held WHERE installation_id = %s".encode(),
                        [shop.id],
                    )
                }
                for name in tables
            }
            jobs = connection.execute(b"SELECT args::text, xmin::text FROM procrastinate_jobs")
            return found | {"jobs": {(str(row), str(written)) for row, written in jobs}}

    return read


def test_each_mutation_has_its_example() -> None:
    assert set(DEEDS) == set(fields())


@pytest.mark.parametrize("name", sorted(DEEDS))
async def test_each_deed_is_written_down_once_with_what_it_did(
    scene: Scene, shop: Shop, everything_of: EverythingOf, name: str
) -> None:
    wanted = await DEEDS[name](scene)
    before = everything_of()
    assert (await scene.does(name, wanted))["errors"] == []
    after = everything_of()
    [written] = await scene.rows(
        "SELECT act, actor_id, actor_name, xmin::text, id FROM audit_trail WHERE act = :act", act=name
    )
    assert written[:3] == (name, "21", "admin@example.com")
    news = {table: after[table] - before[table] for table in after}
    assert len(news.pop("audit_trail")) == 1
    # all that the deed changed was changed by the very transaction that wrote it down
    assert {transaction for rows in news.values() for _, transaction in rows} == {written[3]}


@pytest.mark.parametrize("name", sorted(DEEDS))
async def test_what_cannot_be_written_down_is_not_done(
    scene: Scene, shop: Shop, addresses: Addresses, everything_of: EverythingOf, name: str
) -> None:
    wanted = await DEEDS[name](scene)
    with psycopg.connect(addresses.owner) as connection:
        connection.execute("REVOKE INSERT ON audit_trail FROM crm_app")
    before = everything_of()
    response = await scene.door.ask(mutation(name), {"input": wanted}, token=shop.dashboard_token(*EVERYTHING))
    assert refused_code(response) == "INTERNAL"
    assert everything_of() == before


@pytest.mark.parametrize("name", sorted(DEEDS))
async def test_who_lacks_the_permission_does_nothing_and_leaves_no_line(
    scene: Scene, shop: Shop, everything_of: EverythingOf, name: str
) -> None:
    wanted = await DEEDS[name](scene)
    before = everything_of()
    needed = next(permission for query, permission in OPERATIONS.items() if f"mutation {{ {name}(" in query)
    token = shop.dashboard_token(*(one for one in EVERYTHING if one != needed))
    response = await scene.door.ask(mutation(name), {"input": wanted}, token=token)
    assert refused_code(response) == "PERMISSION_DENIED"
    assert everything_of() == before


async def test_the_trail_is_read_newest_first_by_subject_and_actor(scene: Scene, door: Door, shop: Shop) -> None:
    # given
    await scene.does("pointsAdjust", await DEEDS["pointsAdjust"](scene))
    await scene.does("memberHold", await DEEDS["memberHold"](scene), by=KIM, email="kim@shop.example")
    await scene.does("programPause", await DEEDS["programPause"](scene))
    token = shop.dashboard_token("MANAGE_USERS")

    async def acts(**wanted: object) -> list[str]:
        found = (await door.data(TRAIL, wanted, token=token))["auditTrail"]
        return [edge["node"]["act"] for edge in found["edges"]]

    # when, then
    assert await acts() == ["programPause", "memberHold", "pointsAdjust"]
    assert await acts(subject=scene.member) == ["memberHold", "pointsAdjust"]
    assert await acts(actor=KIM) == ["memberHold"]
    assert await acts(actor=KIM, subject=scene.program) == []
    page = (await door.data(TRAIL, {"first": 2}, token=token))["auditTrail"]
    assert page["pageInfo"]["hasNextPage"] is True
    assert await acts(first=2, after=page["pageInfo"]["endCursor"]) == ["pointsAdjust"]
    [_, held] = [edge["node"] for edge in page["edges"]]
    request = held.pop("requestId")
    assert (held | {"at": held["at"][:13]}, len(request)) == (
        {
            "act": "memberHold",
            "at": "2026-03-31T12",
            "actor": {"id": KIM, "name": "kim@shop.example"},
            "subject": scene.member,
            "before": {"status": "ACTIVE"},
            "after": {"status": "HELD"},
            "reason": "Forty sign-ups from one address",
        },
        32,
    )


async def test_another_shops_deeds_are_not_seen(scene: Scene, door: Door, other_shop: Shop) -> None:
    await scene.does("programPause", await DEEDS["programPause"](scene))
    token = other_shop.dashboard_token("MANAGE_USERS")
    for wanted in ({}, {"subject": scene.program}):
        assert (await door.data(TRAIL, wanted, token=token))["auditTrail"]["edges"] == []


@pytest.fixture
async def logged_door(database: Database, api_keys: ApiKeys) -> AsyncIterator[Door]:
    """The staff door as the web process has it, with an id for each request."""
    directory = InstallationDirectory(database, lifetime=0.0)
    callers = staff.Callers(tokens=token_reader(database, directory), keys=api_keys, directory=directory)
    app = RequestLog(Starlette(routes=staff.routes(database, callers, DESK)))
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="https://app.example") as client:
        yield Door(client, "/graphql/staff/")


async def test_a_line_names_its_request_and_the_key_that_was_used(
    scene: Scene, logged_door: Door, shop: Shop, api_keys: ApiKeys
) -> None:
    key = await api_keys.create(shop.id, name="till", scopes=["staff:*"])
    wanted = {"input": await DEEDS["programPause"](scene)}
    response = await logged_door.ask(mutation("programPause"), wanted, token=key)
    [(request, actor, name)] = await scene.rows("SELECT request_id, actor_id, actor_name FROM audit_trail")
    assert (response.headers["x-request-id"], name) == (request, None)
    assert actor.startswith("ApiKey:")
    [edge] = (await logged_door.data(TRAIL, {"actor": global_id(*actor.split(":"))}, token=key))["auditTrail"]["edges"]
    assert decode_global_id(edge["node"]["actor"]["id"]) == tuple(actor.split(":"))


def deed(**changes: Any) -> Act:  # noqa: ANN401 # any part of a deed
    parts: dict[str, Any] = {
        "name": "memberHold",
        "actor": Actor(id="21", name="sam@shop.example"),
        "subject": Subject("Member", "1"),
        "before": {"status": "ACTIVE"},
        "after": {"status": "HELD"},
        "reason": "Mrs. Miller called",
        "request_id": "r",
        "at": NOON,
    }
    return Act(**parts | changes)


@pytest.mark.parametrize(
    "change",
    [
        "UPDATE audit_trail SET act = 'nothing'",
        "UPDATE audit_trail SET actor_id = '22'",
        "UPDATE audit_trail SET after = NULL",
        "UPDATE audit_trail SET request_id = 'x', reason = NULL",
        "DELETE FROM audit_trail",
        "TRUNCATE audit_trail",
    ],
)
async def test_the_app_may_not_change_the_trail(database: Database, installation: InstallationId, change: str) -> None:
    async with database.shop(installation) as session:
        await audit(session, installation, deed())
    with pytest.raises(DBAPIError, match="permission denied"):
        async with database.shop(installation) as session:
            await session.execute(sa.text(change))


@pytest.mark.parametrize(
    "change",
    [
        "UPDATE audit_trail SET actor_id = '22'",
        "UPDATE audit_trail SET reason = 'another'",
        "UPDATE audit_trail SET actor_name = 'another', reason = NULL",
        "DELETE FROM audit_trail",
        "TRUNCATE audit_trail",
    ],
)
async def test_not_even_the_owner_changes_the_trail(
    database: Database, installation: InstallationId, addresses: Addresses, change: str
) -> None:
    async with database.shop(installation) as session:
        await audit(session, installation, deed())
    with psycopg.connect(addresses.owner) as connection, pytest.raises(psycopg.errors.RestrictViolation):
        connection.execute(change.encode())


async def test_names_and_reasons_can_be_erased_and_nothing_else(
    database: Database, installation: InstallationId
) -> None:
    async with database.shop(installation) as session:
        await audit(session, installation, deed())
        await audit(session, installation, deed(subject=Subject("Member", "2")))
        await erase_reasons(session, installation, "Member", ["1"])
        await session.execute(sa.text("UPDATE audit_trail SET actor_name = NULL"))
        second, first = await audit_trail(session, installation, most=5)
    forgotten = Actor(id="21", name=None)
    assert second.act == deed(subject=Subject("Member", "2"), actor=forgotten)
    assert first.act == deed(actor=forgotten, reason=None)
