"""What the staff of a demo's shop do first, through the staff API: rewards for points, and points that pay."""

from typing import Any, Final

from saleor_crm_app.demo.apps import App
from saleor_crm_app.demo.seed import Showroom
from saleor_crm_app.demo.shop import SimulatedShop
from saleor_crm_app.demo.staff_door import StaffRefused, at_staff_door

_PROGRAMS: Final = """
{
  programs {
    id version
    settings {
      amounts enrollment deficit expireWarnDays returnGraceDays dryRun creditDaysOnJoin
      expiry { kind days month day atLeastDays }
      redemption { minPoints maxSharePercent stepPoints holdMinutes tender }
      staff { fourEyesAbove dailyLimit goodwillCostCenter }
    }
  }
}
"""
_UPDATE: Final = """
mutation ($program: ID!, $version: Int!, $settings: ProgramSettingsInput!) {
  done: programUpdate(input: {programId: $program, expectedVersion: $version, settings: $settings}) {
    errors { message }
  }
}
"""
_CREATE: Final = """
mutation ($program: ID!, $reward: RewardTermsInput!) {
  done: rewardCreate(input: {programId: $program, reward: $reward, text: "The demo's first rewards"}) {
    errors { message }
  }
}
"""
FEWEST_TO_PAY: Final = 100
"""Of those that buy on the page nobody has the 500 points that a program asks for as it is made."""

_GIFT: Final = "Mug"

Terms = dict[str, Any]


async def open_rewards(app_url: str, shop: SimulatedShop, ours: App, showroom: Showroom) -> None:
    """Fill the catalog of the shop's first program, and let a few points pay; codes follow by themselves.

    Raises StaffRefused.
    """
    async with at_staff_door(app_url, shop, ours) as door:
        programs = (await door.ask(_PROGRAMS))["programs"]
        if not programs:
            raise StaffRefused("The app knows of no program to put rewards into")
        program, settings = programs[0], programs[0]["settings"]
        settings["redemption"]["minPoints"] = FEWEST_TO_PAY
        await door.change(_UPDATE, program=program["id"], version=program["version"], settings=settings)
        for position, terms in enumerate(_ladder(showroom, binds_cards=shop.version.binds_gift_cards)):
            await door.change(_CREATE, program=program["id"], reward={**terms, "position": position})


def _ladder(showroom: Showroom, *, binds_cards: bool) -> list[Terms]:
    """Anna can have the first one at once, the second after one purchase more; `rewardAdvice` has no objection."""
    gift = next(good.variant.product for good in showroom.goods if good.variant.product.name == _GIFT)
    card: Terms = {"kind": "GIFT_CARD", "words": _words("Gift card of $10", "Подарочная карта на 10\u00a0$")}
    if not binds_cards:
        card = {"kind": "FIXED_AMOUNT", "words": _words("$10 off", "Скидка 10\u00a0$")}
    return [
        {"kind": "FREE_SHIPPING", "points": 140, "words": _words("Free shipping", "Бесплатная доставка")},
        {"kind": "FIXED_AMOUNT", "points": 300, "amount": 300, "words": _words("$3 off", "Скидка 3\u00a0$")},
        {
            "kind": "FIXED_AMOUNT",
            "points": 500,
            "amount": 500,
            "limits": [{"times": 2, "days": 30}],
            "words": _words("$5 off", "Скидка 5\u00a0$"),
        },
        {
            "kind": "FREE_PRODUCT",
            "points": 750,
            "scope": {"products": [gift.id]},
            "words": _words("A mug for nothing", "Кружка в подарок"),
        },
        {**card, "points": 1000, "amount": 1000},
        {
            "kind": "CUSTOM",
            "points": 1250,
            "stock": 5,
            "words": _words("A morning in the roastery", "Утро в обжарочной"),
        },
    ]


def _words(english: str, russian: str) -> list[Terms]:
    return [{"name": english}, {"languageCode": "RU", "name": russian}]
