"""Campaigns that staff draft, publish, change and end; each act is written down."""

from typing import Any, Final

import msgspec
import strawberry

from saleor_crm_app.kernel.audit import Subject, audit
from saleor_crm_app.kernel.errors import Refusal
from saleor_crm_app.kernel.ids import ProgramId
from saleor_crm_app.loyalty import offers
from saleor_crm_app.loyalty.offers import CampaignId
from saleor_crm_app.loyalty.program import programs_by_id
from saleor_crm_app.staff.campaign_types import Campaign, CampaignTermsInput
from saleor_crm_app.staff.context import Info
from saleor_crm_app.staff.health import StaffError
from saleor_crm_app.staff.inputs import BadInputField, reason_of, uuid_of
from saleor_crm_app.staff.permissions import ManagesDiscounts

_TEXT: Final = "Why, in your words; staff read it in the audit trail."


@strawberry.input(description="A campaign to draft.")
class CampaignCreateInput:
    program_id: strawberry.ID = strawberry.field(description="The program's global id.")
    campaign: CampaignTermsInput = strawberry.field(description="The campaign.")
    text: str | None = strawberry.field(default=None, description=_TEXT)


@strawberry.input(description="A campaign to change.")
class CampaignUpdateInput:
    id: strawberry.ID = strawberry.field(description="The campaign's global id.")
    expected_version: int = strawberry.field(description="The version you read; another one is refused.")
    campaign: CampaignTermsInput = strawberry.field(description="All of it as it shall be.")
    text: str | None = strawberry.field(default=None, description=_TEXT)


@strawberry.input(description="A campaign to publish.")
class CampaignPublishInput:
    id: strawberry.ID = strawberry.field(description="The campaign's global id.")
    text: str | None = strawberry.field(default=None, description=_TEXT)


@strawberry.input(description="A campaign to end.")
class CampaignEndInput:
    id: strawberry.ID = strawberry.field(description="The campaign's global id.")
    text: str | None = strawberry.field(default=None, description=_TEXT)


@strawberry.type(description="A campaign that was changed.")
class CampaignPayload:
    campaign: Campaign | None = strawberry.field(description="The campaign as it is now.")
    errors: list[StaffError] = strawberry.field(description="What was refused; nothing was changed then.")


@strawberry.type(description="A campaign that was drafted; nobody sees it before it is published.")
class CampaignCreate(CampaignPayload):
    """Its own name, as each mutation's payload has."""


@strawberry.type(description="A campaign that was changed; customers see that at once.")
class CampaignUpdate(CampaignPayload):
    """Its own name, as each mutation's payload has."""


@strawberry.type(description="A campaign whose offers are shown from its first day on.")
class CampaignPublish(CampaignPayload):
    """Its own name, as each mutation's payload has."""


@strawberry.type(description="A campaign that is shown no more; coupons that are out stay good.")
class CampaignEnd(CampaignPayload):
    """Its own name, as each mutation's payload has."""


@strawberry.type(description="What staff may do about campaigns.")
class CampaignsMutation:
    @strawberry.mutation(permission_classes=[ManagesDiscounts], description="Draft a campaign.")
    async def campaign_create(self, info: Info, input: CampaignCreateInput) -> CampaignCreate:
        try:
            return CampaignCreate(campaign=Campaign.of(await _create(info, input)), errors=[])
        except Refusal as refusal:
            return CampaignCreate(campaign=None, errors=[StaffError.of(refusal)])

    @strawberry.mutation(permission_classes=[ManagesDiscounts], description="Change a campaign that has not ended.")
    async def campaign_update(self, info: Info, input: CampaignUpdateInput) -> CampaignUpdate:
        try:
            return CampaignUpdate(campaign=Campaign.of(await _update(info, input)), errors=[])
        except Refusal as refusal:
            return CampaignUpdate(campaign=None, errors=[StaffError.of(refusal)])

    @strawberry.mutation(
        permission_classes=[ManagesDiscounts], description="Show a campaign's offers from its first day on."
    )
    async def campaign_publish(self, info: Info, input: CampaignPublishInput) -> CampaignPublish:
        try:
            return CampaignPublish(campaign=Campaign.of(await _publish(info, input)), errors=[])
        except Refusal as refusal:
            return CampaignPublish(campaign=None, errors=[StaffError.of(refusal)])

    @strawberry.mutation(permission_classes=[ManagesDiscounts], description="Show a campaign no more.")
    async def campaign_end(self, info: Info, input: CampaignEndInput) -> CampaignEnd:
        try:
            return CampaignEnd(campaign=Campaign.of(await _end(info, input)), errors=[])
        except Refusal as refusal:
            return CampaignEnd(campaign=None, errors=[StaffError.of(refusal)])


async def _create(info: Info, wanted: CampaignCreateInput) -> offers.Campaign:
    context, terms = info.context, wanted.campaign.read()
    program = ProgramId(uuid_of(wanted.program_id, "LoyaltyProgram", field="programId"))
    async with context.database.shop(context.shop) as session:
        if program not in await programs_by_id(session):
            raise BadInputField("programId", "There is no such program.")
        made = await offers.campaigns.create_campaign(session, context.shop, program, terms, at=context.at)
        line = context.act("campaignCreate", subject=_subject(made), after=_told(made), reason=reason_of(wanted.text))
        await audit(session, context.shop, line)
    return made


async def _update(info: Info, wanted: CampaignUpdateInput) -> offers.Campaign:
    context, terms = info.context, wanted.campaign.read()
    async with context.database.shop(context.shop) as session:
        before, after = await offers.campaigns.update_campaign(
            session,
            context.shop,
            campaign_key(wanted.id),
            terms,
            expected_version=wanted.expected_version,
        )
        line = context.act(
            "campaignUpdate",
            subject=_subject(after),
            before=_told(before),
            after=_told(after),
            reason=reason_of(wanted.text),
        )
        await audit(session, context.shop, line)
    return after


async def _publish(info: Info, wanted: CampaignPublishInput) -> offers.Campaign:
    context = info.context
    async with context.database.shop(context.shop) as session:
        _, after = await offers.campaigns.publish_campaign(session, context.shop, campaign_key(wanted.id))
        line = context.act(
            "campaignPublish", subject=_subject(after), after=_told(after), reason=reason_of(wanted.text)
        )
        await audit(session, context.shop, line)
    return after


async def _end(info: Info, wanted: CampaignEndInput) -> offers.Campaign:
    context = info.context
    async with context.database.shop(context.shop) as session:
        _, after = await offers.campaigns.end_campaign(session, context.shop, campaign_key(wanted.id), at=context.at)
        line = context.act("campaignEnd", subject=_subject(after), after=_told(after), reason=reason_of(wanted.text))
        await audit(session, context.shop, line)
    return after


def campaign_key(text: str) -> CampaignId:
    """Raises BadInputField."""
    return CampaignId(uuid_of(text, "Campaign", field="campaignId"))


def _subject(campaign: offers.Campaign) -> Subject:
    return Subject("Campaign", str(campaign.id))


def _told(campaign: offers.Campaign) -> dict[str, Any]:
    """A campaign as the audit trail keeps it."""
    terms: dict[str, Any] = msgspec.to_builtins(campaign.terms)
    return {"version": campaign.version, "state": campaign.state.value, "terms": terms}
