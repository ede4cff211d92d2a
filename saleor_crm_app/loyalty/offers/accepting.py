"""Taking an offer: its limits, its reward, its code and the campaign's budget in one transaction, or nothing."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from sqlalchemy.ext.asyncio import AsyncSession

from saleor_crm_app.kernel.ids import CustomerId, InstallationId
from saleor_crm_app.kernel.one_at_a_time import one_at_a_time
from saleor_crm_app.loyalty import points, rewards
from saleor_crm_app.loyalty.coupons import Coupon, CouponOrigin
from saleor_crm_app.loyalty.offers.budgets import take_from_budget
from saleor_crm_app.loyalty.offers.decisions import DecisionKey
from saleor_crm_app.loyalty.offers.dossier import dossier_of, local_day
from saleor_crm_app.loyalty.offers.errors import (
    CampaignBudgetUsedUp,
    NothingToAccept,
    OfferChanged,
    OfferNotFound,
    OfferTaken,
)
from saleor_crm_app.loyalty.offers.fitting import NOTHING, Fit, fit
from saleor_crm_app.loyalty.offers.policy import Policy, Published, read_policy
from saleor_crm_app.loyalty.offers.reading import Sources, view_of
from saleor_crm_app.loyalty.offers.registry import OfferId
from saleor_crm_app.loyalty.offers.responses import MOST_IMPRESSIONS, Answered, Response, Responses, write_response
from saleor_crm_app.loyalty.offers.said import WhyNot
from saleor_crm_app.loyalty.offers.screening import hindrance
from saleor_crm_app.loyalty.offers.terms_shelf import TermsShelf
from saleor_crm_app.loyalty.offers.views import Question
from saleor_crm_app.loyalty.rewards import Reward, claim, grant


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """What a member answers to an offer that a decision showed them; `stake` names what it brought then."""

    customer: CustomerId
    offer: OfferId
    decision: DecisionKey
    stake: str = NOTHING


async def accept(session: AsyncSession, installation: InstallationId, answer: Answer, asked: Question) -> Coupon:
    """Take an offer, which must still bring what it did when it was shown: the coupon of its reward.

    Raises OfferNotFound, NothingToAccept, OfferChanged, OfferTaken, CampaignBudgetUsedUp, ProgramPaused and what
    `rewards.claim` raises; nothing changed then.
    """
    if asked.program.paused_at is not None:
        raise points.errors.ProgramPaused
    await one_at_a_time(session, f"offer:{installation}:{answer.customer}")
    published, found = await _still_there(session, installation, answer, asked)
    if found.brings is None:
        raise NothingToAccept
    if found.stake != answer.stake:
        raise OfferChanged
    reward = found.brings.reward
    coupon = await _give(session, installation, answer.customer, reward, asked)
    if coupon.points != reward.terms.points:  # staff were faster between our look and the claim's
        raise OfferChanged
    cost = reward.terms.unit_cost
    await take_from_budget(session, installation, published.campaign, cost=cost)
    today = local_day(asked)
    answered = Answered(
        offer=answer.offer,
        kind=published.kind,
        response=Response.ACCEPTED,
        decision=answer.decision,
        coupon=coupon.id,
        cost=cost,
    )
    await write_response(session, installation, answer.customer, answered, today=today, at=asked.at)
    return coupon


async def respond(
    session: AsyncSession,
    installation: InstallationId,
    answer: Answer,
    asked: Question,
    response: Response,
    policy: Policy,
) -> bool:
    """Write down that a member saw an offer, opened it, does not like its kind, or wants it gone.

    Says whether it was new. What is seen beyond a day's number of impressions does not count. Raises OfferNotFound.
    """
    published = _published(policy, answer.offer)
    today = local_day(asked)
    if response is Response.SEEN:
        await one_at_a_time(session, f"offer:{installation}:{answer.customer}")
        standing = (await dossier_of(session, installation, asked, member=None)).standing
        if len(standing.responses.seen_today) >= MOST_IMPRESSIONS:
            return False
    answered = Answered(offer=answer.offer, kind=published.kind, response=response, decision=answer.decision)
    return await write_response(session, installation, answer.customer, answered, today=today, at=asked.at)


async def _still_there(
    session: AsyncSession, installation: InstallationId, answer: Answer, asked: Question
) -> tuple[Published, Fit]:
    """Judged anew, by what is published and true in this transaction."""
    member = await points.account_of(session, installation, answer.customer, asked.program.id)
    dossier = await dossier_of(session, installation, asked, member=member)
    policy = await read_policy(session, asked.program.id, dossier.revision)
    published = _published(policy, answer.offer)
    asked = replace(asked, placement=None)
    standing = dossier.standing
    _demand_free(published, standing.responses, at=asked.at)
    why = hindrance(published, asked, standing)
    if why not in {None, WhyNot.SEEN_ENOUGH}:
        raise OfferNotFound
    view = await view_of(session, installation, [published], asked, Sources(member, dossier, TermsShelf()))
    found = fit(published, asked, replace(view, committed=policy.committed))
    if found is WhyNot.BUDGET_USED_UP:
        raise CampaignBudgetUsedUp
    if isinstance(found, WhyNot):
        raise OfferNotFound
    return published, found


def _published(policy: Policy, offer: OfferId) -> Published:
    found = next((one for one in policy.offers if one.offer.id == offer), None)
    if found is None:
        raise OfferNotFound
    return found


def _demand_free(published: Published, responses: Responses, *, at: datetime) -> None:
    earlier: Sequence[datetime] = responses.accepted.get(published.offer.id, ())
    full = rewards.judging.full_limit(published.offer.terms.caps, earlier, at=at)
    if full is not None:
        raise OfferTaken(again_at=full[1])


async def _give(
    session: AsyncSession, installation: InstallationId, customer: CustomerId, reward: Reward, asked: Question
) -> Coupon:
    """A reward of the catalog is claimed, with its points and limits; one that only offers bring is granted."""
    if reward.terms.is_claimable and not reward.terms.given_on:
        return await claim(
            session,
            installation,
            customer,
            program=asked.program,
            reward=reward.id,
            channel=asked.channel,
            at=asked.at,
        )
    return await grant(
        session,
        installation,
        customer,
        program=asked.program,
        reward=reward.id,
        origin=CouponOrigin.OFFER,
        at=asked.at,
    )
