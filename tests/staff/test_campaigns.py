"""Campaigns through the staff door: what is put in reads back, what cannot be is refused, and why is told."""

from typing import Any

import pytest

from saleor_crm_app.kernel.ids import global_id, new_id
from tests.door import ANNAS_ID, Door, Shop
from tests.staff.campaign_deeds import CAMPAIGN, NUDGE, filled_campaign, made_campaign, made_offer
from tests.staff.reward_deeds import REWARD
from tests.staff.scene import Scene, open_scene
from tests.staff.segment_deeds import made_segment

CAMPAIGNS = """
query ($program: ID!, $ended: Boolean) {
  campaigns(programId: $program, ended: $ended) {
    version state name goal audience { anyOf noneOf } startsOn endsOn budget committed holdoutPercent priority
    offers {
      version kind words { languageCode title } placements rewardId ruleId worth limits { times days } nearPercent
      retiredAt result { seen clicked accepted dismissed notForMe cost }
    }
  }
}
"""
TRACE = """
query ($customer: ID!, $placement: String) {
  offerTrace(customerId: $customer, channel: "default-channel", placement: $placement, language: RU) {
    offers { offer { kind } place hindrance relevance expected reasons }
  }
}
"""


@pytest.fixture
async def scene(door: Door, shop: Shop) -> Scene:
    return await open_scene(door, shop)


async def asked(scene: Scene, query: str, **variables: object) -> Any:  # noqa: ANN401 # JSON
    token = scene.shop.dashboard_token("MANAGE_DISCOUNTS", "MANAGE_USERS")
    return await scene.door.data(query, {"program": scene.program, **variables}, token=token)


async def test_a_campaign_and_its_offers_read_back_as_they_were_put_in(scene: Scene) -> None:
    segment = await made_segment(scene)
    terms = CAMPAIGN | {
        "audience": {"anyOf": [segment]},
        "startsOn": "2026-03-01",
        "endsOn": "2026-03-31",
        "budget": "5000",
        "priority": 7,
    }
    made = await scene.does("campaignCreate", {"programId": scene.program, "campaign": terms})
    assert made["errors"] == []
    [(key,)] = await scene.rows("SELECT id FROM campaign")
    words = [{"title": "Your points"}, {"languageCode": "RU", "title": "Ваши баллы"}]
    offer = {"kind": "EXPIRING_POINTS", "words": words, "placements": ["home"], "limits": [{"times": 2, "days": 30}]}
    assert (await scene.does("offerCreate", {"campaignId": global_id("Campaign", key), "offer": offer}))["errors"] == []
    assert (await scene.does("campaignPublish", {"id": global_id("Campaign", key)}))["errors"] == []
    assert (await asked(scene, CAMPAIGNS))["campaigns"] == [
        {
            "version": 2,
            "state": "LIVE",
            "name": "Spring",
            "goal": "More second orders",
            "audience": {"anyOf": [segment], "noneOf": []},
            "startsOn": "2026-03-01",
            "endsOn": "2026-03-31",
            "budget": "5000",
            "committed": "0",
            "holdoutPercent": 0,
            "priority": 7,
            "offers": [
                {
                    "version": 1,
                    "kind": "EXPIRING_POINTS",
                    "words": [
                        {"languageCode": None, "title": "Your points"},
                        {"languageCode": "RU", "title": "Ваши баллы"},
                    ],
                    "placements": ["home"],
                    "rewardId": None,
                    "ruleId": None,
                    "worth": "1000",
                    "limits": [{"times": 2, "days": 30}],
                    "nearPercent": 80,
                    "retiredAt": None,
                    "result": {
                        "seen": "0",
                        "clicked": "0",
                        "accepted": "0",
                        "dismissed": "0",
                        "notForMe": "0",
                        "cost": "0",
                    },
                }
            ],
        }
    ]


async def test_what_has_ended_is_left_out_and_stays_as_it_was(scene: Scene) -> None:
    made = await filled_campaign(scene)
    assert (await scene.does("campaignEnd", {"id": made}))["errors"] == []
    assert (await asked(scene, CAMPAIGNS))["campaigns"] == []
    assert [one["state"] for one in (await asked(scene, CAMPAIGNS, ended=True))["campaigns"]] == ["ENDED"]
    for name, more in (
        ("campaignPublish", {}),
        ("campaignEnd", {}),
        ("campaignUpdate", {"expectedVersion": 2, "campaign": CAMPAIGN}),
    ):
        [error] = (await scene.does(name, {"id": made, **more}))["errors"]
        assert (error["code"], error["message"]) == ("NOT_ELIGIBLE", "This campaign has ended; make another.")


@pytest.mark.parametrize(
    ("terms", "message"),
    [
        ({"startsOn": "2026-03-02", "endsOn": "2026-03-01"}, "its last day lies before its first."),
        ({"audience": {"anyOf": [global_id("CustomerSegment", new_id())]}}, "names a segment that is not there."),
        ({"holdoutPercent": 51}, "$.holdout_percent"),
        ({"budget": "0"}, "$.budget"),
    ],
)
async def test_a_campaign_that_cannot_be_is_refused(scene: Scene, terms: dict[str, Any], message: str) -> None:
    refused = await scene.does("campaignCreate", {"programId": scene.program, "campaign": CAMPAIGN | terms})
    [error] = refused["errors"]
    assert (error["code"], error["field"]) == ("INVALID", "campaign")
    assert message in error["message"]
    assert await scene.rows("SELECT id FROM campaign") == []


@pytest.mark.parametrize(
    ("terms", "message"),
    [
        ({"kind": "DISCOUNT"}, "name the reward that it brings."),
        ({"kind": "EARLY_ACCESS"}, "this kind of offer needs texts of yours."),
        ({"kind": "WIN_BACK", "ruleId": "base"}, "they alone, name the earning rule"),
        ({"kind": "BONUS_POINTS", "ruleId": "none", "words": [{"title": "More"}]}, "there is no such earning rule."),
        ({"kind": "GIFT", "rewardId": global_id("LoyaltyReward", new_id())}, "there is no such reward"),
        ({"kind": "TIER_NUDGE", "productIds": [global_id("Product", 1)]}, "does not name products."),
        ({"kind": "WIN_BACK", "link": "javascript:alert(1)"}, "$.link"),
    ],
)
async def test_an_offer_that_cannot_be_is_refused(scene: Scene, terms: dict[str, Any], message: str) -> None:
    made = await made_campaign(scene)
    [error] = (await scene.does("offerCreate", {"campaignId": made, "offer": terms}))["errors"]
    assert (error["code"], error["field"]) == ("INVALID", "offer")
    assert message in error["message"]
    assert await scene.rows("SELECT id FROM offer") == []


async def test_a_reward_of_another_kind_than_the_offers_is_refused(scene: Scene) -> None:
    made = await made_campaign(scene)
    await scene.does("rewardCreate", {"programId": scene.program, "reward": REWARD})
    [(key,)] = await scene.rows("SELECT id FROM reward")
    offer = {"kind": "FREE_SHIPPING", "rewardId": global_id("LoyaltyReward", key)}
    [error] = (await scene.does("offerCreate", {"campaignId": made, "offer": offer}))["errors"]
    assert "does not go with an offer of this kind" in error["message"]


async def test_a_campaign_without_offers_is_not_published(scene: Scene) -> None:
    made = await made_campaign(scene)
    [error] = (await scene.does("campaignPublish", {"id": made}))["errors"]
    assert error["message"] == "Give the campaign an offer before it is published."


async def test_a_version_that_was_changed_meanwhile_is_refused(scene: Scene) -> None:
    made = await made_offer(scene)
    change = {"id": made, "expectedVersion": 1, "offer": NUDGE}
    assert (await scene.does("offerUpdate", change))["errors"] == []
    [error] = (await scene.does("offerUpdate", change))["errors"]
    assert (error["code"], error["message"]) == ("STALE_VERSION", "It is at version 2 by now, not at 1; read it again.")


async def test_staff_see_why_a_customer_is_shown_which_offer_and_why_not_the_others(scene: Scene) -> None:
    made = await made_campaign(scene)
    for offer in (NUDGE, {"kind": "WIN_BACK"}, {"kind": "WIN_BACK", "placements": ["cart"]}):
        await scene.does("offerCreate", {"campaignId": made, "offer": offer})
    await scene.does("campaignPublish", {"id": made})
    found = await asked(scene, TRACE, customer=ANNAS_ID, placement="home")
    assert [(one["offer"]["kind"], one["hindrance"]) for one in found["offerTrace"]["offers"]] == [
        ("EXPIRING_POINTS", "NOTHING_TO_SAY"),
        ("WIN_BACK", "NOTHING_TO_SAY"),
        ("WIN_BACK", "OTHER_PLACEMENT"),
    ]
    everybody = await asked(scene, TRACE, customer=global_id("User", 99), placement="home")
    assert [one["hindrance"] for one in everybody["offerTrace"]["offers"]] == [
        "NOTHING_TO_SAY",
        "NOTHING_TO_SAY",
        "OTHER_PLACEMENT",
    ]
