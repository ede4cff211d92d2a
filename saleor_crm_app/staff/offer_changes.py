"""Offers that staff put into campaigns, change and retire; each act is written down."""

from collections.abc import Collection
from typing import Any, Final

import msgspec
import strawberry

from saleor_crm_app.kernel.audit import Subject, audit
from saleor_crm_app.kernel.errors import Refusal
from saleor_crm_app.loyalty import offers
from saleor_crm_app.loyalty.offers import CampaignId, OfferId
from saleor_crm_app.loyalty.program import programs_by_id
from saleor_crm_app.loyalty.rules import rule_sets_of
from saleor_crm_app.staff.campaign_changes import campaign_key
from saleor_crm_app.staff.campaign_types import Offer, OfferTermsInput
from saleor_crm_app.staff.context import Context, Info
from saleor_crm_app.staff.health import StaffError
from saleor_crm_app.staff.inputs import reason_of, uuid_of
from saleor_crm_app.staff.permissions import ManagesDiscounts

_TEXT: Final = "Why, in your words; staff read it in the audit trail."


@strawberry.input(description="An offer to put into a campaign.")
class OfferCreateInput:
    campaign_id: strawberry.ID = strawberry.field(description="The campaign's global id.")
    offer: OfferTermsInput = strawberry.field(description="The offer.")
    text: str | None = strawberry.field(default=None, description=_TEXT)


@strawberry.input(description="An offer to change.")
class OfferUpdateInput:
    id: strawberry.ID = strawberry.field(description="The offer's global id.")
    expected_version: int = strawberry.field(description="The version you read; another one is refused.")
    offer: OfferTermsInput = strawberry.field(description="All of it as it shall be.")
    text: str | None = strawberry.field(default=None, description=_TEXT)


@strawberry.input(description="An offer to show no more.")
class OfferRetireInput:
    id: strawberry.ID = strawberry.field(description="The offer's global id.")
    text: str | None = strawberry.field(default=None, description=_TEXT)


@strawberry.type(description="An offer that was changed.")
class OfferPayload:
    offer: Offer | None = strawberry.field(description="The offer as it is now.")
    errors: list[StaffError] = strawberry.field(description="What was refused; nothing was changed then.")


@strawberry.type(description="An offer in a campaign; in a live one customers see it at once.")
class OfferCreate(OfferPayload):
    """Its own name, as each mutation's payload has."""


@strawberry.type(description="An offer that was changed; customers see that at once.")
class OfferUpdate(OfferPayload):
    """Its own name, as each mutation's payload has."""


@strawberry.type(description="An offer that is shown no more; coupons that are out stay good.")
class OfferRetire(OfferPayload):
    """Its own name, as each mutation's payload has."""


@strawberry.type(description="What staff may do about offers.")
class OffersMutation:
    @strawberry.mutation(permission_classes=[ManagesDiscounts], description="Put an offer into a campaign.")
    async def offer_create(self, info: Info, input: OfferCreateInput) -> OfferCreate:
        try:
            return OfferCreate(offer=Offer.of(await _create(info, input)), errors=[])
        except Refusal as refusal:
            return OfferCreate(offer=None, errors=[StaffError.of(refusal)])

    @strawberry.mutation(permission_classes=[ManagesDiscounts], description="Change an offer.")
    async def offer_update(self, info: Info, input: OfferUpdateInput) -> OfferUpdate:
        try:
            return OfferUpdate(offer=Offer.of(await _update(info, input)), errors=[])
        except Refusal as refusal:
            return OfferUpdate(offer=None, errors=[StaffError.of(refusal)])

    @strawberry.mutation(permission_classes=[ManagesDiscounts], description="Show an offer no more.")
    async def offer_retire(self, info: Info, input: OfferRetireInput) -> OfferRetire:
        try:
            return OfferRetire(offer=Offer.of(await _retire(info, input)), errors=[])
        except Refusal as refusal:
            return OfferRetire(offer=None, errors=[StaffError.of(refusal)])


async def _create(info: Info, wanted: OfferCreateInput) -> offers.Offer:
    context, terms, campaign = info.context, wanted.offer.read(), campaign_key(wanted.campaign_id)
    rules = await _rules(context, campaign)
    async with context.database.shop(context.shop) as session:
        made = await offers.registry.create_offer(session, context.shop, campaign, terms, rules=rules, at=context.at)
        line = context.act("offerCreate", subject=_subject(made), after=_told(made), reason=reason_of(wanted.text))
        await audit(session, context.shop, line)
    return made


async def _update(info: Info, wanted: OfferUpdateInput) -> offers.Offer:
    context, terms, key = info.context, wanted.offer.read(), _key(wanted.id)
    async with context.database.shop(context.shop, read_only=True) as session:
        held = await offers.registry.offer_by_id(session, key)
    rules = await _rules(context, held.campaign)
    async with context.database.shop(context.shop) as session:
        before, after = await offers.registry.update_offer(
            session, context.shop, key, terms, expected_version=wanted.expected_version, rules=rules
        )
        line = context.act(
            "offerUpdate",
            subject=_subject(after),
            before=_told(before),
            after=_told(after),
            reason=reason_of(wanted.text),
        )
        await audit(session, context.shop, line)
    return after


async def _retire(info: Info, wanted: OfferRetireInput) -> offers.Offer:
    context = info.context
    async with context.database.shop(context.shop) as session:
        before, after = await offers.registry.retire_offer(session, context.shop, _key(wanted.id), at=context.at)
        line = context.act("offerRetire", subject=_subject(after), before=_told(before), reason=reason_of(wanted.text))
        await audit(session, context.shop, line)
    return after


async def _rules(context: Context, campaign: CampaignId) -> Collection[str]:
    """The ids of the earning rules that hold now or will in the campaign's program."""
    async with context.database.shop(context.shop, read_only=True) as session:
        held = await offers.campaigns.campaign_by_id(session, campaign)
        program = (await programs_by_id(session))[held.program]
        sets = (await rule_sets_of(session, context.shop, [program]))[program.id]
    return {rule.id for one in sets for rule in one.rules}


def _key(text: str) -> OfferId:
    """Raises BadInputField."""
    return OfferId(uuid_of(text, "PersonalOffer", field="offerId"))


def _subject(offer: offers.Offer) -> Subject:
    return Subject("PersonalOffer", str(offer.id))


def _told(offer: offers.Offer) -> dict[str, Any]:
    """An offer as the audit trail keeps it."""
    terms: dict[str, Any] = msgspec.to_builtins(offer.terms)
    return {"version": offer.version, "retired": offer.retired_at is not None, "terms": terms}
