"""Staff move points through their API: what they are told, what customers see of it, and what is refused."""

import asyncio
from collections.abc import AsyncIterator
from datetime import timedelta
from typing import Any
from uuid import uuid4

import httpx
import pytest
import sqlalchemy as sa
from starlette.applications import Starlette

from saleor_crm_app import staff
from saleor_crm_app.kernel.db import Database
from saleor_crm_app.kernel.ids import global_id
from saleor_crm_app.loyalty import points
from saleor_crm_app.saleor.api_keys import ApiKeys
from saleor_crm_app.saleor.directory import InstallationDirectory
from tests.conftest import Addresses
from tests.door import ANNAS_ID, Door, Shop, clock_at, token_reader
from tests.shop import LATER
from tests.staff.conftest import DESK
from tests.staff.deeds import DEEDS, KIM
from tests.staff.scene import Scene, mutation, open_scene

TOLD = """
entry {
  id number kind source points reason occurredAt availableAt expiresAt
  note { code text actor { id name } costCenter }
}
request {
  id state act memberId points reason text reversedEntryId requester { id name } requestedAt expiresAt
  decider { id name } decidedAt entryId
}
errors { field code message }
"""
REQUESTS = """
query Requests($state: StaffRequestState, $first: Int, $after: String) {
  staffRequests(state: $state, first: $first, after: $after) {
    edges { node { id state text decider { name } } }
    pageInfo { hasNextPage endCursor }
  }
}
"""
SAM = global_id("User", 21)
NO_ERRORS: list[object] = []


@pytest.fixture
async def scene(door: Door, shop: Shop) -> Scene:
    return await open_scene(door, shop)


@pytest.fixture
async def second_door(addresses: Addresses, api_keys: ApiKeys) -> AsyncIterator[Door]:
    """The same door of another process."""
    database = Database(addresses.app)
    directory = InstallationDirectory(database, lifetime=0.0)
    callers = staff.Callers(tokens=token_reader(database, directory), keys=api_keys, directory=directory)
    app = Starlette(routes=staff.routes(database, callers, DESK))
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="https://app.example") as client:
        yield Door(client, "/graphql/staff/")
    await database.close()


def adjustment(scene: Scene, **changes: object) -> dict[str, Any]:
    return {
        "memberId": scene.member,
        "points": 50,
        "reason": "COMPLAINT",
        "text": "  Parcel of Mrs. Miller ",
        "idempotencyKey": str(uuid4()),
    } | changes


async def told(scene: Scene, name: str, wanted: dict[str, Any], *, door: Door | None = None, by: str = SAM) -> Any:  # noqa: ANN401 # JSON
    """All that is told of an act."""
    token = scene.shop.dashboard_token(
        "MANAGE_USERS", user_id=by, email=f"{'sam' if by == SAM else 'kim'}@shop.example"
    )
    return (await (door or scene.door).data(mutation(name, TOLD), {"input": wanted}, token=token))[name]


async def error(scene: Scene, name: str, wanted: dict[str, Any], *, by: str = SAM) -> tuple[str, str, str]:
    """The one error of an act that did nothing."""
    before = await books(scene)
    answer = await told(scene, name, wanted, by=by)
    [found] = answer["errors"]
    assert (answer["entry"], answer["request"], await books(scene)) == (None, None, before)
    return found["field"], found["code"], found["message"]


async def books(scene: Scene) -> list[Any]:
    counted = " UNION ALL ".join(
        f"SELECT '{table}', count(*) FROM {table}"
        for table in ("entry", "lot", "entry_note", "staff_request", "staff_day", "audit_trail", "idempotency")
    )
    return await scene.rows(counted)


async def test_who_adjusts_is_told_the_entry_with_their_words(scene: Scene) -> None:
    answer = await told(scene, "pointsAdjust", adjustment(scene))
    at = answer["entry"].pop("occurredAt")
    assert (at[:13], answer["entry"].pop("availableAt")) == ("2026-03-31T12", at)
    [(entry,)] = await scene.rows("SELECT id FROM entry WHERE source = 'STAFF'")
    assert answer == {
        "entry": {
            "id": global_id("PointsEntry", entry),
            "number": 2,
            "kind": "ADJUST",
            "source": "STAFF",
            "points": 50,
            "reason": "Because of a complaint",
            "expiresAt": "2027-04-01T00:00:00+00:00",
            "note": {
                "code": "COMPLAINT",
                "text": "Parcel of Mrs. Miller",
                "actor": {"id": SAM, "name": "sam@shop.example"},
                "costCenter": None,
            },
        },
        "request": None,
        "errors": NO_ERRORS,
    }
    [(before, after)] = await scene.rows("SELECT before, after FROM audit_trail")
    assert (before, after) == (
        {"balance": 100, "deficit": 0},
        {
            "balance": 150,
            "deficit": 0,
            "points": 50,
            "entry": str(entry),
            "act": {"type": "ADJUST", "points": 50, "code": "COMPLAINT", "allow_deficit": False},
        },
    )


async def test_many_at_once_with_one_key_do_it_once_and_are_told_the_same(scene: Scene, second_door: Door) -> None:
    wanted = adjustment(scene)
    doors = (scene.door, second_door)
    token = scene.shop.dashboard_token("MANAGE_USERS")
    query = mutation("pointsAdjust", TOLD)
    calls = (doors[number % 2].ask(query, {"input": wanted}, token=token) for number in range(20))
    bodies = {response.content for response in await asyncio.gather(*calls)}
    assert len(bodies) == 1
    assert b'"errors":[]' in bodies.pop()
    assert await scene.rows("SELECT sum(points), count(*) FROM entry WHERE source = 'STAFF'") == [(50, 1)]
    assert await scene.rows("SELECT count(*) FROM audit_trail") == [(1,)]
    field, code, _ = await error(scene, "pointsAdjust", wanted | {"points": 51})
    assert (field, code) == ("idempotencyKey", "IDEMPOTENCY_CONFLICT")
    other = {name: wanted[name] for name in ("memberId", "points", "text", "idempotencyKey")}
    assert (await error(scene, "goodwillGrant", other))[1] == "IDEMPOTENCY_CONFLICT"


async def test_the_key_of_a_colleague_or_of_another_shop_is_not_ones_own(
    scene: Scene, door: Door, other_shop: Shop
) -> None:
    wanted = adjustment(scene)
    first = await told(scene, "pointsAdjust", wanted)
    second = await told(scene, "pointsAdjust", wanted, by=KIM)
    assert first["entry"]["id"] != second["entry"]["id"]
    foreign = await open_scene(door, other_shop)
    third = await told(foreign, "pointsAdjust", wanted)
    assert third["errors"][0]["code"] == "NOT_FOUND"
    assert await scene.rows("SELECT balance FROM account") == [(200,)]


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"points": 0}, "points"),
        ({"points": 1_000_000_001}, "points"),
        ({"points": -1_000_000_001}, "points"),
        ({"text": "  "}, "text"),
        ({"text": "x" * 501}, "text"),
        ({"text": "a\x00b"}, "text"),
        ({"memberId": ANNAS_ID}, "memberId"),
        ({"idempotencyKey": ""}, "idempotencyKey"),
        ({"idempotencyKey": "k" * 256}, "idempotencyKey"),
    ],
)
async def test_what_makes_no_sense_is_refused_with_the_input_at_fault(
    scene: Scene, changes: dict[str, object], field: str
) -> None:
    assert (await error(scene, "pointsAdjust", adjustment(scene, **changes)))[:2] == (field, "INVALID")


async def test_refusals_say_what_to_do(scene: Scene) -> None:
    nobody = global_id("Member", uuid4())
    assert await error(scene, "pointsAdjust", adjustment(scene, memberId=nobody)) == (
        "memberId",
        "NOT_FOUND",
        "There is no such member.",
    )
    assert await error(scene, "pointsAdjust", adjustment(scene, points=-101)) == (
        "points",
        "NOT_ENOUGH_POINTS",
        "100 points are available; 1 more are needed.",
    )
    goodwill = {"memberId": scene.member, "points": -5, "text": "x", "idempotencyKey": "k"}
    assert (await error(scene, "goodwillGrant", goodwill))[:2] == ("points", "INVALID")


async def test_an_entry_is_reversed_once(scene: Scene) -> None:
    wanted = await DEEDS["entryReverse"](scene)
    answer = await told(scene, "entryReverse", wanted)
    assert (answer["entry"]["kind"], answer["entry"]["points"], answer["errors"]) == ("REVERSE", -20, NO_ERRORS)
    assert await told(scene, "entryReverse", wanted) == answer
    field, _, message = await error(scene, "entryReverse", wanted | {"idempotencyKey": "another"})
    assert (field, message) == ("entryId", "This entry was reversed already.")
    async with scene.shop.database.shop(scene.shop.id, read_only=True) as session:
        assert (await points.verify(session, scene.shop.id)).findings == ()


async def test_a_large_act_is_done_once_somebody_else_approves(scene: Scene, shop: Shop, api_keys: ApiKeys) -> None:
    # given
    wanted = adjustment(scene, points=10_001)
    asked = await told(scene, "pointsAdjust", wanted)
    request = asked["request"]
    assert (asked["entry"], asked["errors"]) == (None, NO_ERRORS)
    assert {name: request[name] for name in ("state", "act", "memberId", "points", "reason", "text", "decider")} == {
        "state": "WAITING",
        "act": "ADJUST",
        "memberId": scene.member,
        "points": 10_001,
        "reason": "COMPLAINT",
        "text": "Parcel of Mrs. Miller",
        "decider": None,
    }
    assert (request["requester"], request["expiresAt"][:13]) == (
        {"id": SAM, "name": "sam@shop.example"},
        "2026-04-14T12",
    )
    # when
    approval = {"requestId": request["id"], "idempotencyKey": "one"}
    assert await error(scene, "staffRequestApprove", approval) == (
        "requestId",
        "NOT_ELIGIBLE",
        "Somebody else has to approve this, signed in as themselves.",
    )
    key = await api_keys.create(shop.id, name="till", scopes=["staff:*"])
    answer = await scene.door.data(mutation("staffRequestApprove"), {"input": approval}, token=key)
    assert answer["staffRequestApprove"]["errors"][0]["code"] == "NOT_ELIGIBLE"
    done = await told(scene, "staffRequestApprove", approval, by=KIM)
    # then
    assert (done["request"]["state"], done["request"]["decider"]) == (
        "APPROVED",
        {"id": KIM, "name": "kim@shop.example"},
    )
    assert done["request"]["entryId"] == done["entry"]["id"]
    assert (done["entry"]["points"], done["entry"]["note"]["actor"]["id"]) == (10_001, SAM)
    assert await told(scene, "staffRequestApprove", approval, by=KIM) == done
    # who asked is told again what they were told then
    assert await told(scene, "pointsAdjust", wanted) == asked
    assert await scene.rows("SELECT act, actor_id, after ->> 'state' FROM audit_trail ORDER BY id") == [
        ("pointsAdjust", "21", "WAITING"),
        ("staffRequestApprove", "22", "APPROVED"),
    ]
    again = {"requestId": request["id"], "idempotencyKey": "two"}
    assert (await error(scene, "staffRequestApprove", again, by=KIM))[2] == (
        "This request does not wait any more: it is approved."
    )


async def test_more_than_a_days_points_wait(scene: Scene) -> None:
    assert (await told(scene, "pointsAdjust", adjustment(scene, points=4_999)))["entry"] is not None
    assert (await told(scene, "pointsAdjust", adjustment(scene, points=-2)))["request"]["points"] == -2
    assert (await told(scene, "pointsAdjust", adjustment(scene, points=-1)))["entry"] is not None
    assert (await told(scene, "goodwillGrant", await DEEDS["goodwillGrant"](scene)))["entry"] is None


async def test_requests_are_listed_newest_first_by_their_state(scene: Scene, door: Door, shop: Shop) -> None:
    # given
    ids = [
        (await told(scene, "pointsAdjust", adjustment(scene, points=20_000 + number)))["request"]["id"]
        for number in range(3)
    ]
    token = shop.dashboard_token("MANAGE_USERS")
    rejected = await scene.does("staffRequestReject", {"requestId": ids[1], "text": "No"}, email="sam@shop.example")

    async def listed(**wanted: object) -> list[tuple[str, str]]:
        found = (await door.data(REQUESTS, wanted, token=token))["staffRequests"]
        return [(edge["node"]["id"], edge["node"]["state"]) for edge in found["edges"]]

    # when, then
    assert rejected["errors"] == []
    assert await listed() == [(ids[2], "WAITING"), (ids[1], "REJECTED"), (ids[0], "WAITING")]
    assert await listed(state="WAITING") == [(ids[2], "WAITING"), (ids[0], "WAITING")]
    page = (await door.data(REQUESTS, {"first": 2}, token=token))["staffRequests"]["pageInfo"]
    assert await listed(first=2, after=page["endCursor"]) == [(ids[0], "WAITING")]
    async with shop.database.shop(shop.id) as session:
        moved = clock_at(LATER + timedelta(days=15))
        await session.execute(
            sa.text("UPDATE installation SET clock_offset = :clock_offset"), {"clock_offset": moved["clock_offset"]}
        )
    assert await listed(state="EXPIRED") == [(ids[2], "EXPIRED"), (ids[0], "EXPIRED")]
    approval = {"requestId": ids[0], "idempotencyKey": "k"}
    assert (await error(scene, "staffRequestApprove", approval, by=KIM))[2].endswith("it is expired.")


async def test_a_held_account_shows_so_until_it_is_released(scene: Scene) -> None:
    for name, status in (("memberHold", "HELD"), ("memberRelease", "ACTIVE")):
        wanted = {"memberId": scene.member, "text": "Forty sign-ups from one address"}
        token = scene.shop.dashboard_token("MANAGE_USERS")
        query = mutation(name, "member { status } errors { field message }")
        first = (await scene.door.data(query, {"input": wanted}, token=token))[name]
        second = (await scene.door.data(query, {"input": wanted}, token=token))[name]
        assert first == {"member": {"status": status}, "errors": []}
        message = "This account is held already." if status == "HELD" else "This account is not held."
        assert second == {"member": None, "errors": [{"field": "memberId", "message": message}]}
