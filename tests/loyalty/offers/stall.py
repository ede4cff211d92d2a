"""Campaigns for tests: published with their offers in one call, so that a test names only what it is about."""

from collections.abc import Sequence
from datetime import datetime
from itertools import product
from typing import Any

from sqlalchemy.ext.asyncio import AsyncSession

from saleor_crm_app.kernel.db import Database
from saleor_crm_app.kernel.ids import InstallationId, RewardId
from saleor_crm_app.loyalty import offers, rewards
from saleor_crm_app.loyalty.offers import Offer
from saleor_crm_app.loyalty.offers.decisions import DecisionKey
from saleor_crm_app.loyalty.offers.revisions import bump, revision_of
from saleor_crm_app.loyalty.program import Program, programs
from tests.shop import ANNA, EMMA, LATER, NOON

AMOUNT = {"kind": "FIXED_AMOUNT", "amount": 500}


async def program_of(database: Database, shop: InstallationId) -> Program:
    """The one program there is."""
    async with database.shop(shop) as session:
        [held] = await programs(session)
    return held.program


async def reward(
    database: Database, shop: InstallationId, name: str, *, at: datetime = NOON, **terms: object
) -> RewardId:
    """One that only offers bring, unless the terms say otherwise."""
    document = {"effect": AMOUNT, "words": {"name": name}, "is_claimable": False, **terms}
    async with database.shop(shop) as session:
        [held] = await programs(session)
        made = await rewards.create_reward(session, shop, held.program, rewards.read_terms(document), at=at)
    return made.id


async def campaign(
    database: Database,
    shop: InstallationId,
    *shown: dict[str, Any],
    at: datetime = NOON,
    rules: Sequence[str] = ("base",),
    **terms: object,
) -> list[Offer]:
    """A live campaign without a holdout, with these offers."""
    document = {"name": "Spring", "goal": "More second orders", "holdout_percent": 0, **terms}
    async with database.shop(shop) as session:
        [held] = await programs(session)
        read = offers.read_campaign_terms(document)
        made = await offers.campaigns.create_campaign(session, shop, held.program.id, read, at=at)
        kept = [
            await offers.registry.create_offer(session, shop, made.id, offers.read_offer_terms(one), rules=rules, at=at)
            for one in shown
        ]
        await offers.campaigns.publish_campaign(session, shop, made.id)
        await _settle(session, shop, held.program)
    return kept


async def _settle(session: AsyncSession, shop: InstallationId, program: Program) -> None:
    """Publish until nobody here is used for exploring, which would change the order of what is shown."""
    while True:
        revision = (await revision_of(session, shop, program.id)).number
        keys = (
            DecisionKey.of(shop, program.id, who, placement=None, day=day, revision=revision)
            for who, day in product((None, ANNA, EMMA), (NOON.date(), LATER.date()))
        )
        if not any(one.is_exploring for one in keys):
            return
        await bump(session, shop, program.id)
