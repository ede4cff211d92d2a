"""The table of incidents: what went wrong between the shop and a customer, and what it cost."""

from datetime import datetime
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from saleor_crm_app.kernel.db import Base


class IncidentRow(Base):
    """One incident. Its key is made of what it is about, so that the same news opens it once.

    `lost` is what it cost the shop, in minor units; `about` holds ids, numbers and codes, no text about people.
    """

    __tablename__ = "incident"

    installation_id: Mapped[UUID] = mapped_column(primary_key=True)
    id: Mapped[UUID] = mapped_column(primary_key=True)
    kind: Mapped[str] = mapped_column(sa.Text)
    customer_id: Mapped[str | None] = mapped_column(sa.Text)
    order_id: Mapped[UUID | None]
    subject_id: Mapped[UUID | None]
    lost: Mapped[int] = mapped_column(sa.BigInteger, server_default="0")
    currency: Mapped[str] = mapped_column(sa.Text)
    about: Mapped[dict[str, Any]] = mapped_column(JSONB, server_default="{}")
    opened_at: Mapped[datetime] = mapped_column(sa.DateTime(timezone=True))
    closed_at: Mapped[datetime | None] = mapped_column(sa.DateTime(timezone=True))
    closed_by: Mapped[str | None] = mapped_column(sa.Text)
    """Who closed it: a member of staff, or null where it came to nothing by itself."""

    __table_args__ = (
        sa.CheckConstraint("lost >= 0", name="lost"),
        sa.Index("ix_incident_newest", "installation_id", "opened_at", "id"),
        sa.Index("ix_incident_by_subject", "installation_id", "subject_id"),
    )
