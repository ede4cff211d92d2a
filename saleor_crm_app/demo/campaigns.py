"""What the staff of a demo's shop offer its customers, through the staff API: one campaign that everybody sees."""

from typing import Any, Final

from saleor_crm_app.demo.apps import App
from saleor_crm_app.demo.shop import SimulatedShop
from saleor_crm_app.demo.staff_door import StaffRefused, at_staff_door

_PROGRAMS: Final = "{ programs { id } }"
_REWARD: Final = """
mutation ($program: ID!, $reward: RewardTermsInput!) {
  done: rewardCreate(input: {programId: $program, reward: $reward, text: "For the demo's offers"}) {
    reward { id } errors { message }
  }
}
"""
_CAMPAIGN: Final = """
mutation ($program: ID!, $campaign: CampaignTermsInput!) {
  done: campaignCreate(input: {programId: $program, campaign: $campaign, text: "The demo's first campaign"}) {
    campaign { id } errors { message }
  }
}
"""
_OFFER: Final = """
mutation ($campaign: ID!, $offer: OfferTermsInput!) {
  done: offerCreate(input: {campaignId: $campaign, offer: $offer}) { errors { message } }
}
"""
_PUBLISH: Final = "mutation ($campaign: ID!) { done: campaignPublish(input: {id: $campaign}) { errors { message } } }"

Terms = dict[str, Any]

# nobody is held out: whoever looks at the demo wants to see something
_TERMS: Final[Terms] = {
    "name": "Reasons to come back",
    "goal": "Every second customer orders again within 90 days",
    "budget": "50000",
    "holdoutPercent": 0,
}
_TEN_PERCENT: Final[Terms] = {
    "kind": "PERCENTAGE",
    "percent": 10,
    "isClaimable": False,
    "cost": "300",
    "minSpent": "2000",
    "words": [
        {"name": "10 % off your next order", "terms": "For one order"},
        {"languageCode": "RU", "name": "Скидка 10 % на следующий заказ", "terms": "На один заказ"},
    ],
}


async def open_campaign(app_url: str, shop: SimulatedShop, ours: App) -> None:
    """Draft a campaign in the shop's first program, fill and publish it.

    Raises StaffRefused.
    """
    async with at_staff_door(app_url, shop, ours) as door:
        programs = (await door.ask(_PROGRAMS))["programs"]
        if not programs:
            raise StaffRefused("The app knows of no program to make a campaign in")
        program = programs[0]["id"]
        reward = (await door.change(_REWARD, program=program, reward=_TEN_PERCENT))["reward"]["id"]
        campaign = (await door.change(_CAMPAIGN, program=program, campaign=_TERMS))["campaign"]["id"]
        for offer in _offers(reward):
            await door.change(_OFFER, campaign=campaign, offer=offer)
        await door.change(_PUBLISH, campaign=campaign)


def _offers(reward: str) -> list[Terms]:
    return [
        {"kind": "DISCOUNT", "rewardId": reward, "worth": "900"},
        {"kind": "REWARD_REMINDER", "worth": "800"},
        {"kind": "TIER_NUDGE", "worth": "1500", "nearPercent": 50},
        {"kind": "EXPIRING_POINTS", "worth": "1200"},
        {"kind": "WIN_BACK", "worth": "700"},
    ]
