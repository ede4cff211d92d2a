"""Staff ask for a campaign's codes, see how far they are, read them in plain, import, stop and end."""

from datetime import timedelta
from typing import Any
from uuid import uuid4

import pytest
import sqlalchemy as sa

from saleor_crm_app.kernel.ids import global_id
from tests.door import Door, Shop, refused_code
from tests.shop import LATER
from tests.staff.batch_deeds import FIVE_OFF, asked_for, batch
from tests.staff.scene import Scene, mutation, open_scene

BATCH = """
{ id name state prefix wanted made leftOut trouble isShared mostUses oncePerCustomer currency budget spent uses
  expiresAt endedAt endReason reward { id } }
"""
LIST = f"""
query ($program: ID!, $first: Int, $after: String) {{
  couponBatches(programId: $program, first: $first, after: $after) {{
    edges {{ node {BATCH} }} pageInfo {{ hasNextPage endCursor }}
  }}
}}
"""
ONE = f"query ($id: ID!) {{ couponBatch(id: $id) {BATCH} }}"
CODES = """
query ($batch: ID!, $first: Int, $after: String) {
  couponBatchCodes(batchId: $batch, first: $first, after: $after) {
    edges { node { id code state orderId } } pageInfo { hasNextPage hasPreviousPage endCursor }
  }
}
"""


@pytest.fixture
async def scene(door: Door, shop: Shop) -> Scene:
    return await open_scene(door, shop)


async def ask(scene: Scene, query: str, **variables: Any) -> Any:  # noqa: ANN401 # JSON
    """As somebody who manages discounts."""
    return await scene.door.data(query, variables, token=scene.shop.dashboard_token("MANAGE_DISCOUNTS"))


async def wanted(scene: Scene, deed: str, selection: str, /, **values: Any) -> Any:  # noqa: ANN401 # JSON
    token = scene.shop.dashboard_token("MANAGE_DISCOUNTS")
    return (await scene.door.data(mutation(deed, selection), {"input": values}, token=token))[deed]


async def errors(scene: Scene, /, **values: Any) -> list[tuple[str | None, str]]:  # noqa: ANN401 # JSON
    done = await wanted(scene, "couponBatchCreate", "batch { id } errors { field code message }", **values)
    assert done["batch"] is None
    assert all(error["message"].endswith(".") for error in done["errors"])
    return [(error["field"], error["code"]) for error in done["errors"]]


async def test_a_batch_is_read_as_it_was_asked_for(scene: Scene) -> None:
    ends = (LATER + timedelta(days=30)).isoformat()
    made = await asked_for(scene, expiresAt=ends, oncePerCustomer=True)
    [(reward,)] = await scene.rows("SELECT id FROM reward")
    expected = {
        "id": made,
        "name": "Spring flyer",
        "state": "RUNNING",
        "prefix": "SPRING",
        "wanted": 10,
        "made": 0,
        "leftOut": 0,
        "trouble": None,
        "isShared": False,
        "mostUses": None,
        "oncePerCustomer": True,
        "currency": "EUR",
        "budget": "10000",
        "spent": "0",
        "uses": 0,
        "expiresAt": ends,
        "endedAt": None,
        "endReason": None,
        "reward": {"id": global_id("LoyaltyReward", reward)},
    }
    assert (await ask(scene, ONE, id=made))["couponBatch"] == expected
    listed = (await ask(scene, LIST, program=scene.program))["couponBatches"]
    assert listed["edges"] == [{"node": expected}]
    assert (await ask(scene, ONE, id=global_id("CouponBatch", uuid4())))["couponBatch"] is None


async def test_batches_are_listed_the_newest_first_page_by_page(scene: Scene) -> None:
    first = await batch(scene)
    for name in ("A", "B", "C"):
        await scene.does("couponBatchCreate", {**first, "name": name, "idempotencyKey": str(uuid4())})
    page = (await ask(scene, LIST, program=scene.program, first=2))["couponBatches"]
    assert [edge["node"]["name"] for edge in page["edges"]] == ["C", "B"]
    after = page["pageInfo"]["endCursor"]
    rest = (await ask(scene, LIST, program=scene.program, first=2, after=after))["couponBatches"]
    assert [edge["node"]["name"] for edge in rest["edges"]] == ["A"]
    assert (page["pageInfo"]["hasNextPage"], rest["pageInfo"]["hasNextPage"]) == (True, False)


async def test_the_same_key_asks_for_one_batch(scene: Scene) -> None:
    asked = await batch(scene)
    answers = [await wanted(scene, "couponBatchCreate", "batch { id } errors { code }", **asked) for _ in range(2)]
    assert answers[0] == answers[1]
    assert await scene.rows("SELECT count(*) FROM coupon_batch") == [(1,)]
    assert await errors(scene, **{**asked, "quantity": 11}) == [("idempotencyKey", "IDEMPOTENCY_CONFLICT")]


@pytest.mark.parametrize(
    ("changes", "error"),
    [
        ({"name": " "}, ("name", "INVALID")),
        ({"quantity": 100_001}, ("quantity", "INVALID")),
        ({"quantity": -1}, ("quantity", "INVALID")),
        ({"quantity": None}, ("quantity", "INVALID")),
        ({"shared": {}}, ("quantity", "INVALID")),
        ({"prefix": "spring"}, ("prefix", "INVALID")),
        ({"expiresAt": "2020-01-01T00:00:00Z"}, ("expiresAt", "INVALID")),
        ({"budget": "0"}, ("budget", "INVALID")),
        ({"quantity": None, "shared": {"mostUses": 0}}, ("mostUses", "INVALID")),
        ({"quantity": None, "shared": {"code": "A B"}}, ("code", "INVALID")),
        ({"rewardId": global_id("LoyaltyReward", uuid4())}, ("rewardId", "NOT_FOUND")),
        ({"rewardId": "x"}, ("rewardId", "INVALID")),
    ],
)
async def test_what_cannot_be_a_batch_is_refused(scene: Scene, changes: dict[str, Any], error: tuple[str, str]) -> None:
    assert await errors(scene, **{**await batch(scene), **changes}) == [error]
    assert await scene.rows("SELECT count(*) FROM coupon_batch") == [(0,)]


@pytest.mark.parametrize("kind", ["GIFT_CARD", "CUSTOM", "DRAW_TICKET"])
async def test_only_what_is_a_voucher_in_the_shop_has_codes(scene: Scene, kind: str) -> None:
    terms = {**FIVE_OFF, "kind": kind} | ({} if kind == "GIFT_CARD" else {"amount": None})
    assert (await scene.does("rewardCreate", {"programId": scene.program, "reward": terms}))["errors"] == []
    [(reward,)] = await scene.rows("SELECT id FROM reward")
    asked = {"name": "A", "quantity": 1, "idempotencyKey": "k", "rewardId": global_id("LoyaltyReward", reward)}
    assert await errors(scene, **asked) == [("rewardId", "NOT_ELIGIBLE")]


async def test_a_reward_that_is_given_no_more_has_no_new_codes(scene: Scene) -> None:
    asked = await batch(scene)
    await scene.does("rewardRetire", {"id": asked["rewardId"]})
    assert await errors(scene, **asked) == [("rewardId", "NOT_ELIGIBLE")]


async def test_a_code_for_all_is_nobody_elses(scene: Scene) -> None:
    asked = {**await batch(scene), "quantity": None, "shared": {"code": " Spring10 "}}
    done = await wanted(scene, "couponBatchCreate", "batch { id isShared wanted } errors { code }", **asked)
    assert (done["batch"]["isShared"], done["batch"]["wanted"]) == (True, 1)
    codes = (await ask(scene, CODES, batch=done["batch"]["id"]))["couponBatchCodes"]["edges"]
    assert [(edge["node"]["code"], edge["node"]["state"]) for edge in codes] == [("Spring10", "HELD")]
    again = {**asked, "shared": {"code": "SPRING10"}, "idempotencyKey": "another"}
    assert await errors(scene, **again) == [("code", "UNIQUE")]


async def test_codes_are_read_in_plain_page_by_page_and_only_with_the_permission(scene: Scene) -> None:
    made = await asked_for(scene, quantity=0, prefix=None)
    given = [f"FLYER-{number:02}" for number in range(5)]
    done = await wanted(
        scene,
        "couponBatchImport",
        "imported rejected { row fault message } errors { code }",
        batchId=made,
        codes=[*given, "FLYER-00", "x"],
        idempotencyKey="k",
    )
    assert (done["imported"], [(one["row"], one["fault"]) for one in done["rejected"]]) == (
        5,
        [(6, "DOUBLED"), (7, "TOO_SHORT")],
    )
    first = (await ask(scene, CODES, batch=made, first=3))["couponBatchCodes"]
    after = first["pageInfo"]["endCursor"]
    second = (await ask(scene, CODES, batch=made, first=3, after=after))["couponBatchCodes"]
    assert [edge["node"]["code"] for edge in (*first["edges"], *second["edges"])] == given
    assert (second["pageInfo"]["hasNextPage"], second["pageInfo"]["hasPreviousPage"]) == (False, True)
    others = scene.shop.dashboard_token("MANAGE_USERS", "MANAGE_APPS")
    response = await scene.door.ask(CODES, {"batch": made}, token=others)
    assert refused_code(response) == "PERMISSION_DENIED"
    assert "FLYER" not in response.text


async def test_an_import_with_the_same_key_is_told_the_same_and_no_code_is_kept_in_plain(scene: Scene) -> None:
    made = await asked_for(scene, quantity=0, prefix=None)
    asked = {"batchId": made, "codes": ["FLYER-1", "FLYER-1"], "idempotencyKey": "k"}
    answers = [
        await wanted(scene, "couponBatchImport", "imported rejected { row fault } errors { code }", **asked)
        for _ in range(2)
    ]
    assert answers[0] == answers[1] == {"imported": 1, "rejected": [{"row": 2, "fault": "DOUBLED"}], "errors": []}
    tables = await scene.rows(
        "SELECT table_name FROM information_schema.columns WHERE table_schema = 'public'"
        " AND column_name = 'installation_id'"
    )
    async with scene.shop.database.shop(scene.shop.id, read_only=True) as session:
        for (table,) in tables:
            rows = await session.scalars(sa.text(f"SELECT held::text FROM {table} AS held"))
            assert (table, [row for row in rows if "FLYER-1" in row]) == (table, [])


async def test_stopping_resuming_and_ending_have_their_order(scene: Scene) -> None:
    made = await asked_for(scene)
    selection = "batch { state endReason } errors { code message }"

    async def act(name: str) -> Any:  # noqa: ANN401 # JSON
        done = await wanted(scene, name, selection, batchId=made)
        return [error["message"] for error in done["errors"]] or done["batch"]["state"]

    assert await act("couponBatchResume") == ["This batch was not stopped."]
    assert await act("couponBatchStop") == "STOPPED"
    assert (await act("couponBatchStop"))[0].startswith("No codes are being made")
    assert await act("couponBatchResume") == "RUNNING"
    assert await act("couponBatchEnd") == "ENDED"
    for name in ("couponBatchStop", "couponBatchResume", "couponBatchEnd"):
        assert await act(name) == ["This batch has ended. Make another one."]
    [line] = await scene.rows("SELECT before, after FROM audit_trail WHERE act = 'couponBatchEnd'")
    assert [one["state"] for one in line] == ["RUNNING", "ENDED"]


async def test_another_shops_batch_is_not_there(scene: Scene, door: Door, other_shop: Shop) -> None:
    made = await asked_for(scene, quantity=0, prefix=None)
    token = other_shop.dashboard_token("MANAGE_DISCOUNTS")
    assert (await door.data(ONE, {"id": made}, token=token))["couponBatch"] is None
    assert (await door.data(CODES, {"batch": made}, token=token))["couponBatchCodes"]["edges"] == []
    end = mutation("couponBatchEnd", "errors { code }")
    answer = (await door.data(end, {"input": {"batchId": made}}, token=token))["couponBatchEnd"]
    assert answer == {"errors": [{"code": "NOT_FOUND"}]}
