"""Reads what a question needs and decides: what nobody asks about is not read, whatever the number of offers."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from sqlalchemy.ext.asyncio import AsyncSession

from saleor_crm_app.kernel.ids import InstallationId, RewardId
from saleor_crm_app.loyalty import rules
from saleor_crm_app.loyalty.offers.choosing import Decision, choose, key_for, shortlist
from saleor_crm_app.loyalty.offers.dossier import Dossier, dossier_of
from saleor_crm_app.loyalty.offers.picking import find_products
from saleor_crm_app.loyalty.offers.policy import Policy, PolicyShelf, Published
from saleor_crm_app.loyalty.offers.terms import OfferKind
from saleor_crm_app.loyalty.offers.terms_shelf import TermsShelf
from saleor_crm_app.loyalty.offers.views import Question, View
from saleor_crm_app.loyalty.points import Member
from saleor_crm_app.loyalty.rewards import MemberState, Reward
from saleor_crm_app.loyalty.rules import PublishedRule
from saleor_crm_app.loyalty.tiers import Owner, StatusBook, TierStatus


async def decide(
    session: AsyncSession, installation: InstallationId, policy: Policy, asked: Question, *, member: Member | None
) -> Decision:
    """What somebody is shown by a policy; `member` is their account, where one was opened. Changes nothing."""
    dossier = await dossier_of(session, installation, asked, member=member)
    return await _decided(session, installation, policy, asked, Sources(member, dossier, TermsShelf()))


async def decide_by(
    session: AsyncSession,
    installation: InstallationId,
    shelf: PolicyShelf,
    asked: Question,
    *,
    member: Member | None,
    tiers: StatusBook | None = None,
) -> Decision:
    """The same by what is published now, of which `shelf` keeps what stays the same, as `tiers` does for its moment."""
    dossier = await dossier_of(session, installation, asked, member=member)
    policy = await shelf.policy_of(session, installation, asked.program.id, dossier.revision)
    return await _decided(session, installation, policy, asked, Sources(member, dossier, shelf.terms, tiers))


@dataclass(frozen=True, slots=True)
class Sources:
    """What is known before it is known which offers may be shown: account, dossier, and the terms that are kept.

    `tiers` keeps where members stand at the question's moment.
    """

    member: Member | None
    dossier: Dossier
    terms: TermsShelf
    tiers: StatusBook | None = None


async def _decided(
    session: AsyncSession, installation: InstallationId, policy: Policy, asked: Question, sources: Sources
) -> Decision:
    standing = sources.dossier.standing
    possible, out = shortlist(policy, asked, standing)
    view = await view_of(session, installation, possible, asked, sources)
    view = replace(view, committed=policy.committed)
    return choose(possible, asked, standing, view, key=key_for(installation, policy, asked), out=out)


async def view_of(
    session: AsyncSession,
    installation: InstallationId,
    possible: Sequence[Published],
    asked: Question,
    sources: Sources,
) -> View:
    """All that these offers can say something of."""
    kinds = {one.kind for one in possible}
    dossier, customer = sources.dossier, asked.customer
    rewards, catalog = await _rewards(session, possible, sources)
    judged = [*rewards.values(), *catalog]
    earning = await _rules(session, installation, asked, sources) if OfferKind.BONUS_POINTS in kinds else {}
    found = await find_products(session, installation, possible, asked)
    if customer is None:
        return View(rewards=rewards, rules=earning, picks=found.picks, for_sale=found.for_sale)
    has_tiers = OfferKind.TIER_NUDGE in kinds or any(one.terms.tiers for one in judged)
    tier = await _tier(session, installation, (customer, asked.program.id), asked, sources) if has_tiers else None
    return View(
        member=_state(sources, tier),
        tier=tier,
        last_order_at=dossier.standing.last_order_at,
        gap_days=dossier.standing.gap_days,
        rewards=rewards,
        catalog=catalog,
        rules=earning,
        picks=found.picks,
        for_sale=found.for_sale,
    )


async def _rewards(
    session: AsyncSession, possible: Sequence[Published], sources: Sources
) -> tuple[Mapping[RewardId, Reward], Sequence[Reward]]:
    """Those that offers bring, and what can be claimed where one is to be reminded of."""
    wanted = {one.reward for one in possible if one.reward is not None}
    supplies = sources.dossier.supplies
    if not any(one.kind is OfferKind.REWARD_REMINDER for one in possible):
        found = await sources.terms.rewards(session, [supplies[one] for one in wanted if one in supplies])
        return {one.id: one for one in found}, ()
    found = await sources.terms.rewards(session, list(supplies.values()))
    catalog = [one for one in found if one.terms.is_claimable and not one.terms.given_on]
    return {one.id: one for one in found if one.id in wanted}, catalog


async def _rules(
    session: AsyncSession, installation: InstallationId, asked: Question, sources: Sources
) -> dict[str, PublishedRule]:
    """Those that can hold for this customer, without a word of the segments they ask for."""
    found = await sources.terms.rules(session, installation, asked, sources.dossier.rules)
    segments = sources.dossier.standing.segments
    told = {key: rules.presently.as_told_to(rule, segments) for key, rule in found.items()}
    return {key: rule for key, rule in told.items() if rule is not None}


async def _tier(
    session: AsyncSession, installation: InstallationId, owner: Owner, asked: Question, sources: Sources
) -> TierStatus | None:
    tiers = sources.tiers or StatusBook(installation, at=asked.at)
    return (await tiers.of(session, [owner])).get(owner)


def _state(sources: Sources, tier: TierStatus | None) -> MemberState:
    member, dossier = sources.member, sources.dossier
    return MemberState(
        balance=dossier.balance,
        tier=None if tier is None or tier.tier is None else tier.tier.code,
        is_held=member is not None and member.status != "ACTIVE",  # nor is a merged or a closed one given anything
        had=dossier.standing.had,
    )
