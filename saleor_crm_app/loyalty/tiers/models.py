"""The tables of tiers: versions of ladders and steps of members are only added, standings are their projection."""

from datetime import datetime
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from saleor_crm_app.kernel.db import Base


class TierLadderRow(Base):
    """One version of a program's ladder; the highest is live."""

    __tablename__ = "tier_ladder"

    installation_id: Mapped[UUID] = mapped_column(primary_key=True)
    program_id: Mapped[UUID] = mapped_column(primary_key=True)
    version: Mapped[int] = mapped_column(primary_key=True)
    live_from: Mapped[datetime] = mapped_column(sa.DateTime(timezone=True))
    basis: Mapped[str] = mapped_column(sa.Text)
    window_kind: Mapped[str] = mapped_column(sa.Text)
    window_months: Mapped[int]
    keep_months: Mapped[int]
    notice_days: Mapped[int]
    grace_days: Mapped[int]
    successors: Mapped[dict[str, Any]] = mapped_column(JSONB)
    author_id: Mapped[str] = mapped_column(sa.Text)

    __table_args__ = (
        sa.CheckConstraint("basis IN ('SPEND', 'ORDERS', 'EARNED_POINTS')", name="basis"),
        sa.CheckConstraint("window_kind IN ('ROLLING', 'CALENDAR')", name="window_kind"),
    )


class TierRow(Base):
    """One rung of one version."""

    __tablename__ = "tier"

    installation_id: Mapped[UUID] = mapped_column(primary_key=True)
    program_id: Mapped[UUID] = mapped_column(primary_key=True)
    version: Mapped[int] = mapped_column(primary_key=True)
    code: Mapped[str] = mapped_column(sa.Text, primary_key=True)
    position: Mapped[int]
    name: Mapped[str] = mapped_column(sa.Text)
    names: Mapped[dict[str, Any]] = mapped_column(JSONB)
    threshold: Mapped[int] = mapped_column(sa.BigInteger)
    multiplier_percent: Mapped[int]
    rewards: Mapped[list[str]] = mapped_column(JSONB)
    free_shipping: Mapped[bool]

    __table_args__ = (
        sa.CheckConstraint("threshold >= 0 AND multiplier_percent >= 0", name="numbers"),
        sa.UniqueConstraint("installation_id", "program_id", "version", "position", name="uq_tier_position"),
    )


class _Member:
    installation_id: Mapped[UUID] = mapped_column(primary_key=True, sort_order=-5)
    shard_key: Mapped[int] = mapped_column(sa.BigInteger, primary_key=True, sort_order=-4)
    customer_id: Mapped[str] = mapped_column(sa.Text, primary_key=True, sort_order=-3)
    program_id: Mapped[UUID] = mapped_column(primary_key=True, sort_order=-2)


class _Stands:
    tier: Mapped[str | None] = mapped_column(sa.Text)
    since: Mapped[datetime] = mapped_column(sa.DateTime(timezone=True))
    holds_from: Mapped[datetime] = mapped_column(sa.DateTime(timezone=True))
    until: Mapped[datetime | None] = mapped_column(sa.DateTime(timezone=True))
    reason: Mapped[str] = mapped_column(sa.Text)
    version: Mapped[int]
    notice_at: Mapped[datetime | None] = mapped_column(sa.DateTime(timezone=True))
    protected_until: Mapped[datetime | None] = mapped_column(sa.DateTime(timezone=True))
    qualified_by: Mapped[dict[str, Any] | None] = mapped_column(JSONB)


class TierStandingRow(_Member, _Stands, Base):
    """Where a member stands now, after so many `steps`; at `look_at` time alone may change something."""

    __tablename__ = "tier_standing"

    steps: Mapped[int]
    look_at: Mapped[datetime | None] = mapped_column(sa.DateTime(timezone=True))
    climb: Mapped[dict[str, Any] | None] = mapped_column(JSONB)

    __table_args__ = (
        sa.Index(
            "ix_tier_standing_look_at",
            "installation_id",
            "look_at",
            postgresql_where=sa.text("look_at IS NOT NULL"),
        ),
    )


class TierMembershipRow(_Member, _Stands, Base):
    """One step of a member: what held from `holds_from` on, until the next one."""

    __tablename__ = "tier_membership"

    n: Mapped[int] = mapped_column(primary_key=True, sort_order=-1)
    recorded_at: Mapped[datetime] = mapped_column(sa.DateTime(timezone=True))

    __table_args__ = (
        sa.CheckConstraint(
            "reason IN ('START', 'PROMOTED', 'KEPT', 'NOTICED', 'DEMOTED', 'PROTECTED', 'STAFF', 'LADDER')",
            name="reason",
        ),
    )


class TierMirrorRow(Base):
    """What was last written to the shop about a customer's tiers, so that the same is not written twice."""

    __tablename__ = "tier_mirror"

    installation_id: Mapped[UUID] = mapped_column(primary_key=True)
    shard_key: Mapped[int] = mapped_column(sa.BigInteger, primary_key=True)
    customer_id: Mapped[str] = mapped_column(sa.Text, primary_key=True)
    content: Mapped[str] = mapped_column(sa.Text)
    written_at: Mapped[datetime] = mapped_column(sa.DateTime(timezone=True))
