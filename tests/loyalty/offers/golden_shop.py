"""The one shop of the golden customers: its rewards, tiers, segments and campaigns, as a merchant may have them."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import Any

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncSession

from saleor_crm_app.crm import facts, orders, segments
from saleor_crm_app.crm.orders import FulfillmentFact, OrderSnapshot
from saleor_crm_app.crm.segments import read_condition
from saleor_crm_app.kernel.db import Database
from saleor_crm_app.kernel.ids import CustomerId, InstallationId, global_id
from saleor_crm_app.loyalty import offers, points, rewards, tiers
from saleor_crm_app.loyalty.offers import Offer
from saleor_crm_app.loyalty.program import Program, program_of_channel, programs_for
from saleor_crm_app.loyalty.tiers import Plan, Tier, TierCode
from saleor_crm_app.reactions.segments import follow_customers
from saleor_crm_app.reactions.tiers import follow_orders
from tests.loyalty.offers.visits import CHANNEL
from tests.shop import line, observed, order

TODAY = datetime(2026, 3, 31, 10, 0, tzinfo=UTC)
"""Noon in Berlin, two days after its summer time began."""
BEGAN = datetime(2025, 1, 1, tzinfo=UTC)

LADDER = Plan(
    tiers=tuple(
        Tier(code=TierCode(code), name=name, threshold=threshold, names={"RU": russian})
        for code, name, russian, threshold in (
            ("base", "Base", "Начальный", 0),
            ("silver", "Silver", "Серебро", 30_000),
            ("gold", "Gold", "Золото", 100_000),
        )
    )
)
REWARDS: dict[str, dict[str, Any]] = {
    "five": {"effect": {"kind": "FIXED_AMOUNT", "amount": 500}, "points": 100, "min_spent": 2000},
    "dinner": {"effect": {"kind": "CUSTOM"}, "points": 400, "cost": 6000},
    "lounge": {"effect": {"kind": "CUSTOM"}, "points": 150, "tiers": ["gold"]},
    "tenth": {"effect": {"kind": "PERCENTAGE", "percent": 10}, "is_claimable": False},
    "delivery": {"effect": {"kind": "FREE_SHIPPING"}, "min_spent": 5000, "is_claimable": False},
    "mug": {
        "effect": {"kind": "FREE_PRODUCT", "scope": {"products": [global_id("Product", "1")]}},
        "ends_at": "2026-04-05T10:00:00Z",
        "is_claimable": False,
    },
    "fifteen": {"effect": {"kind": "FIXED_AMOUNT", "amount": 1500}, "is_claimable": False},
}
NAMES = {
    "five": ("Five off", "Скидка 5 евро"),
    "dinner": ("Dinner for two", "Ужин на двоих"),
    "lounge": ("An hour in the lounge", "Час в зале отдыха"),
    "tenth": ("Ten percent off", "Скидка 10 %"),
    "delivery": ("Free delivery", "Бесплатная доставка"),
    "mug": ("A mug", "Кружка"),
    "fifteen": ("Fifteen off", "Скидка 15 евро"),
}
CAMPAIGNS: dict[str, dict[str, Any]] = {
    "Welcome": {},
    "Double points": {"ends_on": "2026-04-03"},
    "Club": {},
    "Come back": {},
    "Come back soon": {"budget": 1500},
    "First in line": {"audience": {"any_of": ["Champions"]}, "starts_on": "2026-03-30", "priority": 10},
    "For regulars": {"audience": {"all_of": ["Regulars"], "none_of": ["Champions"]}},
    "First of April": {"starts_on": "2026-04-01", "ends_on": "2026-04-01"},
}
SEGMENTS = {"Regulars": 2, "Champions": 4}
"""By the least number of orders."""
OFFERS: dict[str, tuple[str, dict[str, Any]]] = {
    "tenth": ("Welcome", {"kind": "DISCOUNT", "reward": "tenth", "placements": ["home"], "worth": 1200}),
    "delivery": (
        "Welcome",
        {"kind": "FREE_SHIPPING", "reward": "delivery", "placements": ["home", "cart"], "worth": 800},
    ),
    "mug": (
        "Welcome",
        {"kind": "GIFT", "reward": "mug", "placements": ["home"], "channels": [CHANNEL], "worth": 1000},
    ),
    "double": (
        "Double points",
        {
            "kind": "BONUS_POINTS",
            "placements": ["home"],
            "worth": 700,
            "words": {"title": "Double points"},
            "translations": {"RU": {"title": "Двойные баллы"}},
        },
    ),
    "reminder": ("Club", {"kind": "REWARD_REMINDER", "placements": ["account"], "worth": 3000, "limits": []}),
    "expiring": (
        "Club",
        {"kind": "EXPIRING_POINTS", "placements": ["account"], "worth": 2500, "least_points": 20},
    ),
    "nudge": ("Club", {"kind": "TIER_NUDGE", "placements": ["account"], "worth": 2000, "near_percent": 75}),
    "back": ("Come back", {"kind": "WIN_BACK", "reward": "fifteen", "placements": ["letter"]}),
    "soon": ("Come back soon", {"kind": "WIN_BACK", "reward": "fifteen", "placements": ["note"]}),
    "early": (
        "First in line",
        {
            "kind": "EARLY_ACCESS",
            "products": [global_id("Product", "5")],
            "placements": ["home"],
            "words": {"title": "New lamps before all others"},
            "translations": {"RU": {"title": "Новые лампы раньше других"}},
        },
    ),
    "regular": ("For regulars", {"kind": "DISCOUNT", "reward": "five", "placements": ["cart"], "worth": 900}),
    "april": (
        "First of April",
        {
            "kind": "EARLY_ACCESS",
            "placements": ["banner"],
            "words": {"title": "Only today"},
            "translations": {"RU": {"title": "Только сегодня"}},
        },
    ),
}


@dataclass
class GoldenShop:
    """All of it, with the offers by the names that the golden customers know them by."""

    database: Database
    shop: InstallationId
    program: Program
    offers: dict[str, Offer]


async def open_shop(database: Database, shop: InstallationId, bought: Sequence[OrderSnapshot]) -> GoldenShop:
    """Sell, let points be earned and tiers and segments be found, and publish what is offered."""
    async with database.shop(shop) as session:
        made = (await programs_for(session, shop, {CHANNEL: "EUR"}))[CHANNEL]
        await session.execute(sa.text("UPDATE program SET zone = 'Europe/Berlin'"))
        await tiers.save_ladder(session, shop, made.id, plan=LADDER, expected=0, author="1", at=BEGAN)
        await _sell(session, shop, bought)
        program = await program_of_channel(session, CHANNEL)
        assert program is not None
        groups = await _segments(session, shop, {one.customer for one in bought if one.customer is not None})
        published = await _publish(session, shop, program, groups)
    return GoldenShop(database, shop, program, published)


def bought(customer: CustomerId, euros: int, days_ago: int) -> OrderSnapshot:
    """An order that was paid and sent on one day."""
    day = TODAY - timedelta(days=days_ago)
    return order(
        line("thing", euros * 100, fulfilled=1),
        charged=euros * 100,
        customer=customer,
        status="FULFILLED",
        created_at=day,
        updated_at=day,
        fulfillments=(FulfillmentFact(status="FULFILLED", created_at=day),),
    )


async def _sell(session: AsyncSession, shop: InstallationId, bought: Sequence[OrderSnapshot]) -> None:
    learnt = await orders.record(session, shop, observed(*bought), at=TODAY)
    then = partial(tiers.tiers_of_orders, session, shop, at=TODAY)
    await points.accrue(session, shop, learnt.changed, at=TODAY, tiers_then=then)
    await follow_orders(session, shop, learnt.changed, at=TODAY)


async def _segments(session: AsyncSession, shop: InstallationId, customers: set[CustomerId]) -> dict[str, str]:
    found = {}
    for name, least in SEGMENTS.items():
        condition = read_condition({"type": "NUMBER", "fact": "ORDERS", "atLeast": least})
        made = await segments.create_segment(session, shop, name=name, condition=condition, at=BEGAN)
        found[name] = str(made.id)
    await facts.roll_up(session, shop, customers, at=TODAY)
    await follow_customers(session, shop, customers, (), at=TODAY)
    return found


async def _publish(
    session: AsyncSession, shop: InstallationId, program: Program, groups: dict[str, str]
) -> dict[str, Offer]:
    bound = {}
    for key, terms in REWARDS.items():
        english, russian = NAMES[key]
        words = {"words": {"name": english}, "translations": {"RU": {"name": russian}}}
        made = await rewards.create_reward(session, shop, program, rewards.read_terms(terms | words), at=BEGAN)
        bound[key] = str(made.id)
    published = {}
    for name, terms in CAMPAIGNS.items():
        audience = {part: [groups[one] for one in named] for part, named in terms.get("audience", {}).items()}
        document = {"name": name, "goal": "More orders", "holdout_percent": 0} | terms | {"audience": audience}
        read = offers.read_campaign_terms(document)
        campaign = await offers.campaigns.create_campaign(session, shop, program.id, read, at=BEGAN)
        for key, (of_campaign, shown) in OFFERS.items():
            if of_campaign == name:
                named = {"reward": bound[shown["reward"]]} if "reward" in shown else {}
                named |= {"rule": str(program.id)} if shown["kind"] == "BONUS_POINTS" else {}
                terms_read = offers.read_offer_terms(shown | named)
                published[key] = await offers.registry.create_offer(
                    session, shop, campaign.id, terms_read, rules=[str(program.id)], at=BEGAN
                )
        await offers.campaigns.publish_campaign(session, shop, campaign.id)
    return published
