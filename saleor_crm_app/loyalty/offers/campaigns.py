"""Campaigns as staff keep them: drafted, published, ended; each change that customers can see makes a new policy."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import NewType
from uuid import UUID

import msgspec
import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncSession

from saleor_crm_app.crm.goods import ReadShelf
from saleor_crm_app.crm.segments import segments_to_name
from saleor_crm_app.jobs import outbox
from saleor_crm_app.kernel.db import insert_rows
from saleor_crm_app.kernel.ids import InstallationId, ProgramId, new_id
from saleor_crm_app.loyalty.offers.errors import (
    CampaignEmpty,
    CampaignEnded,
    CampaignInvalid,
    CampaignNotFound,
    ChangedMeanwhile,
)
from saleor_crm_app.loyalty.offers.models import CampaignRow, OfferRow
from saleor_crm_app.loyalty.offers.revisions import bump
from saleor_crm_app.loyalty.offers.terms import Audience, CampaignTerms, checked_campaign

CampaignId = NewType("CampaignId", UUID)


class CampaignState(StrEnum):
    """A draft shows nothing; what has ended shows nothing any more."""

    DRAFT = "DRAFT"
    LIVE = "LIVE"
    ENDED = "ENDED"


@dataclass(frozen=True, slots=True, kw_only=True)
class Campaign:
    """Offers for an audience in a time; `committed` is what its coupons cost so far, minor units."""

    id: CampaignId
    program: ProgramId
    version: int
    state: CampaignState
    terms: CampaignTerms
    committed: int
    made_at: datetime
    ended_at: datetime | None = None

    @property
    def budget_left(self) -> int | None:
        """Minor units; None where there is no budget."""
        return None if self.terms.budget is None else max(0, self.terms.budget - self.committed)


async def campaigns_of(session: AsyncSession, program: ProgramId, *, ended: bool = False) -> list[Campaign]:
    """A program's campaigns, oldest first; one statement."""
    wanted = sa.select(CampaignRow).where(CampaignRow.program_id == program)
    if not ended:
        wanted = wanted.where(CampaignRow.ended_at.is_(None))
    return [_campaign(row) for row in await session.scalars(_fresh(wanted.order_by(CampaignRow.id)))]


async def campaigns_asking_for(session: AsyncSession, segment: UUID) -> list[str]:
    """The names of the campaigns that have not ended whose audience names a segment."""
    open_ones = await session.scalars(_fresh(sa.select(CampaignRow).where(CampaignRow.ended_at.is_(None))))
    return sorted(one.terms.name for one in map(_campaign, open_ones) if segment in one.terms.audience.named)


async def campaigns_by_id(session: AsyncSession, ids: Collection[CampaignId]) -> dict[CampaignId, Campaign]:
    """Those of these that are there; one statement."""
    rows = await session.scalars(_fresh(sa.select(CampaignRow).where(CampaignRow.id.in_(ids))))
    return {CampaignId(row.id): _campaign(row) for row in rows}


async def campaign_by_id(session: AsyncSession, campaign: CampaignId) -> Campaign:
    """Raises CampaignNotFound."""
    found = (await campaigns_by_id(session, [campaign])).get(campaign)
    if found is None:
        raise CampaignNotFound
    return found


async def create_campaign(
    session: AsyncSession,
    installation: InstallationId,
    program: ProgramId,
    terms: CampaignTerms,
    *,
    at: datetime,
) -> Campaign:
    """Draft a campaign; nobody sees it yet.

    Raises CampaignInvalid.
    """
    await _demand_segments(session, installation, checked_campaign(terms).audience)
    campaign = CampaignId(new_id())
    row = {
        "installation_id": installation,
        "id": campaign,
        "program_id": program,
        "terms": msgspec.json.encode(terms).decode(),
        "made_at": at,
    }
    await insert_rows(session, CampaignRow.__table__, [row])
    return await campaign_by_id(session, campaign)


async def update_campaign(
    session: AsyncSession,
    installation: InstallationId,
    campaign: CampaignId,
    terms: CampaignTerms,
    *,
    expected_version: int,
) -> tuple[Campaign, Campaign]:
    """Change a campaign that has not ended; gives it as it was and as it is.

    Raises CampaignInvalid, CampaignNotFound, CampaignEnded and ChangedMeanwhile.
    """
    await _demand_segments(session, installation, checked_campaign(terms).audience)
    before = await locked_campaign(session, campaign)
    if before.version != expected_version:
        raise ChangedMeanwhile(expected=expected_version, found=before.version)
    return before, await _change(session, installation, before, terms=msgspec.to_builtins(terms))


async def publish_campaign(
    session: AsyncSession, installation: InstallationId, campaign: CampaignId
) -> tuple[Campaign, Campaign]:
    """Show its offers from its first day on; twice does no harm.

    Raises CampaignNotFound, CampaignEnded and CampaignEmpty.
    """
    before = await locked_campaign(session, campaign)
    offers = sa.select(sa.func.count()).where(OfferRow.campaign_id == campaign, OfferRow.retired_at.is_(None))
    if not await session.scalar(offers):
        raise CampaignEmpty
    await outbox.enqueue(session, ReadShelf(installation=installation))  # what its offers name may not be known yet
    return before, await _change(session, installation, before, state=CampaignState.LIVE)


async def end_campaign(
    session: AsyncSession, installation: InstallationId, campaign: CampaignId, *, at: datetime
) -> tuple[Campaign, Campaign]:
    """Show it no more; coupons that are out stay good.

    Raises CampaignNotFound and CampaignEnded.
    """
    before = await locked_campaign(session, campaign)
    return before, await _change(session, installation, before, state=CampaignState.ENDED, ended_at=at)


async def locked_campaign(session: AsyncSession, campaign: CampaignId) -> Campaign:
    """One that has not ended and that nobody else changes until the transaction ends.

    Raises CampaignNotFound and CampaignEnded.
    """
    row = await session.scalar(_fresh(sa.select(CampaignRow).where(CampaignRow.id == campaign).with_for_update()))
    if row is None:
        raise CampaignNotFound
    if row.ended_at is not None:
        raise CampaignEnded
    return _campaign(row)


async def _change(session: AsyncSession, installation: InstallationId, before: Campaign, **values: object) -> Campaign:
    await session.execute(
        sa.update(CampaignRow)
        .where(CampaignRow.id == before.id)
        .values(version=before.version + 1, **values)
        .execution_options(synchronize_session=False)
    )
    await bump(session, installation, before.program)
    return await campaign_by_id(session, before.id)


async def _demand_segments(session: AsyncSession, installation: InstallationId, audience: Audience) -> None:
    if audience.named and not audience.named <= await segments_to_name(session, installation):
        raise CampaignInvalid("its audience names a segment that is not there.")


def _fresh(wanted: sa.Select[CampaignRow]) -> sa.Select[CampaignRow]:
    return wanted.execution_options(populate_existing=True)


def _campaign(row: CampaignRow) -> Campaign:
    return Campaign(
        id=CampaignId(row.id),
        program=ProgramId(row.program_id),
        version=row.version,
        state=CampaignState(row.state),
        terms=msgspec.convert(row.terms, CampaignTerms),
        committed=row.committed,
        made_at=row.made_at,
        ended_at=row.ended_at,
    )
