"""The tables of segments: conditions, who is in, who came and went, and how many they were each day."""

from datetime import date, datetime
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from saleor_crm_app.kernel.db import Base


class SegmentRow(Base):
    """A stored condition. `key` names one of the ready set; a retired one has no members."""

    __tablename__ = "segment"

    installation_id: Mapped[UUID] = mapped_column(primary_key=True)
    id: Mapped[UUID] = mapped_column(primary_key=True)
    key: Mapped[str | None] = mapped_column(sa.Text)
    name: Mapped[str] = mapped_column(sa.Text)
    version: Mapped[int] = mapped_column(server_default="1")
    condition: Mapped[dict[str, Any]] = mapped_column(JSONB)
    made_at: Mapped[datetime] = mapped_column(sa.DateTime(timezone=True))
    retired_at: Mapped[datetime | None] = mapped_column(sa.DateTime(timezone=True))


class SegmentMemberRow(Base):
    """A customer in a segment since then."""

    __tablename__ = "segment_member"

    installation_id: Mapped[UUID] = mapped_column(primary_key=True)
    shard_key: Mapped[int] = mapped_column(sa.BigInteger, primary_key=True)
    customer_id: Mapped[str] = mapped_column(sa.Text, primary_key=True)
    segment_id: Mapped[UUID] = mapped_column(primary_key=True)
    since: Mapped[datetime] = mapped_column(sa.DateTime(timezone=True))

    __table_args__ = (
        sa.Index("ix_segment_member_by_segment", "installation_id", "segment_id", "shard_key", "customer_id"),
    )


class SegmentChangeRow(Base):
    """A customer came into a segment, or left it."""

    __tablename__ = "segment_change"

    installation_id: Mapped[UUID] = mapped_column(primary_key=True)
    shard_key: Mapped[int] = mapped_column(sa.BigInteger, primary_key=True)
    customer_id: Mapped[str] = mapped_column(sa.Text, primary_key=True)
    segment_id: Mapped[UUID] = mapped_column(primary_key=True)
    at: Mapped[datetime] = mapped_column(sa.DateTime(timezone=True), primary_key=True)
    entered: Mapped[bool] = mapped_column(primary_key=True)


class SegmentSizeRow(Base):
    """How many were in a segment on a day, in UTC, when they were last counted then."""

    __tablename__ = "segment_size"

    installation_id: Mapped[UUID] = mapped_column(primary_key=True)
    segment_id: Mapped[UUID] = mapped_column(primary_key=True)
    day: Mapped[date] = mapped_column(primary_key=True)
    members: Mapped[int] = mapped_column(sa.BigInteger)
