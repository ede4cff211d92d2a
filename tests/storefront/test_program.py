"""The program of a channel is public."""

from tests.door import Door, Shop, refused_code
from tests.shop import line, order

PROGRAM = """
query Program($channel: String!, $language: String) {
  loyaltyProgram(channel: $channel, languageCode: $language) {
    name currency confirmAfterDays expireAfterDays
    earnRate { points money { amount currency } }
    redeemRate { points money { amount currency } }
  }
}
"""


async def test_everybody_sees_what_points_are_earned_and_worth(door: Door, shop: Shop) -> None:
    await shop.says(order(charged=10000))
    variables = {"channel": "default-channel", "language": "PT_BR"}
    program = (await door.data(PROGRAM, variables, headers={"Saleor-Api-Url": shop.api_url}))["loyaltyProgram"]
    assert program == {
        "name": "Points EUR",
        "currency": "EUR",
        "confirmAfterDays": 14,
        "expireAfterDays": 365,
        "earnRate": {"points": 1, "money": {"amount": 1.0, "currency": "EUR"}},
        "redeemRate": {"points": 100, "money": {"amount": 1.0, "currency": "EUR"}},
    }


async def test_a_currency_without_minor_units_counts_in_hundreds(door: Door, shop: Shop) -> None:
    await shop.says(order(line("tea", 950), charged=950, currency="JPY", channel="japan"))
    program = (await door.data(PROGRAM, {"channel": "japan"}, token=shop.token()))["loyaltyProgram"]
    assert program["earnRate"] == {"points": 1, "money": {"amount": 100.0, "currency": "JPY"}}
    assert program["redeemRate"] == {"points": 100, "money": {"amount": 100.0, "currency": "JPY"}}


async def test_a_channel_without_a_program_has_none(door: Door, shop: Shop) -> None:
    named = {"Saleor-Api-Url": shop.api_url}
    assert await door.data(PROGRAM, {"channel": "default-channel"}, headers=named) == {"loyaltyProgram": None}


async def test_a_guest_has_to_name_a_shop_that_is_installed(door: Door, shop: Shop) -> None:
    channel = {"channel": "default-channel"}
    response = await door.ask(PROGRAM, channel)
    assert (response.status_code, refused_code(response)) == (200, "REQUIRED")
    response = await door.ask(PROGRAM, channel, headers={"Saleor-Api-Url": shop.api_url + "?"})
    assert (response.status_code, refused_code(response)) == (200, "NOT_FOUND")
