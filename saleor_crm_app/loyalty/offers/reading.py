"""Reads what a question needs and decides: what nobody asks about is not read, whatever the number of offers."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import date, datetime
from typing import Final

from sqlalchemy.ext.asyncio import AsyncSession

from saleor_crm_app.crm.facts import rollup_of
from saleor_crm_app.crm.segments import segment_keys_of
from saleor_crm_app.kernel.ids import CustomerId, InstallationId, RewardId
from saleor_crm_app.loyalty import coupons, points
from saleor_crm_app.loyalty.offers.choosing import Decision, choose, key_for, shortlist
from saleor_crm_app.loyalty.offers.picking import find_products
from saleor_crm_app.loyalty.offers.policy import Policy, Published
from saleor_crm_app.loyalty.offers.responses import responses_of
from saleor_crm_app.loyalty.offers.terms import REWARD_KINDS, OfferKind
from saleor_crm_app.loyalty.offers.views import NOBODY, Question, Standing, View
from saleor_crm_app.loyalty.points import Member
from saleor_crm_app.loyalty.rewards import MemberState, Reward, rewards_by_id, rewards_of
from saleor_crm_app.loyalty.rules import PublishedRule, rule_set_at, rule_sets_of
from saleor_crm_app.loyalty.tiers import TierStatus, statuses

_BY_POINTS: Final = frozenset({*REWARD_KINDS, OfferKind.REWARD_REMINDER, OfferKind.EXPIRING_POINTS})
_BY_REWARDS: Final = frozenset({*REWARD_KINDS, OfferKind.REWARD_REMINDER})


async def decide(
    session: AsyncSession, installation: InstallationId, policy: Policy, asked: Question, *, member: Member | None
) -> Decision:
    """What somebody is shown; `member` is their account, where one was opened. Changes nothing."""
    standing = await standing_of(session, installation, policy, asked)
    possible, out = shortlist(policy, asked, standing)
    view = await view_of(session, installation, possible, asked, member=member)
    view = replace(view, committed=policy.committed)
    return choose(possible, asked, standing, view, key=key_for(installation, policy, asked), out=out)


def local_day(asked: Question) -> date:
    """The day it is in the program's zone."""
    return asked.at.astimezone(asked.program.zone).date()


async def standing_of(session: AsyncSession, installation: InstallationId, policy: Policy, asked: Question) -> Standing:
    """What all offers are screened by; two statements at most."""
    if asked.customer is None or not policy.offers:
        return NOBODY
    responses = await responses_of(session, installation, asked.customer, today=local_day(asked))
    if all(one.campaign.terms.audience.is_everybody for one in policy.offers):
        return Standing(responses=responses)
    return Standing(segments=await segment_keys_of(session, installation, asked.customer), responses=responses)


async def view_of(
    session: AsyncSession,
    installation: InstallationId,
    possible: Sequence[Published],
    asked: Question,
    *,
    member: Member | None,
) -> View:
    """All that these offers can say something of."""
    kinds = {one.kind for one in possible}
    rewards, catalog = await _rewards(session, possible, asked)
    judged = [*rewards.values(), *catalog]
    customer = asked.customer
    rules = await _rules(session, installation, asked) if OfferKind.BONUS_POINTS in kinds else {}
    found = await find_products(session, installation, possible, asked)
    if customer is None:
        return View(rewards=rewards, rules=rules, picks=found.picks, for_sale=found.for_sale)
    has_tiers = OfferKind.TIER_NUDGE in kinds or any(one.terms.tiers for one in judged)
    tier = await _tier(session, installation, customer, asked) if has_tiers else None
    state = await _state(session, installation, customer, asked, member=member, kinds=kinds, judged=judged, tier=tier)
    rollup = await rollup_of(session, installation, customer) if OfferKind.WIN_BACK in kinds else None
    return View(
        member=state,
        tier=tier,
        last_order_at=None if rollup is None else rollup.last_order_at,
        gap_days=None if rollup is None else rollup.gap_days,
        rewards=rewards,
        catalog=catalog,
        rules=rules,
        picks=found.picks,
        for_sale=found.for_sale,
    )


async def _rewards(
    session: AsyncSession, possible: Sequence[Published], asked: Question
) -> tuple[Mapping[RewardId, Reward], Sequence[Reward]]:
    """Those that offers bring, and what can be claimed where one is to be reminded of; one statement at most."""
    wanted = {one.reward for one in possible if one.reward is not None}
    if not any(one.kind is OfferKind.REWARD_REMINDER for one in possible):
        return await rewards_by_id(session, wanted), ()
    found = await rewards_of(session, [asked.program.id])
    catalog = [one for one in found if one.terms.is_claimable and not one.terms.given_on]
    return {one.id: one for one in found if one.id in wanted}, catalog


async def _rules(session: AsyncSession, installation: InstallationId, asked: Question) -> Mapping[str, PublishedRule]:
    """The earning rules that hold now."""
    sets = (await rule_sets_of(session, installation, [asked.program]))[asked.program.id]
    return rule_set_at(sets, asked.at).by_id


async def _tier(
    session: AsyncSession, installation: InstallationId, customer: CustomerId, asked: Question
) -> TierStatus | None:
    owner = (customer, asked.program.id)
    return (await statuses(session, installation, [owner], at=asked.at)).get(owner)


async def _state(
    session: AsyncSession,
    installation: InstallationId,
    customer: CustomerId,
    asked: Question,
    *,
    member: Member | None,
    kinds: set[OfferKind],
    judged: Sequence[Reward],
    tier: TierStatus | None,
) -> MemberState:
    balance = points.NO_POINTS
    if member is not None and kinds & _BY_POINTS:
        balance = (await points.balances_of(session, installation, [member], at=asked.at))[member.account]
    had: Mapping[RewardId, Sequence[datetime]] = {}
    if kinds & _BY_REWARDS and any(one.terms.limits for one in judged):
        had = await coupons.had_before(session, installation, customer, asked.program.id)
    return MemberState(
        balance=balance,
        tier=None if tier is None or tier.tier is None else tier.tier.code,
        is_held=member is not None and member.status != "ACTIVE",  # nor is a merged or a closed one given anything
        had=had,
    )
