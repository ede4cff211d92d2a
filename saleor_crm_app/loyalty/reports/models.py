"""The table of what-if runs: what was asked, how far it is, and what was found."""

from datetime import datetime
from enum import StrEnum
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from saleor_crm_app.kernel.db import Base


class SimulationState(StrEnum):
    """A run that was stopped, or whose process vanished, goes on from where it was."""

    RUNNING = "RUNNING"
    DONE = "DONE"
    STOPPED = "STOPPED"


class SimulationRow(Base):
    """One run. `rules` is a whole rule set; customers up to `shard_after`, `customer_after` are in the `tally`."""

    __tablename__ = "simulation"

    installation_id: Mapped[UUID] = mapped_column(primary_key=True)
    id: Mapped[UUID] = mapped_column(primary_key=True)
    program_id: Mapped[UUID]
    state: Mapped[str] = mapped_column(sa.Text)
    rules: Mapped[dict[str, Any]] = mapped_column(JSONB)
    based_on: Mapped[int]
    since: Mapped[datetime | None] = mapped_column(sa.DateTime(timezone=True))
    until: Mapped[datetime] = mapped_column(sa.DateTime(timezone=True))
    asked_by: Mapped[str] = mapped_column(sa.Text)
    asked_at: Mapped[datetime] = mapped_column(sa.DateTime(timezone=True))
    ended_at: Mapped[datetime | None] = mapped_column(sa.DateTime(timezone=True))
    expected: Mapped[int] = mapped_column(sa.BigInteger, server_default="0")
    shard_after: Mapped[int | None] = mapped_column(sa.BigInteger)
    customer_after: Mapped[str | None] = mapped_column(sa.Text)
    tally: Mapped[dict[str, Any]] = mapped_column(JSONB)

    __table_args__ = (
        sa.CheckConstraint("state IN ('RUNNING', 'DONE', 'STOPPED')", name="state"),
        sa.Index("ix_simulation_newest", "installation_id", "program_id", "id"),
    )
