"""Campaigns as staff read them, and why one customer is, or is not, shown which offer."""

from dataclasses import dataclass
from enum import Enum
from typing import Annotated

import strawberry

from saleor_crm_app.kernel.ids import CustomerId, ProgramId, global_id
from saleor_crm_app.loyalty import offers, points
from saleor_crm_app.loyalty.offers import Candidate, Decision, Question
from saleor_crm_app.loyalty.program import Program, program_of_channel
from saleor_crm_app.staff.campaign_types import Campaign, Offer
from saleor_crm_app.staff.context import Info
from saleor_crm_app.staff.inputs import BadInputField, customer_of, given, uuid_of
from saleor_crm_app.staff.permissions import ManagesDiscounts, ManagesUsers
from saleor_crm_app.staff.segments import LanguageArgument, SegmentLanguage

ProgramArgument = Annotated[strawberry.ID, strawberry.argument(description="The program's global id.")]
EndedArgument = Annotated[bool | None, strawberry.argument(description="With those that have ended.")]


@strawberry.enum(description="Why an offer is not shown to a customer.")
class OfferHindrance(Enum):
    NOT_YET = strawberry.enum_value("NOT_YET", description="Its campaign's first day has not come.")
    OVER = strawberry.enum_value("OVER", description="Its campaign's last day is over.")
    OTHER_CHANNEL = strawberry.enum_value("OTHER_CHANNEL", description="It is for other channels.")
    OTHER_PLACEMENT = strawberry.enum_value("OTHER_PLACEMENT", description="It is for other places.")
    NOT_KNOWN = strawberry.enum_value("NOT_KNOWN", description="It is for members only.")
    NOT_IN_AUDIENCE = strawberry.enum_value("NOT_IN_AUDIENCE", description="They are not in its audience.")
    HELD_OUT = strawberry.enum_value("HELD_OUT", description="They are among those who see nothing of its campaign.")
    DISMISSED = strawberry.enum_value("DISMISSED", description="They wanted it gone.")
    TAKEN = strawberry.enum_value("TAKEN", description="They accepted it as often as one may.")
    SEEN_ENOUGH = strawberry.enum_value("SEEN_ENOUGH", description="They saw 20 other offers today.")
    BUDGET_USED_UP = strawberry.enum_value("BUDGET_USED_UP", description="Its campaign's budget is used up.")
    REWARD_NOT_TO_BE_HAD = strawberry.enum_value(
        "REWARD_NOT_TO_BE_HAD", description="They could not have its reward now."
    )
    PROGRAM_PAUSED = strawberry.enum_value("PROGRAM_PAUSED", description="The program is paused.")
    NOTHING_TO_SAY = strawberry.enum_value("NOTHING_TO_SAY", description="What it tells is not so for them.")
    NOT_RELEVANT = strawberry.enum_value("NOT_RELEVANT", description="Fewer than one in fifty would accept it.")
    SAME_AS_ANOTHER = strawberry.enum_value("SAME_AS_ANOTHER", description="Another offer brings the same.")


@strawberry.type(description="What became of an offer when it was weighed for a customer.")
class OfferTrace:
    offer: Offer = strawberry.field(description="The offer.")
    campaign_id: strawberry.ID = strawberry.field(description="Its campaign's global id.")
    place: int | None = strawberry.field(description="Its place among those shown, from 1; null: it is not shown.")
    hindrance: OfferHindrance | None = strawberry.field(description="Why it is not shown.")
    relevance: float | None = strawberry.field(description="How likely they accept it, 0 to 1.")
    expected: float | None = strawberry.field(description="What showing it is expected to bring, in minor units.")
    reasons: list[str] = strawberry.field(description="Why they see it, as they read it.")


@strawberry.type(description="All offers of a program as they are weighed for one customer.")
class OfferTraces:
    decision_id: str = strawberry.field(description="What names the decision.")
    is_exploring: bool = strawberry.field(
        description="Whether this decision, one in twenty, ranks by a draw from what is believed of each offer."
    )
    offers: list[OfferTrace] = strawberry.field(description="Those shown in their order, then the others.")


@strawberry.type(description="What staff may read of campaigns.")
class CampaignsQuery:
    @strawberry.field(permission_classes=[ManagesDiscounts], description="A program's campaigns, oldest first.")
    async def campaigns(
        self, info: Info, program_id: ProgramArgument, ended: EndedArgument = strawberry.UNSET
    ) -> list[Campaign]:
        program = ProgramId(uuid_of(program_id, "LoyaltyProgram", field="programId"))
        async with info.context.reading.session() as session:
            found = await offers.campaigns.campaigns_of(session, program, ended=bool(given(ended)))
        return [Campaign.of(one) for one in found]

    @strawberry.field(
        permission_classes=[ManagesUsers],
        description="Which offers a customer is shown now in a channel, and why not the others; counts as nothing.",
    )
    async def offer_trace(
        self,
        info: Info,
        customer_id: Annotated[strawberry.ID, strawberry.argument(description="The customer's global id in Saleor.")],
        channel: Annotated[str, strawberry.argument(description="The channel's slug.")],
        placement: Annotated[
            str | None, strawberry.argument(description="Where in the storefront; left out: anywhere.")
        ] = strawberry.UNSET,
        language: LanguageArgument = strawberry.UNSET,
    ) -> OfferTraces:
        wanted = given(language) or SegmentLanguage.EN
        place = _Place(channel=channel, placement=given(placement))
        return await _trace(info, customer_of(customer_id, field="customerId"), place, wanted)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Place:
    channel: str
    placement: str | None


async def _trace(info: Info, customer: CustomerId, place: _Place, language: SegmentLanguage) -> OfferTraces:
    context = info.context
    offers.decisions.demand_placement(place.placement)
    async with context.reading.session() as session:
        program = await program_of_channel(session, place.channel)
        if program is None:
            raise BadInputField("channel", "There is no program in this channel.")
        joined = await points.memberships.programs_joined(session, context.shop, customer, [program])
        asked = Question(
            program=program,
            customer=customer if program.id in joined else None,
            channel=place.channel,
            placement=place.placement,
            at=context.at,
        )
        member = await points.account_of(session, context.shop, customer, program.id)
        policy = await offers.PolicyShelf().policy(session, context.shop, program.id)
        decision = await offers.decide(session, context.shop, policy, asked, member=member)
    shown = [_shown(number, one, program, language) for number, one in enumerate(decision.offers, start=1)]
    return OfferTraces(
        decision_id=decision.key.digest,
        is_exploring=decision.key.is_exploring,
        offers=[*shown, *_hidden(decision, policy)],
    )


def _shown(number: int, one: Candidate, program: Program, language: SegmentLanguage) -> OfferTrace:
    return OfferTrace(
        offer=Offer.of(one.offer),
        campaign_id=strawberry.ID(global_id("Campaign", one.offer.campaign)),
        place=number,
        hindrance=None,
        relevance=one.relevance,
        expected=one.expected,
        reasons=[offers.wording.reason_words(said, program, language.name) for said in one.fit.reasons],
    )


def _hidden(decision: Decision, policy: offers.Policy) -> list[OfferTrace]:
    return [
        OfferTrace(
            offer=Offer.of(one.offer),
            campaign_id=strawberry.ID(global_id("Campaign", one.offer.campaign)),
            place=None,
            hindrance=OfferHindrance[decision.passed_over[one.offer.id]],
            relevance=None,
            expected=None,
            reasons=[],
        )
        for one in policy.offers
        if one.offer.id in decision.passed_over
    ]
