"""Offers of campaigns as staff keep them; what an offer brings has to be there when it is written."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final, NewType
from uuid import UUID

import msgspec
import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncSession

from saleor_crm_app.crm.goods import ReadShelf
from saleor_crm_app.jobs import outbox
from saleor_crm_app.kernel.db import insert_rows
from saleor_crm_app.kernel.ids import InstallationId, ProgramId, RewardId, new_id
from saleor_crm_app.loyalty.offers.campaigns import Campaign, CampaignId, locked_campaign
from saleor_crm_app.loyalty.offers.errors import ChangedMeanwhile, OfferInvalid, OfferNotFound, TooManyOffers
from saleor_crm_app.loyalty.offers.models import CampaignRow, OfferRow
from saleor_crm_app.loyalty.offers.revisions import bump
from saleor_crm_app.loyalty.offers.terms import REWARD_KINDS, OfferKind, OfferTerms, checked_offer
from saleor_crm_app.loyalty.rewards import rewards_by_id

OfferId = NewType("OfferId", UUID)

MOST_OFFERS: Final = 500
"""So many offers of a program are weighed for each customer."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Offer:
    """An offer and how it went so far: `shown` counts days on which a member saw it, as of last night."""

    id: OfferId
    campaign: CampaignId
    program: ProgramId
    version: int
    terms: OfferTerms
    shown: int = 0
    accepted: int = 0
    made_at: datetime
    retired_at: datetime | None = None


async def offers_of_campaigns(
    session: AsyncSession, campaigns: Collection[CampaignId], *, retired: bool = False
) -> list[Offer]:
    """The offers of these campaigns, oldest first; one statement, none for none."""
    if not campaigns:
        return []
    wanted = sa.select(OfferRow).where(OfferRow.campaign_id.in_(campaigns))
    if not retired:
        wanted = wanted.where(OfferRow.retired_at.is_(None))
    return [_offer(row) for row in await session.scalars(_fresh(wanted.order_by(OfferRow.id)))]


async def offer_by_id(session: AsyncSession, offer: OfferId) -> Offer:
    """Raises OfferNotFound."""
    row = await session.scalar(_fresh(sa.select(OfferRow).where(OfferRow.id == offer)))
    if row is None:
        raise OfferNotFound
    return _offer(row)


async def create_offer(
    session: AsyncSession,
    installation: InstallationId,
    campaign: CampaignId,
    terms: OfferTerms,
    *,
    rules: Collection[str],
    at: datetime,
) -> Offer:
    """Put an offer into a campaign; `rules` are the earning rules that there are.

    Raises OfferInvalid, CampaignNotFound, CampaignEnded and TooManyOffers.
    """
    held = await locked_campaign(session, campaign)
    await _demand_there(session, held, checked_offer(terms), rules)
    if await _count(session, held.program) >= MOST_OFFERS:
        raise TooManyOffers(MOST_OFFERS)
    offer = OfferId(new_id())
    row = {
        "installation_id": installation,
        "id": offer,
        "campaign_id": campaign,
        "program_id": held.program,
        "terms": msgspec.json.encode(terms).decode(),
        "made_at": at,
    }
    await insert_rows(session, OfferRow.__table__, [row])
    await bump(session, installation, held.program)
    await _look_for(session, installation, terms)
    return await offer_by_id(session, offer)


async def update_offer(
    session: AsyncSession,
    installation: InstallationId,
    offer: OfferId,
    terms: OfferTerms,
    *,
    expected_version: int,
    rules: Collection[str],
) -> tuple[Offer, Offer]:
    """Change an offer; gives it as it was and as it is. What it is stays: its numbers are those of its kind.

    Raises OfferInvalid, OfferNotFound, CampaignEnded and ChangedMeanwhile.
    """
    before, held = await _locked(session, offer)
    if before.version != expected_version:
        raise ChangedMeanwhile(expected=expected_version, found=before.version)
    if before.terms.kind is not terms.kind:
        raise OfferInvalid("what kind of offer it is cannot be changed; retire it and make another.")
    await _demand_there(session, held, checked_offer(terms), rules)
    await _look_for(session, installation, terms)
    return before, await _change(session, installation, before, terms=msgspec.to_builtins(terms))


async def retire_offer(
    session: AsyncSession, installation: InstallationId, offer: OfferId, *, at: datetime
) -> tuple[Offer, Offer]:
    """Show an offer no more; coupons that are out stay good.

    Raises OfferNotFound and CampaignEnded.
    """
    before, _ = await _locked(session, offer)
    return before, await _change(session, installation, before, retired_at=at)


_NAMED = sa.text(
    """
    SELECT DISTINCT held.channel, named.product
    FROM offer
    JOIN campaign ON campaign.installation_id = :installation AND campaign.id = offer.campaign_id
                 AND campaign.state = 'LIVE'
    JOIN program_channel AS held ON held.installation_id = :installation AND held.program_id = offer.program_id
    CROSS JOIN LATERAL jsonb_array_elements_text(coalesce(offer.terms -> 'products', '[]')) AS named (product)
    WHERE offer.installation_id = :installation AND offer.retired_at IS NULL
      AND offer.terms ->> 'kind' = 'RECOMMENDED_PRODUCTS'
    ORDER BY held.channel, named.product
    """
)


async def products_named(session: AsyncSession, installation: InstallationId) -> Mapping[str, Sequence[str]]:
    """The products that live offers recommend by name, by channel; one statement."""
    named: dict[str, list[str]] = {}
    for row in await session.execute(_NAMED, {"installation": installation}):
        named.setdefault(row.channel, []).append(row.product)
    return named


async def _locked(session: AsyncSession, offer: OfferId) -> tuple[Offer, Campaign]:
    """Under its campaign's lock, as all changes of a campaign are."""
    held = await locked_campaign(session, (await offer_by_id(session, offer)).campaign)
    found = await offer_by_id(session, offer)
    if found.retired_at is not None:
        raise OfferNotFound
    return found, held


async def _look_for(session: AsyncSession, installation: InstallationId, terms: OfferTerms) -> None:
    """Have the shop asked whether what is recommended by name can be bought, so that it need not wait for the clock."""
    if terms.kind is OfferKind.RECOMMENDED_PRODUCTS and terms.products:
        await outbox.enqueue(session, ReadShelf(installation=installation))


async def _change(session: AsyncSession, installation: InstallationId, before: Offer, **values: object) -> Offer:
    await session.execute(
        sa.update(OfferRow)
        .where(OfferRow.id == before.id)
        .values(version=before.version + 1, **values)
        .execution_options(synchronize_session=False)
    )
    await bump(session, installation, before.program)
    return await offer_by_id(session, before.id)


async def _count(session: AsyncSession, program: ProgramId) -> int:
    """Of campaigns that have not ended."""
    live = sa.select(CampaignRow.id).where(CampaignRow.program_id == program, CampaignRow.ended_at.is_(None))
    wanted = sa.select(sa.func.count()).where(OfferRow.campaign_id.in_(live), OfferRow.retired_at.is_(None))
    return await session.scalar(wanted) or 0


async def _demand_there(session: AsyncSession, campaign: Campaign, terms: OfferTerms, rules: Collection[str]) -> None:
    if terms.rule is not None and terms.rule not in rules:
        raise OfferInvalid("there is no such earning rule.")
    if terms.reward is None:
        return
    reward = (await rewards_by_id(session, [RewardId(terms.reward)])).get(RewardId(terms.reward))
    if reward is None or reward.program != campaign.program or reward.retired_at is not None:
        raise OfferInvalid("there is no such reward in the program of its campaign.")
    if reward.terms.kind not in REWARD_KINDS[terms.kind]:
        raise OfferInvalid(f"a reward of the kind {reward.terms.kind} does not go with an offer of this kind.")


def _fresh(wanted: sa.Select[OfferRow]) -> sa.Select[OfferRow]:
    return wanted.execution_options(populate_existing=True)


def _offer(row: OfferRow) -> Offer:
    return Offer(
        id=OfferId(row.id),
        campaign=CampaignId(row.campaign_id),
        program=ProgramId(row.program_id),
        version=row.version,
        terms=msgspec.convert(row.terms, OfferTerms),
        shown=row.shown,
        accepted=row.accepted,
        made_at=row.made_at,
        retired_at=row.retired_at,
    )
