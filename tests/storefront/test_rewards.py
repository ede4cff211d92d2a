"""What storefronts learn of rewards and coupons: their customer's own, with reasons and gaps, by few statements."""

from typing import Any

import pytest

from saleor_crm_app.kernel.db import Database
from saleor_crm_app.kernel.ids import RewardId, global_id
from saleor_crm_app.loyalty import coupons, rewards
from saleor_crm_app.loyalty.coupons import StoredCode
from saleor_crm_app.loyalty.program import programs
from saleor_crm_app.saleor.codes import CodeBook
from tests.door import Door, Shop, counted
from tests.shop import EMMA, LATER, NOON, FulfillmentFact, order

REWARDS = """
query ($language: String) {
  loyaltyMe(channel: "default-channel") {
    rewards(languageCode: $language) {
      totalCount
      edges { node { name kind pointsCost affordable reasons { code text } missing { code quantity text } } }
    }
  }
}
"""
ON_SHOW = """
{ loyaltyProgram(channel: "default-channel", languageCode: "RU") { rewards { name affordable stockLeft } } }
"""
CLAIM = """
mutation ($reward: ID!, $key: String!) {
  rewardClaim(input: {channel: "default-channel", rewardId: $reward, idempotencyKey: $key}) {
    coupon { code state pointsSpent reward { name } } errors { field code message }
  }
}
"""
COUPONS = """
query ($first: Int, $state: CouponState) {
  loyaltyMe(channel: "default-channel") {
    coupons(first: $first, state: $state) {
      totalCount edges { cursor node { code state reward { name } } } pageInfo { hasNextPage }
    }
  }
}
"""
CODES = CodeBook(["a secret key that only tests know"])


@pytest.fixture
async def anna(shop: Shop) -> Shop:
    """The shop in which Anna has 100 points."""
    paid = order(
        charged=10000, status="FULFILLED", fulfillments=(FulfillmentFact(status="FULFILLED", created_at=NOON),)
    )
    await shop.says(paid)
    return shop


async def offer(shop: Shop, name: str, points: int, *, codes: int = 0, **terms: Any) -> RewardId:  # noqa: ANN401 # any term's
    """A reward, with so many codes that the shop has."""
    async with shop.database.shop(shop.id) as session:
        [held] = await programs(session)
        effect = {"kind": "FIXED_AMOUNT", "amount": 500}
        read = rewards.read_terms({"effect": effect, "words": {"name": name}, "points": points, **terms})
        made = await rewards.create_reward(session, shop.id, held.program, read, at=LATER)
        voucher = await rewards.vouchers.current_voucher(session, made.id)
        assert voucher is not None
        await rewards.vouchers.note_voucher(session, voucher.key, str(made.id))
        texts = [f"R-{name}-{number}" for number in range(codes)]
        stored = [
            StoredCode(
                voucher=str(made.id),
                mac=CODES.mac(text, installation=shop.id),
                sealed=CODES.seal(text, installation=shop.id),
            )
            for text in texts
        ]
        await coupons.codes.keep_codes(session, shop.id, stored)
    return made.id


async def test_rewards_tell_what_lacks_in_numbers_and_words(door: Door, anna: Shop) -> None:
    await offer(anna, "Near", 60, translations={"RU": {"name": "Рядом"}})
    await offer(anna, "Far", 101, position=1)
    await offer(anna, "Given", 0, given_on=["BIRTHDAY"])
    found = await door.data(REWARDS, {"language": "RU"}, token=anna.token())
    assert found["loyaltyMe"]["rewards"] == {
        "totalCount": 2,
        "edges": [
            {
                "node": {
                    "name": "Рядом",
                    "kind": "FIXED_AMOUNT",
                    "pointsCost": 60,
                    "affordable": True,
                    "reasons": [{"code": "ENOUGH_POINTS", "text": "У вас достаточно баллов."}],
                    "missing": [],
                }
            },
            {
                "node": {
                    "name": "Far",
                    "kind": "FIXED_AMOUNT",
                    "pointsCost": 101,
                    "affordable": False,
                    "reasons": [],
                    "missing": [{"code": "POINTS", "quantity": 1, "text": "Ещё 1 балл"}],
                }
            },
        ],
    }


async def test_guests_see_what_is_on_show_and_nothing_of_members(door: Door, anna: Shop) -> None:
    await offer(anna, "Near", 60, stock=2)
    guest = {"Saleor-Api-Url": anna.api_url}
    assert await door.data(ON_SHOW, headers=guest) == {
        "loyaltyProgram": {"rewards": [{"name": "Near", "affordable": False, "stockLeft": 2}]}
    }
    assert await door.data(COUPONS, headers=guest) == {"loyaltyMe": None}
    reward = global_id("LoyaltyReward", await offer(anna, "Far", 101))
    refused = await door.data(CLAIM, {"reward": reward, "key": "one"}, headers=guest)
    assert refused["rewardClaim"]["errors"] == [
        {"field": None, "code": "NOT_ELIGIBLE", "message": "Sign in to claim rewards."}
    ]


async def test_a_claimed_code_is_its_owners_alone(door: Door, anna: Shop) -> None:
    reward = global_id("LoyaltyReward", await offer(anna, "Near", 60, codes=1))
    answer = await door.data(CLAIM, {"reward": reward, "key": "one"}, token=anna.token())
    assert answer["rewardClaim"] == {
        "coupon": {"code": "R-Near-0", "state": "ISSUED", "pointsSpent": 60, "reward": {"name": "Near"}},
        "errors": [],
    }
    mine = await door.data(COUPONS, token=anna.token())
    assert mine["loyaltyMe"]["coupons"]["totalCount"] == 1
    theirs = await door.data(COUPONS, token=anna.token(EMMA))
    assert theirs["loyaltyMe"]["coupons"]["totalCount"] == 0


async def test_the_same_key_for_something_else_is_a_conflict(door: Door, anna: Shop) -> None:
    first = global_id("LoyaltyReward", await offer(anna, "One", 10))
    other = global_id("LoyaltyReward", await offer(anna, "Two", 10))
    await door.data(CLAIM, {"reward": first, "key": "one"}, token=anna.token())
    refused = await door.data(CLAIM, {"reward": other, "key": "one"}, token=anna.token())
    assert [one["code"] for one in refused["rewardClaim"]["errors"]] == ["IDEMPOTENCY_CONFLICT"]
    for nonsense in ("x", global_id("Order", 1), global_id("LoyaltyReward", "x")):
        refused = await door.data(CLAIM, {"reward": nonsense, "key": "two"}, token=anna.token())
        assert [one["code"] for one in refused["rewardClaim"]["errors"]] == ["NOT_FOUND"]


async def test_who_claims_all_the_time_is_slowed_down(door: Door, anna: Shop) -> None:
    reward = global_id("LoyaltyReward", await offer(anna, "Near", 1))
    answers = [
        await door.data(CLAIM, {"reward": reward, "key": f"{number}"}, token=anna.token()) for number in range(11)
    ]
    refused = [[one["code"] for one in answer["rewardClaim"]["errors"]] for answer in answers]
    assert refused == [[]] * 10 + [["RATE_LIMITED"]]


async def test_coupons_are_paged_newest_first_and_narrowed_by_state(door: Door, anna: Shop) -> None:
    for name in ("First", "Second"):
        reward = global_id("LoyaltyReward", await offer(anna, name, 10, codes=1))
        await door.data(CLAIM, {"reward": reward, "key": name}, token=anna.token())
    found = (await door.data(COUPONS, {"first": 1}, token=anna.token()))["loyaltyMe"]["coupons"]
    assert (found["totalCount"], found["pageInfo"]) == (2, {"hasNextPage": True})
    assert [edge["node"]["code"] for edge in found["edges"]] == ["R-Second-0"]
    used = (await door.data(COUPONS, {"state": "USED"}, token=anna.token()))["loyaltyMe"]["coupons"]
    assert used["totalCount"] == 0


async def test_rewards_and_coupons_cost_few_statements(door: Door, database: Database, anna: Shop) -> None:
    for number in range(5):
        await offer(anna, f"Reward {number}", 10 + number)
    with counted(database) as sent:
        await door.data(REWARDS, token=anna.token())
    # shop, account and program, rewards, balance, language; tiers and past claims only where a reward depends on them
    assert len(sent) == 5
    with counted(database) as sent:
        await door.data(COUPONS, token=anna.token())
    # shop, account and program, how many, the page, language; and one for all their rewards, had she any
    assert len(sent) == 5
