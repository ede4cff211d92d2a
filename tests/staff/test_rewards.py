"""The reward catalog through the staff door: what is put in reads back, and what rewards came to is told."""

from typing import Any

import pytest
import sqlalchemy as sa

from tests.door import Door, Shop
from tests.staff.reward_deeds import REWARD
from tests.staff.scene import Scene, open_scene

REWARDS = """
query ($program: ID!, $retired: Boolean) {
  rewards(programId: $program, retired: $retired) {
    id version kind points amount percent stock stockLeft budget committed cost couponDays channels tiers retiredAt
    words { languageCode name terms } scope { products } limits { times days }
  }
}
"""
REPORT = """
query ($program: ID!) {
  rewardReport(programId: $program) {
    issued used expired revoked failed outstanding points given liability redemptionRate breakage
    reward { words { name } }
  }
}
"""
FIVE_OFF = {
    "kind": "FIXED_AMOUNT",
    "amount": "500",
    "words": [{"name": "5 off", "terms": "One for each order"}, {"languageCode": "RU", "name": "Скидка 5"}],
    "points": 50,
    "stock": 3,
    "budget": "2000",
    "limits": [{"times": 2, "days": 30}],
}


@pytest.fixture
async def scene(door: Door, shop: Shop) -> Scene:
    return await open_scene(door, shop)


async def asked(scene: Scene, query: str, **variables: object) -> Any:  # noqa: ANN401 # JSON
    token = scene.shop.dashboard_token("MANAGE_DISCOUNTS", "MANAGE_USERS")
    return await scene.door.data(query, {"program": scene.program, **variables}, token=token)


async def test_a_reward_reads_back_as_it_was_put_in(scene: Scene) -> None:
    assert (await scene.does("rewardCreate", {"programId": scene.program, "reward": FIVE_OFF}))["errors"] == []
    [found] = (await asked(scene, REWARDS))["rewards"]
    del found["id"]
    assert found == {
        "version": 1,
        "kind": "FIXED_AMOUNT",
        "points": 50,
        "amount": "500",
        "percent": None,
        "stock": 3,
        "stockLeft": "3",
        "budget": "2000",
        "committed": "0",
        "cost": "500",
        "couponDays": 30,
        "channels": [],
        "tiers": [],
        "retiredAt": None,
        "words": [
            {"languageCode": None, "name": "5 off", "terms": "One for each order"},
            {"languageCode": "RU", "name": "Скидка 5", "terms": None},
        ],
        "scope": {"products": []},
        "limits": [{"times": 2, "days": 30}],
    }


async def test_a_stale_version_another_kind_and_a_retired_one_are_refused(scene: Scene) -> None:
    await scene.does("rewardCreate", {"programId": scene.program, "reward": FIVE_OFF})
    [found] = (await asked(scene, REWARDS))["rewards"]
    change = {"id": found["id"], "expectedVersion": 2, "reward": FIVE_OFF}
    refused = await scene.does("rewardUpdate", change)
    assert [(one["code"], one["message"]) for one in refused["errors"]] == [
        ("STALE_VERSION", "The reward is at version 1 by now, not at 2; read it again.")
    ]
    refused = await scene.does("rewardUpdate", change | {"expectedVersion": 1, "reward": REWARD})
    assert [one["code"] for one in refused["errors"]] == ["INVALID"]
    await scene.does("rewardRetire", {"id": found["id"]})
    refused = await scene.does("rewardUpdate", change)
    assert [one["message"] for one in refused["errors"]] == ["This reward is not given any more."]
    assert (await asked(scene, REWARDS))["rewards"] == []
    assert len((await asked(scene, REWARDS, retired=True))["rewards"]) == 1


async def test_terms_that_cannot_be_are_refused_in_a_sentence(scene: Scene) -> None:
    wanted = {"programId": scene.program, "reward": {"kind": "PERCENTAGE", "words": [{"name": "x"}]}}
    refused = await scene.does("rewardCreate", wanted)
    assert [one["message"] for one in refused["errors"]] == ["This cannot be a reward: a percentage is needed."]
    refused = await scene.does("rewardCreate", {"programId": scene.program, "reward": {**FIVE_OFF, "words": []}})
    assert [(one["field"], one["message"]) for one in refused["errors"]] == [
        ("words", "Give the texts once without a language; others need one.")
    ]


async def test_a_gift_card_is_no_reward_where_the_shop_cannot_bind_it(scene: Scene) -> None:
    async with scene.shop.database.shop(scene.shop.id) as session:
        await session.execute(sa.text("UPDATE installation SET saleor_version = '3.22.67'"))
    card = {"kind": "GIFT_CARD", "amount": "1000", "words": [{"name": "A card"}], "points": 900}
    refused = await scene.does("rewardCreate", {"programId": scene.program, "reward": card})
    assert [one["code"] for one in refused["errors"]] == ["NOT_ELIGIBLE"]
    assert await scene.rows("SELECT id FROM reward") == []


async def test_a_coupon_that_staff_give_counts_and_is_reported(scene: Scene) -> None:
    await scene.does("rewardCreate", {"programId": scene.program, "reward": {**REWARD, "cost": "500", "stock": 1}})
    [found] = (await asked(scene, REWARDS))["rewards"]
    wanted = {"memberId": scene.member, "rewardId": found["id"], "text": "Late", "idempotencyKey": "one"}
    assert (await scene.does("couponIssue", wanted))["errors"] == []
    assert (await scene.does("couponIssue", wanted))["errors"] == []
    again = await scene.does("couponIssue", wanted | {"idempotencyKey": "two"})
    assert [one["message"] for one in again["errors"]] == ["This reward is sold out."]
    [report] = (await asked(scene, REPORT))["rewardReport"]
    assert report == {
        "issued": "1",
        "used": "0",
        "expired": "0",
        "revoked": "0",
        "failed": "0",
        "outstanding": "1",
        "points": "0",
        "given": "0",
        "liability": "500",
        "redemptionRate": 0.0,
        "breakage": None,
        "reward": {"words": [{"name": "A tour of the house"}]},
    }


async def test_advice_is_given_on_what_is_there(scene: Scene) -> None:
    found = await asked(scene, "query ($program: ID!) { rewardAdvice(programId: $program) { code text } }")
    assert found["rewardAdvice"] == [
        {"code": "NO_REWARDS", "text": "Nothing can be had for points yet; put a reward in."}
    ]
