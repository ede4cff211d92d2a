"""What storefronts show of tiers: those of a program for everybody, the customer's own for the customer."""

from dataclasses import replace

import pytest

from saleor_crm_app.kernel.db import Database
from saleor_crm_app.kernel.ids import CustomerId
from saleor_crm_app.loyalty.tiers import Basis, Plan
from tests.door import Door, Shop, counted
from tests.loyalty.offers.stall import campaign
from tests.loyalty.tiers.ladders import BASE, SILVER
from tests.loyalty.tiers.shop_with_tiers import bought, save
from tests.shop import NOON

HERE = {"channel": "default-channel"}
NEED = "{ tier { code } amount { amount currency } orders points }"
ME = f"""
query Me($channel: String!) {{
  loyaltyMe(channel: $channel) {{
    tier {{
      tier {{ code name multiplierPercent freeShipping }} since until noticeAt
      neededToKeep {NEED} neededToClimb {NEED}
    }}
  }}
}}
"""
PROGRAM = """
query Program($channel: String!, $language: String) {
  loyaltyProgram(channel: $channel, languageCode: $language) {
    tiers { code name multiplierPercent freeShipping rewards takes { amount { amount currency } orders points } }
  }
}
"""


@pytest.fixture
async def tiered(shop: Shop, database: Database) -> Shop:
    """A shop with tiers since noon, where Anna bought for 120.50."""
    await save(database, shop.id, at=NOON)
    await shop.says(bought(12_050))
    return shop


async def test_a_member_reads_tier_and_what_is_lacking(door: Door, tiered: Shop) -> None:
    found = (await door.data(ME, HERE, token=tiered.token()))["loyaltyMe"]["tier"]
    nothing = {"orders": None, "points": None}
    assert found == {
        "tier": {"code": "silver", "name": "Silver", "multiplierPercent": 125, "freeShipping": False},
        "since": "2026-03-16T00:00:00+00:00",
        "until": "2027-03-16T00:00:00+00:00",
        "noticeAt": None,
        "neededToKeep": {"tier": {"code": "silver"}, "amount": {"amount": 100.0, "currency": "EUR"}} | nothing,
        "neededToClimb": {"tier": {"code": "gold"}, "amount": {"amount": 379.5, "currency": "EUR"}} | nothing,
    }


async def test_points_and_tier_take_two_statements_more_than_points(
    door: Door, tiered: Shop, database: Database
) -> None:
    points = "query Me($channel: String!) { loyaltyMe(channel: $channel) { points { available } } }"
    both = points.replace("points {", "tier { until neededToClimb { orders } } points {")
    numbers = []
    for query in (points, both):
        await door.data(query, HERE, token=tiered.token())
        with counted(database) as statements:
            await door.data(query, HERE, token=tiered.token())
        numbers.append(len([one for one in statements if "FROM installation" not in one]))
    assert numbers[1] - numbers[0] == 2


async def test_offers_that_tell_of_tiers_read_no_tier_that_was_read(
    door: Door, tiered: Shop, database: Database
) -> None:
    await campaign(database, tiered.id, {"kind": "TIER_NUDGE", "near_percent": 1}, at=NOON)
    offers = "query Me($channel: String!) { loyaltyMe(channel: $channel) { offers { edges { node { title } } } } }"
    both = offers.replace("offers {", "tier { neededToClimb { amount { amount } } } offers {")
    numbers = []
    for query in (offers, both):
        await door.data(query, HERE, token=tiered.token())
        with counted(database) as statements:
            found = await door.data(query, HERE, token=tiered.token())
        assert [one["node"]["title"] for one in found["loyaltyMe"]["offers"]["edges"]] == ["379.50 EUR to Gold"]
        numbers.append(len([one for one in statements if "FROM installation" not in one]))
    assert numbers[1] == numbers[0]


async def test_orders_and_points_are_counted_as_such(door: Door, tiered: Shop, database: Database) -> None:
    by_orders = Plan(basis=Basis.ORDERS, tiers=(BASE, replace(SILVER, threshold=3)))
    await save(database, tiered.id, by_orders, expected=1, at=NOON)
    found = (await door.data(ME, HERE, token=tiered.token()))["loyaltyMe"]["tier"]
    assert found["neededToClimb"] == {"tier": {"code": "silver"}, "amount": None, "orders": 2, "points": None}
    by_points = Plan(basis=Basis.EARNED_POINTS, tiers=(BASE, replace(SILVER, threshold=200)))
    await save(database, tiered.id, by_points, expected=2, at=NOON)
    found = (await door.data(ME, HERE, token=tiered.token()))["loyaltyMe"]["tier"]
    assert found["neededToClimb"] == {"tier": {"code": "silver"}, "amount": None, "orders": None, "points": 80}


async def test_without_tiers_there_is_no_status(door: Door, shop: Shop) -> None:
    await shop.says(bought(12_050))
    assert (await door.data(ME, HERE, token=shop.token()))["loyaltyMe"] == {"tier": None}


async def test_who_has_bought_nothing_yet_stands_in_the_base(door: Door, tiered: Shop) -> None:
    found = (await door.data(ME, HERE, token=tiered.token(CustomerId("9"))))["loyaltyMe"]["tier"]
    assert (found["tier"]["code"], found["until"], found["neededToKeep"]) == ("base", None, None)
    assert found["neededToClimb"]["amount"] == {"amount": 100.0, "currency": "EUR"}


async def test_everybody_reads_the_tiers_in_their_language(door: Door, tiered: Shop) -> None:
    headers = {"Saleor-Api-Url": tiered.api_url}
    german = await door.data(PROGRAM, HERE | {"language": "DE_AT"}, headers=headers)
    names = [tier["name"] for tier in german["loyaltyProgram"]["tiers"]]
    plain = await door.data(PROGRAM, HERE, headers=headers)
    assert (names, plain["loyaltyProgram"]["tiers"][2]) == (
        ["Base", "Silver", "Gold-Stufe"],
        {
            "code": "gold",
            "name": "Gold",
            "multiplierPercent": 150,
            "freeShipping": True,
            "rewards": ["lounge"],
            "takes": {"amount": {"amount": 500.0, "currency": "EUR"}, "orders": None, "points": None},
        },
    )


async def test_a_program_without_tiers_shows_none(door: Door, shop: Shop) -> None:
    await shop.says(bought(12_050))
    answer = await door.data(PROGRAM, HERE, headers={"Saleor-Api-Url": shop.api_url})
    assert answer["loyaltyProgram"] == {"tiers": []}
