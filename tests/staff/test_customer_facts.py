"""What staff and programs write down of a customer, and all that is known of one, through the staff door."""

from datetime import timedelta
from typing import Any

import pytest

from saleor_crm_app.crm import facts, segments
from saleor_crm_app.crm.customers import Occasion
from saleor_crm_app.kernel.ids import global_id
from saleor_crm_app.reactions.facts import keep_facts
from saleor_crm_app.saleor.api_keys import ApiKeys
from tests.crm.facts.test_rollups import happen, ordered
from tests.door import Door, Shop
from tests.shop import ANNA, LATER, NOON
from tests.staff.scene import Scene, mutation, open_scene

ANNAS = global_id("User", ANNA)
INSIGHT = """
query ($customer: ID!) {
  customerInsight(customerId: $customer) {
    customerId recency cell phase phaseSince segments { id key name since }
    facts { name value source observedAt purpose programId }
  }
}
"""


@pytest.fixture
async def scene(door: Door, shop: Shop) -> Scene:
    made = await open_scene(door, shop)
    await happen(shop.database, shop.id, ordered(3, 5000))
    return made


async def insight(scene: Scene, customer: str = ANNAS) -> Any:  # noqa: ANN401 # JSON
    token = scene.shop.dashboard_token("MANAGE_USERS")
    return (await scene.door.data(INSIGHT, {"customer": customer}, token=token))["customerInsight"]


async def told(scene: Scene) -> dict[str, tuple[object, ...]]:
    found = (await insight(scene))["facts"]
    return {
        one["name"]: (one["value"], one["source"], one["purpose"])
        for one in found
        if one["source"] in {"STAFF", "APP", "EVENT"}
    }


async def test_a_fact_is_set_replaced_and_unset(scene: Scene) -> None:
    size = {"customerId": ANNAS, "name": "size", "value": "M", "purpose": "marketing"}
    assert (await scene.does("customerFactSet", size))["errors"] == []
    assert await told(scene) == {"size": ("M", "STAFF", "marketing")}
    await scene.does("customerFactSet", {"customerId": ANNAS, "name": "size", "value": 42})
    assert await told(scene) == {"size": (42, "STAFF", None)}
    assert (await scene.does("customerFactUnset", {"customerId": ANNAS, "name": "size"}))["errors"] == []
    assert await told(scene) == {}
    [refused] = (await scene.does("customerFactUnset", {"customerId": ANNAS, "name": "size"}))["errors"]
    assert (refused["code"], refused["field"]) == ("NOT_FOUND", "name")


async def test_what_a_program_tells_is_told_by_an_app(scene: Scene, api_keys: ApiKeys) -> None:
    key = await api_keys.create(scene.shop.id, name="shop", scopes=["staff:*"])
    wanted = {"input": {"customerId": ANNAS, "name": "newsletter", "value": True}}
    await scene.door.data(mutation("customerFactSet"), wanted, token=key)
    assert await told(scene) == {"newsletter": (True, "APP", None)}


@pytest.mark.parametrize(
    ("wrong", "field", "code"),
    [
        ({"customerId": global_id("User", 999)}, "customerId", "NOT_FOUND"),
        ({"customerId": "VXNl"}, "customerId", "INVALID"),
        ({"name": " "}, "name", "INVALID"),
        ({"name": "visit"}, "name", "INVALID"),
        ({"value": ["M"]}, "value", "INVALID"),
        ({"value": 2**54}, "value", "INVALID"),
        ({"value": "x\x00"}, "value", "INVALID"),
        ({"purpose": ""}, "purpose", "INVALID"),
        ({"observedAt": (LATER + timedelta(days=1)).isoformat()}, "observedAt", "INVALID"),
        ({"observedAt": (NOON - timedelta(days=9)).isoformat()}, "observedAt", "STALE_VERSION"),
    ],
)
async def test_what_cannot_be_is_refused_by_its_field(
    scene: Scene, wrong: dict[str, object], field: str, code: str
) -> None:
    visit = Occasion(customer=ANNA, key="1", name="visit", occurred_at=NOON)
    async with scene.shop.database.shop(scene.shop.id) as session:
        await facts.note_events(session, scene.shop.id, [visit], at=NOON)
    size = {"customerId": ANNAS, "name": "size", "value": "M", "observedAt": NOON.isoformat()}
    await scene.does("customerFactSet", size)
    before = await told(scene)
    refused = (await scene.does("customerFactSet", size | wrong))["errors"]
    assert [(one["field"], one["code"]) for one in refused] == [(field, code)]
    assert await told(scene) == before


async def test_segments_follow_a_fact_at_once(scene: Scene) -> None:
    condition = {"type": "FACT", "name": "size", "in": ["M"]}
    await scene.does("segmentCreate", {"name": "Medium", "condition": condition})
    await scene.does("customerFactSet", {"customerId": ANNAS, "name": "size", "value": "M"})
    assert [one["name"] for one in (await insight(scene))["segments"]] == ["Medium"]
    await scene.does("customerFactUnset", {"customerId": ANNAS, "name": "size"})
    assert (await insight(scene))["segments"] == []


async def test_the_trail_tells_the_fact_and_not_its_value(scene: Scene) -> None:
    await scene.does("customerFactSet", {"customerId": ANNAS, "name": "size", "value": "very small"})
    [(trail,)] = await scene.rows("SELECT audit_trail::text FROM audit_trail WHERE act = 'customerFactSet'")
    assert "size" in trail
    assert "very small" not in trail


async def test_all_that_is_known_is_told_with_its_source(scene: Scene) -> None:
    shop = scene.shop
    async with shop.database.shop(shop.id) as session:
        await keep_facts(session, shop.id, {ANNA}, (), at=NOON)
        await segments.create_ready(session, shop.id, at=NOON)
        await segments.follow(session, shop.id, {ANNA}, at=NOON)
    found = await insight(scene)
    known = {one["name"]: (one["value"], one["source"]) for one in found["facts"]}
    assert known["ORDERS"] == (2, "ORDERS")
    assert known["REVENUE"] == ({"minor": 15000, "currency": "EUR"}, "ORDERS")
    assert known["LAST_ORDER"] == ((NOON - timedelta(days=3)).isoformat(), "ORDERS")
    assert known["CONFIRMED"] == (False, "SHOP")
    assert known["AVAILABLE"] == (0, "LOYALTY")
    assert {one["programId"] for one in found["facts"] if one["source"] == "LOYALTY"} == {scene.program}
    assert (found["phase"], found["recency"], found["cell"]) == ("DEVELOPMENT", None, None)
    assert [one["key"] for one in found["segments"]] == ["NEW"]


async def test_who_is_not_known_has_no_sheet(scene: Scene) -> None:
    assert await insight(scene, global_id("User", 999)) is None
