"""What customers answer to offers: take one, have it gone, say that they saw it or that it is not for them."""

from enum import Enum

import strawberry

from saleor_crm_app.issuing import Reply
from saleor_crm_app.kernel.errors import LoyaltyErrorCode, Refusal
from saleor_crm_app.loyalty import offers
from saleor_crm_app.loyalty.offers import Response
from saleor_crm_app.storefront.context import Info
from saleor_crm_app.storefront.coupons import LoyaltyCoupon
from saleor_crm_app.storefront.errors import LoyaltyError
from saleor_crm_app.storefront.offers import offer_key


class SignInToAnswer(Refusal):
    """Nothing is kept of guests."""

    code = LoyaltyErrorCode.NOT_ELIGIBLE

    def __init__(self) -> None:
        super().__init__("Sign in to take offers or to answer them.")


@strawberry.enum(description="What a customer made of an offer.")
class OfferFeedback(Enum):
    SEEN = strawberry.enum_value("SEEN", description="It was in view; counts once a day.")
    CLICKED = strawberry.enum_value("CLICKED", description="It was opened.")
    NOT_FOR_ME = strawberry.enum_value("NOT_FOR_ME", description="Show less of this kind.")


@strawberry.input(description="An offer to take.")
class PersonalOfferAcceptInput:
    channel: str = strawberry.field(description="The slug of the channel it was shown in.")
    offer_id: strawberry.ID = strawberry.field(description="The offer's global id.")
    decision_id: strawberry.ID = strawberry.field(description="The `decisionId` it came with.")
    idempotency_key: str = strawberry.field(
        description="A new text for each wish; sent again with the same input it gets the same coupon."
    )


@strawberry.input(description="An offer to see no more.")
class PersonalOfferDismissInput:
    channel: str = strawberry.field(description="The slug of the channel it was shown in.")
    offer_id: strawberry.ID = strawberry.field(description="The offer's global id.")
    decision_id: strawberry.ID = strawberry.field(description="The `decisionId` it came with.")


@strawberry.input(description="What the customer made of an offer.")
class PersonalOfferFeedbackInput:
    channel: str = strawberry.field(description="The slug of the channel it was shown in.")
    offer_id: strawberry.ID = strawberry.field(description="The offer's global id.")
    decision_id: strawberry.ID = strawberry.field(description="The `decisionId` it came with.")
    feedback: OfferFeedback = strawberry.field(description="What they made of it.")


@strawberry.type(description="An offer that was taken.")
class PersonalOfferAccept:
    coupon: LoyaltyCoupon | None = strawberry.field(
        description="The coupon, with its code, or `HELD` until the shop has one."
    )
    errors: list[LoyaltyError] = strawberry.field(description="What was refused; then nothing has changed.")


@strawberry.type(description="An offer that the customer sees no more.")
class PersonalOfferDismiss:
    errors: list[LoyaltyError] = strawberry.field(description="What was refused; then nothing has changed.")


@strawberry.type(description="What the customer made of an offer is written down.")
class PersonalOfferFeedback:
    errors: list[LoyaltyError] = strawberry.field(description="What was refused; then nothing has changed.")


@strawberry.type(description="Answers to offers.")
class OffersMutation:
    @strawberry.mutation(description="Let the signed-in customer have what an offer brings.")
    async def personal_offer_accept(self, info: Info, input: PersonalOfferAcceptInput) -> PersonalOfferAccept:
        try:
            return PersonalOfferAccept(coupon=await _accept(info, input), errors=[])
        except Refusal as refusal:
            return PersonalOfferAccept(coupon=None, errors=[LoyaltyError.of(refusal)])

    @strawberry.mutation(description="Never show this offer to the signed-in customer again.")
    async def personal_offer_dismiss(self, info: Info, input: PersonalOfferDismissInput) -> PersonalOfferDismiss:
        try:
            reply = _reply(info, input.channel, input.offer_id, input.decision_id)
            await info.context.offers.respond(reply, Response.DISMISSED)
        except Refusal as refusal:
            return PersonalOfferDismiss(errors=[LoyaltyError.of(refusal)])
        return PersonalOfferDismiss(errors=[])

    @strawberry.mutation(description="Tell what the signed-in customer made of an offer; the same again is nothing.")
    async def personal_offer_feedback(self, info: Info, input: PersonalOfferFeedbackInput) -> PersonalOfferFeedback:
        try:
            reply = _reply(info, input.channel, input.offer_id, input.decision_id)
            await info.context.offers.respond(reply, Response[input.feedback.name])
        except Refusal as refusal:
            return PersonalOfferFeedback(errors=[LoyaltyError.of(refusal)])
        return PersonalOfferFeedback(errors=[])


async def _accept(info: Info, given: PersonalOfferAcceptInput) -> LoyaltyCoupon:
    visit = info.context.require_visit()
    reply = _reply(info, given.channel, given.offer_id, given.decision_id)
    coupon = await info.context.offers.accept(reply, given.idempotency_key)
    program = await visit.loaders.programs.load(given.channel)
    if program is None:
        raise offers.errors.OfferNotFound
    language = await visit.language()
    return LoyaltyCoupon.of(coupon, program, desk=info.context.desk, visit=visit, language=language)


def _reply(info: Info, channel: str, offer: str, decision: str) -> Reply:
    visit = info.context.require_visit()
    if visit.customer is None:
        raise SignInToAnswer
    return Reply(
        shop=visit.installation.id,
        customer=visit.customer,
        channel=channel,
        offer=offer_key(offer),
        decision=decision,
        at=visit.at,
    )
