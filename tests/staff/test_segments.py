"""Segments through the staff door: made, tried, counted, told in words, and ended."""

from typing import Any

import pytest

from saleor_crm_app.crm import segments
from saleor_crm_app.crm.segments import READY
from saleor_crm_app.kernel.ids import global_id
from saleor_crm_app.reactions.segments import follow_customers
from tests.crm.facts.test_rollups import BEN, happen, ordered
from tests.door import Door, Shop
from tests.shop import ANNA, NOON
from tests.staff.campaign_deeds import CAMPAIGN
from tests.staff.scene import Scene, open_scene
from tests.staff.segment_deeds import BUYERS, made_segment

SEGMENTS = """
query ($language: SegmentLanguage) {
  segments {
    id key name version condition words(language: $language) count
    insufficientData { what have needed } sizes { members }
  }
}
"""
PREVIEW = """
query ($condition: JSON!) {
  segmentPreview(condition: $condition) { count words insufficientData { what } errors { field code message } }
}
"""
MEMBERS = """
query ($segment: ID!, $first: Int, $after: String) {
  segmentMembers(segmentId: $segment, first: $first, after: $after) {
    edges { cursor node { customerId since } } pageInfo { hasNextPage }
  }
}
"""


@pytest.fixture
async def scene(door: Door, shop: Shop) -> Scene:
    made = await open_scene(door, shop)
    await happen(
        shop.database,
        shop.id,
        ordered(3),
        ordered(5, customer=BEN),
        ordered(40, customer=BEN),
        ordered(90, customer=BEN),
    )
    return made


async def asked(scene: Scene, query: str, **variables: object) -> Any:  # noqa: ANN401 # JSON
    token = scene.shop.dashboard_token("MANAGE_DISCOUNTS", "MANAGE_USERS")
    return await scene.door.data(query, variables, token=token)


async def follow(scene: Scene) -> None:
    """What an order has the segments do at once."""
    async with scene.shop.database.shop(scene.shop.id) as session:
        await follow_customers(session, scene.shop.id, [ANNA, BEN], (), at=NOON)
        await segments.measure(session, scene.shop.id, at=NOON)


async def test_a_segment_tells_its_condition_its_number_and_its_members(scene: Scene) -> None:
    await scene.does("segmentCreate", {"name": "Buyers", "condition": BUYERS})
    await follow(scene)
    [found] = (await asked(scene, SEGMENTS, language="RU"))["segments"]
    assert (found["name"], found["version"], found["condition"], found["count"]) == ("Buyers", 1, BUYERS, "2")
    assert "заказ" in found["words"]
    first = (await asked(scene, MEMBERS, segment=found["id"], first=1))["segmentMembers"]
    assert first["pageInfo"] == {"hasNextPage": True}
    rest = (await asked(scene, MEMBERS, segment=found["id"], after=first["edges"][0]["cursor"]))["segmentMembers"]
    assert {edge["node"]["customerId"] for edge in (*first["edges"], *rest["edges"])} == {
        global_id("User", ANNA),
        global_id("User", BEN),
    }


async def test_a_condition_is_tried_before_it_is_kept(scene: Scene) -> None:
    thrice = {"type": "NUMBER", "fact": "ORDERS", "atLeast": 3}
    found = (await asked(scene, PREVIEW, condition=thrice))["segmentPreview"]
    assert (found["count"], found["insufficientData"], found["errors"]) == ("1", [], [])
    found = (await asked(scene, PREVIEW, condition={"type": "NUMBER", "fact": "SHOES"}))["segmentPreview"]
    assert (found["count"], [one["code"] for one in found["errors"]]) == (None, ["INVALID"])
    assert await scene.rows("SELECT id FROM segment") == []


async def test_the_ready_set_says_what_is_too_little_to_tell(scene: Scene) -> None:
    made = await scene.does("segmentReadySetCreate", {})
    assert made["errors"] == []
    await scene.does("segmentReadySetCreate", {})
    found = (await asked(scene, SEGMENTS))["segments"]
    assert [one["key"] for one in found] == [one.key for one in READY]
    lacking = {one["key"]: one["insufficientData"] for one in found}
    assert lacking["CHAMPIONS"] == [{"what": "PURCHASERS", "have": "2", "needed": "30"}]
    assert lacking["NEW"] == []


async def test_a_stale_version_is_refused_and_who_is_retired_is_gone(scene: Scene) -> None:
    await scene.does("segmentCreate", {"name": "Buyers", "condition": BUYERS})
    [found] = (await asked(scene, SEGMENTS))["segments"]
    change = {"id": found["id"], "expectedVersion": 2, "name": "All", "condition": BUYERS}
    assert [one["code"] for one in (await scene.does("segmentUpdate", change))["errors"]] == ["STALE_VERSION"]
    assert (await scene.does("segmentUpdate", change | {"expectedVersion": 1}))["errors"] == []
    await scene.does("segmentRetire", {"id": found["id"]})
    assert (await asked(scene, SEGMENTS))["segments"] == []
    assert [one["code"] for one in (await scene.does("segmentRetire", {"id": found["id"]}))["errors"]] == ["NOT_FOUND"]


async def test_a_segment_of_an_audience_is_retired_behind_its_campaign(scene: Scene) -> None:
    segment = await made_segment(scene)
    await follow(scene)
    terms = CAMPAIGN | {"audience": {"noneOf": [segment]}}
    await scene.does("campaignCreate", {"programId": scene.program, "campaign": terms})
    [refused] = (await scene.does("segmentRetire", {"id": segment}))["errors"]
    assert refused["message"] == "The segment is still asked for; change or end this first: the campaign “Spring”."
    assert await scene.rows("SELECT count(*) FROM segment_member") == [(2,)]
    [(campaign,)] = await scene.rows("SELECT id FROM campaign")
    await scene.does("campaignEnd", {"id": global_id("Campaign", campaign)})
    assert (await scene.does("segmentRetire", {"id": segment}))["errors"] == []
    assert await scene.rows("SELECT count(*) FROM segment_member") == [(0,)]
