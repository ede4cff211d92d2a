"""Earning rules through the staff API: written, read in two languages, published, refused, retired."""

from collections.abc import Mapping
from typing import Any

import msgspec
import pytest

from saleor_crm_app.kernel.ids import global_id, new_id
from saleor_crm_app.loyalty.rules import rule_schema_text
from tests.door import Door, Shop, counted, refused_code
from tests.shop import LATER
from tests.staff.deeds import CART, RULE
from tests.staff.scene import Scene, mutation, open_scene

RULES = """
query Rules($program: ID!) {
  earningRules(programId: $program) {
    id name version state publishedVersion rule published
    description inRussian: description(language: RU) author { id }
  }
}
"""
SETS = """
query Sets($program: ID!, $first: Int) {
  ruleSets(programId: $program, first: $first) {
    version basedOn isLive liveFrom note rules exclude changes inRussian: changes(language: RU)
    author { id } goldenCarts { name points cart }
  }
}
"""
RULE_OF = "rule { id name version state } errors { field code message }"
PUBLISHED = "rule { state publishedVersion } ruleSets { version liveFrom } errors { field code message }"


class Office:
    """Somebody who may manage discounts."""

    def __init__(self, scene: Scene) -> None:
        self._door, self._shop, self.program = scene.door, scene.shop, scene.program
        self.token = scene.shop.dashboard_token("MANAGE_DISCOUNTS")

    async def reads(self, query: str, **variables: object) -> Any:  # noqa: ANN401 # any field
        variables = {"program": self.program} | variables
        [found] = (await self._door.data(query, variables, token=self.token)).values()
        return found

    async def does(self, act: str, selection: str, **wanted: object) -> Any:  # noqa: ANN401 # any payload
        return (await self._door.data(mutation(act, selection), {"input": wanted}, token=self.token))[act]

    async def writes(self, **parts: object) -> str:
        made = await self.does("earningRuleCreate", RULE_OF, programId=self.program, rule={**RULE, **parts})
        assert made["errors"] == []
        return str(made["rule"]["id"])

    async def publishes(self, rule: str, *, newest: int, **said: object) -> Mapping[str, Any]:
        found: Mapping[str, Any] = await self.does(
            "earningRulePublish", PUBLISHED, id=rule, expectedVersion=1, expectedRuleSetVersion=newest, **said
        )
        return found


@pytest.fixture
async def office(door: Door, shop: Shop) -> Office:
    return Office(await open_scene(door, shop))


async def test_a_rule_is_written_published_and_told_in_two_languages(office: Office) -> None:
    rule = await office.writes()
    made = await office.publishes(rule, newest=1, note="For spring")
    assert (made["errors"], made["rule"]) == ([], {"state": "LIVE", "publishedVersion": 1})
    base, bonus = await office.reads(RULES)
    assert (base["name"], base["state"], base["author"]) == ("Base", "LIVE", None)
    assert base["description"] == "“Base”: an order earns 1 point for each 1.00 EUR."
    assert bonus == {
        "id": rule,
        "name": "Bonus",
        "version": 1,
        "state": "LIVE",
        "publishedVersion": 1,
        "rule": RULE,
        "published": RULE,
        "description": "“Bonus”: an order earns 50 points once it is paid in full.",
        "inRussian": "«Bonus»: заказ приносит 50 баллов после полной оплаты.",
        "author": {"id": global_id("User", 21)},
    }
    second, first = await office.reads(SETS)
    assert (first["version"], first["isLive"], first["liveFrom"], first["author"]) == (1, False, None, None)
    assert first["changes"] == ["“Base”: an order earns 1 point for each 1.00 EUR."]
    assert (second["version"], second["basedOn"], second["isLive"], second["note"]) == (2, 1, True, "For spring")
    assert second["changes"] == ["New: “Bonus”: an order earns 50 points once it is paid in full."]
    assert second["inRussian"] == ["Новое: «Bonus»: заказ приносит 50 баллов после полной оплаты."]
    assert [(one["name"], one["version"]) for one in second["rules"]] == [("Base", 1), ("Bonus", 1)]
    assert await office.reads(SETS, first=1) == [second]


async def test_a_rule_is_told_with_the_names_of_the_segments_it_asks_for(office: Office) -> None:
    buyers = {"name": "Buyers", "condition": {"type": "NUMBER", "fact": "ORDERS", "atLeast": 1}}
    segment = (await office.does("segmentCreate", "segment { id } errors { code }", **buyers))["segment"]["id"]
    rule = await office.writes(**{"if": {"type": "SEGMENT", "in": [segment]}})
    sentence = "“Bonus”: an order earns 50 points once it is paid in full, if the customer is in the segment Buyers."
    made = await office.does(
        "earningRulePublish",
        "rule { description } ruleSets { changes } errors { code }",
        id=rule,
        expectedVersion=1,
        expectedRuleSetVersion=1,
    )
    assert made == {
        "rule": {"description": sentence},
        "ruleSets": [{"changes": [f"New: {sentence}"]}],
        "errors": [],
    }
    unknown = {"type": "SEGMENT", "in": [global_id("CustomerSegment", new_id())]}
    refused = await office.publishes(await office.writes(**{"if": unknown}), newest=2)
    assert [error["message"] for error in refused["errors"]] == [
        "The rule cannot be published: at $.if.in[0]: there is no such segment, or it was retired."
    ]


async def test_a_segment_that_a_rule_asks_for_is_retired_behind_the_rule(office: Office) -> None:
    buyers = {"name": "Buyers", "condition": {"type": "NUMBER", "fact": "ORDERS", "atLeast": 1}}
    segment = (await office.does("segmentCreate", "segment { id } errors { code }", **buyers))["segment"]["id"]
    rule = await office.writes(**{"if": {"type": "NOT", "of": {"type": "SEGMENT", "in": [segment]}}})
    await office.publishes(rule, newest=1)
    refused = await office.does("segmentRetire", "segment { id } errors { field code message }", id=segment)
    assert refused == {
        "segment": None,
        "errors": [
            {
                "field": "id",
                "code": "INVALID",
                "message": "The segment is still asked for; change or end this first: the rule “Bonus”.",
            }
        ],
    }
    await office.does("earningRuleRetire", "errors { code }", id=rule, expectedRuleSetVersion=2)
    assert (await office.does("segmentRetire", "errors { code }", id=segment))["errors"] == []
    told = [one["description"] for one in await office.reads(RULES)][1]
    assert told.endswith("if not (the customer is in the segment Buyers).")  # also when both are gone


async def test_a_planned_rule_keeps_its_segment_too(office: Office) -> None:
    buyers = {"name": "Buyers", "condition": {"type": "NUMBER", "fact": "ORDERS", "atLeast": 1}}
    segment = (await office.does("segmentCreate", "segment { id } errors { code }", **buyers))["segment"]["id"]
    rule = await office.writes(**{"if": {"type": "SEGMENT", "in": [segment]}})
    made = await office.publishes(rule, newest=1, liveFrom="2999-01-01T00:00:00Z")
    assert made["errors"] == []
    refused = await office.does("segmentRetire", "errors { message }", id=segment)
    assert [error["message"] for error in refused["errors"]] == [
        "The segment is still asked for; change or end this first: the rule “Bonus”."
    ]


async def test_one_rule_is_read_and_written_anew(office: Office) -> None:
    rule = await office.writes()
    more = {**RULE, "name": "More"}
    changed = await office.does("earningRuleUpdate", RULE_OF, id=rule, expectedVersion=1, rule=more)
    assert changed == {"rule": {"id": rule, "name": "More", "version": 2, "state": "DRAFT"}, "errors": []}
    stale = await office.does("earningRuleUpdate", RULE_OF, id=rule, expectedVersion=1, rule=RULE)
    message = "This was changed meanwhile: it is at version 2, not 1; read it again."
    assert stale["errors"] == [{"field": "version", "code": "STALE_VERSION", "message": message}]
    query = "query One($id: ID!) { earningRule(id: $id) { name rule published programId } }"
    assert await office.reads(query, id=rule) == {
        "name": "More",
        "rule": more,
        "published": None,
        "programId": office.program,
    }
    assert await office.reads(query, id=global_id("EarningRule", new_id())) is None


async def test_the_programs_own_rate_is_a_rule_that_can_be_changed(office: Office) -> None:
    [base] = await office.reads(RULES)
    dearer = {**base["rule"], "then": {"type": "PER_AMOUNT", "points": 1, "minor": 200}}
    changed = await office.does("earningRuleUpdate", RULE_OF, id=base["id"], expectedVersion=1, rule=dearer)
    assert changed["errors"] == []
    await office.does("earningRulePublish", PUBLISHED, id=base["id"], expectedVersion=2, expectedRuleSetVersion=1)
    [newest, _] = await office.reads(SETS)
    assert newest["changes"] == [
        "“Base”: the reward was: 1 point for each 1.00 EUR; is now: 1 point for each 2.00 EUR."
    ]


async def test_a_publication_is_planned_and_retired(office: Office) -> None:
    rule = await office.writes()
    planned = LATER.replace(month=12)
    made = await office.publishes(rule, newest=1, liveFrom=planned.isoformat())
    assert made["rule"] == {"state": "SCHEDULED", "publishedVersion": 1}
    assert made["ruleSets"] == [{"version": 2, "liveFrom": planned.isoformat()}]
    gone = await office.does("earningRuleRetire", PUBLISHED, id=rule, expectedRuleSetVersion=2)
    assert gone["rule"] == {"state": "RETIRED", "publishedVersion": None}
    assert gone["ruleSets"] == [{"version": 3, "liveFrom": planned.isoformat()}]


@pytest.mark.parametrize(
    ("parts", "message"),
    [
        ({"then": {"type": "PER_UNIT", "points": 0}}, "At $.then.points: expected int >= 1."),
        ({"if": {"type": "PRODUCT", "in": ["x"]}}, "At $.if.in[0]: that is not the global id of a Product."),
        ({"name": "a\x00b"}, "At $: the character U+0000 cannot be kept."),
    ],
)
async def test_what_is_no_rule_is_refused_with_its_place(
    office: Office, parts: dict[str, object], message: str
) -> None:
    made = await office.does("earningRuleCreate", RULE_OF, programId=office.program, rule={**RULE, **parts})
    assert made == {"rule": None, "errors": [{"field": "rule", "code": "INVALID", "message": message}]}
    assert len(await office.reads(RULES)) == 1


async def test_refusals_of_a_publication_name_their_field(office: Office) -> None:
    rule = await office.writes()
    past = await office.publishes(rule, newest=1, liveFrom="2020-01-01T00:00:00Z")
    assert [(error["field"], error["code"]) for error in past["errors"]] == [("liveFrom", "INVALID")]
    stale = await office.publishes(rule, newest=7)
    assert [(error["field"], error["code"]) for error in stale["errors"]] == [("ruleSetVersion", "STALE_VERSION")]
    review = await office.writes(when={"type": "REVIEW"}, then={"type": "FIXED", "points": 5})
    unknown = await office.publishes(review, newest=1)
    assert [error["message"] for error in unknown["errors"]] == [
        "The rule cannot be published: at $.when: reviews are not known to the app yet."
    ]
    nobody = await office.publishes(global_id("EarningRule", new_id()), newest=1)
    assert [(error["field"], error["code"]) for error in nobody["errors"]] == [("id", "NOT_FOUND")]
    assert [one["version"] for one in await office.reads(SETS)] == [1]


async def test_an_example_cart_keeps_a_publication_from_changing_it_silently(office: Office) -> None:
    wanted = {"programId": office.program, "name": "Usual", "cart": CART}
    selection = "goldenCart { name points cart } errors { field code message }"
    wrong = await office.does("goldenCartSet", selection, **wanted, points="99")
    assert [error["field"] for error in wrong["errors"]] == ["points"]
    kept = await office.does("goldenCartSet", selection, **wanted, points="100")
    assert kept["goldenCart"]["points"] == "100"
    assert msgspec.json.encode(kept["goldenCart"]["cart"]) == msgspec.json.encode(CART)
    rule = await office.writes()
    refused = await office.publishes(rule, newest=1)
    assert [error["message"] for error in refused["errors"]] == [
        "The example “Usual” earned 100 points and would earn 150: accept the new numbers or change the rule."
    ]
    accepted = await office.publishes(rule, newest=1, accept=[{"name": "Usual", "points": "150"}])
    assert accepted["errors"] == []
    newest, _ = await office.reads(SETS)
    assert [(cart["name"], cart["points"]) for cart in newest["goldenCarts"]] == [("Usual", "150")]
    gone = await office.does("goldenCartRemove", "removed errors { code }", programId=office.program, name="Usual")
    assert gone == {"removed": True, "errors": []}


async def test_exclusions_are_published_like_rules(office: Office) -> None:
    tea = global_id("Category", 1)
    made = await office.does(
        "earningExclusionsPublish",
        "ruleSets { version exclude changes } errors { field code }",
        programId=office.program,
        exclude={"categories": [tea]},
        expectedRuleSetVersion=1,
    )
    assert made == {
        "ruleSets": [
            {
                "version": 2,
                "exclude": {"categories": [tea]},
                "changes": [f"The program left out nothing; now it leaves out the categories {tea}."],
            }
        ],
        "errors": [],
    }


async def test_another_shops_rules_are_not_there(office: Office, door: Door, other_shop: Shop) -> None:
    rule = await office.writes()
    stranger = Office(await open_scene(door, other_shop))
    query = "query One($id: ID!) { earningRule(id: $id) { name } }"
    assert await stranger.reads(query, id=rule) is None
    assert await stranger.reads(RULES, program=office.program) is None
    assert await stranger.reads(SETS, program=office.program) is None
    refused = await stranger.publishes(rule, newest=1)
    assert [error["code"] for error in refused["errors"]] == ["NOT_FOUND"]


async def test_a_list_of_rules_takes_few_statements_whatever_its_length(office: Office, shop: Shop) -> None:
    with counted(shop.database) as one:
        await office.reads(RULES)
    for _ in range(5):
        await office.writes()
    with counted(shop.database) as all_of_them:
        assert len(await office.reads(RULES)) == 6
    assert len(one) == len(all_of_them) == 5


async def test_lists_of_versions_are_bounded(office: Office, door: Door) -> None:
    response = await door.ask(SETS, {"program": office.program, "first": 101}, token=office.token)
    assert refused_code(response) == "INVALID"


async def test_the_schema_of_rules_is_told(office: Office) -> None:
    assert await office.reads("{ earningRuleSchema }") == msgspec.json.decode(rule_schema_text())
