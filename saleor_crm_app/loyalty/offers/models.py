"""The tables of campaigns and offers, and what customers answered to them."""

from datetime import date, datetime
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from saleor_crm_app.kernel.db import Base


class CampaignRow(Base):
    """Offers for an audience in a time: its terms as a document; `committed` is what its coupons cost, minor units."""

    __tablename__ = "campaign"

    installation_id: Mapped[UUID] = mapped_column(primary_key=True)
    id: Mapped[UUID] = mapped_column(primary_key=True)
    program_id: Mapped[UUID]
    version: Mapped[int] = mapped_column(server_default="1")
    state: Mapped[str] = mapped_column(sa.Text, server_default="DRAFT")
    terms: Mapped[dict[str, Any]] = mapped_column(JSONB)
    committed: Mapped[int] = mapped_column(sa.BigInteger, server_default="0")
    made_at: Mapped[datetime] = mapped_column(sa.DateTime(timezone=True))
    ended_at: Mapped[datetime | None] = mapped_column(sa.DateTime(timezone=True))

    __table_args__ = (
        sa.CheckConstraint("state IN ('DRAFT', 'LIVE', 'ENDED')", name="state"),
        sa.CheckConstraint("committed >= 0", name="committed"),
        sa.Index("ix_campaign_by_program", "installation_id", "program_id", "id"),
    )


class OfferRow(Base):
    """One offer of a campaign; `shown` and `accepted` are counted each night and hold for the next day's ranking."""

    __tablename__ = "offer"

    installation_id: Mapped[UUID] = mapped_column(primary_key=True)
    id: Mapped[UUID] = mapped_column(primary_key=True)
    campaign_id: Mapped[UUID]
    program_id: Mapped[UUID]
    version: Mapped[int] = mapped_column(server_default="1")
    terms: Mapped[dict[str, Any]] = mapped_column(JSONB)
    shown: Mapped[int] = mapped_column(sa.BigInteger, server_default="0")
    accepted: Mapped[int] = mapped_column(sa.BigInteger, server_default="0")
    made_at: Mapped[datetime] = mapped_column(sa.DateTime(timezone=True))
    retired_at: Mapped[datetime | None] = mapped_column(sa.DateTime(timezone=True))

    __table_args__ = (
        sa.Index("ix_offer_by_campaign", "installation_id", "campaign_id", "id"),
        sa.Index("ix_offer_by_program", "installation_id", "program_id", "id"),
    )


class OfferPolicyRow(Base):
    """Counts what was published of a program's offers: each change that customers can see makes another revision."""

    __tablename__ = "offer_policy"

    installation_id: Mapped[UUID] = mapped_column(primary_key=True)
    program_id: Mapped[UUID] = mapped_column(primary_key=True)
    revision: Mapped[int] = mapped_column(sa.BigInteger)


class OfferDecisionRow(Base):
    """A decision about a member that somebody answered to; one that nobody did was never written down."""

    __tablename__ = "offer_decision"

    installation_id: Mapped[UUID] = mapped_column(primary_key=True)
    shard_key: Mapped[int] = mapped_column(sa.BigInteger, primary_key=True)
    customer_id: Mapped[str] = mapped_column(sa.Text, primary_key=True)
    id: Mapped[str] = mapped_column(sa.Text, primary_key=True)
    program_id: Mapped[UUID]
    placement: Mapped[str] = mapped_column(sa.Text)
    day: Mapped[date]
    revision: Mapped[int] = mapped_column(sa.BigInteger)
    is_exploring: Mapped[bool]
    recorded_at: Mapped[datetime] = mapped_column(sa.DateTime(timezone=True))


class OfferResponseRow(Base):
    """What a member did about an offer, on a day of the program's zone; an acceptance has its coupon and its cost.

    `number` tells several acceptances of one day apart; nothing else happens twice a day.
    """

    __tablename__ = "offer_response"

    installation_id: Mapped[UUID] = mapped_column(primary_key=True)
    shard_key: Mapped[int] = mapped_column(sa.BigInteger, primary_key=True)
    customer_id: Mapped[str] = mapped_column(sa.Text, primary_key=True)
    offer_id: Mapped[UUID] = mapped_column(primary_key=True)
    response: Mapped[str] = mapped_column(sa.Text, primary_key=True)
    day: Mapped[date] = mapped_column(primary_key=True)
    number: Mapped[int] = mapped_column(sa.SmallInteger, primary_key=True, server_default="0")
    kind: Mapped[str] = mapped_column(sa.Text)
    decision_id: Mapped[str] = mapped_column(sa.Text)
    at: Mapped[datetime] = mapped_column(sa.DateTime(timezone=True))
    coupon_id: Mapped[UUID | None]
    cost: Mapped[int] = mapped_column(sa.BigInteger, server_default="0")

    __table_args__ = (
        sa.CheckConstraint("response IN ('SEEN', 'CLICKED', 'NOT_FOR_ME', 'DISMISSED', 'ACCEPTED')", name="response"),
        sa.Index("ix_offer_response_by_offer", "installation_id", "offer_id", "response", "day"),
    )
