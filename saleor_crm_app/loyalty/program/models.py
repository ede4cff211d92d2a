"""Program tables: small, one set per installation, read often and written seldom."""

from datetime import datetime
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from saleor_crm_app.kernel.db import Base


class ProgramRow(Base):
    """A program and its numbers. Rates are points per minor units, both whole."""

    __tablename__ = "program"

    installation_id: Mapped[UUID] = mapped_column(primary_key=True)
    id: Mapped[UUID] = mapped_column(primary_key=True)
    currency: Mapped[str] = mapped_column(sa.Text)
    name: Mapped[str] = mapped_column(sa.Text)
    zone: Mapped[str] = mapped_column(sa.Text, server_default="UTC")
    version: Mapped[int] = mapped_column(sa.Integer, server_default="1")
    is_default: Mapped[bool] = mapped_column(server_default=sa.true())
    earn_points: Mapped[int]
    earn_minor: Mapped[int]
    burn_points: Mapped[int]
    burn_minor: Mapped[int]
    confirm_after_days: Mapped[int]
    earn_staff_orders: Mapped[bool] = mapped_column(server_default=sa.false())
    settings: Mapped[dict[str, Any]] = mapped_column(JSONB, server_default="{}")
    paused_at: Mapped[datetime | None] = mapped_column(sa.DateTime(timezone=True))
    pauses: Mapped[list[list[str]]] = mapped_column(JSONB, server_default="[]")

    __table_args__ = (
        sa.Index(
            "uq_program_default", "installation_id", "currency", unique=True, postgresql_where=sa.text("is_default")
        ),
        sa.CheckConstraint("earn_points >= 0 AND earn_minor > 0 AND burn_points > 0 AND burn_minor > 0", name="rates"),
    )


class ProgramChannelRow(Base):
    """Which program holds in a channel."""

    __tablename__ = "program_channel"

    installation_id: Mapped[UUID] = mapped_column(primary_key=True)
    channel: Mapped[str] = mapped_column(sa.Text, primary_key=True)
    program_id: Mapped[UUID]
