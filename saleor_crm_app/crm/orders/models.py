"""The order table: the newest snapshot of each order, and what must be remembered from the first."""

from datetime import datetime
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from saleor_crm_app.kernel.db import Base


class OrderRow(Base):
    """One order. Under its customer's shard key; a guest's under its own until the shop attaches it.

    `display_gross` is as it was when the order was first seen, so that a later tax setting rewrites nothing.
    """

    __tablename__ = "order_fact"

    installation_id: Mapped[UUID] = mapped_column(primary_key=True)
    shard_key: Mapped[int] = mapped_column(sa.BigInteger, primary_key=True)
    id: Mapped[UUID] = mapped_column(primary_key=True)
    customer_id: Mapped[str | None] = mapped_column(sa.Text)
    number: Mapped[str] = mapped_column(sa.Text)
    channel: Mapped[str] = mapped_column(sa.Text)
    currency: Mapped[str] = mapped_column(sa.Text)
    status: Mapped[str] = mapped_column(sa.Text)
    created_at: Mapped[datetime] = mapped_column(sa.DateTime(timezone=True))
    updated_at: Mapped[datetime] = mapped_column(sa.DateTime(timezone=True))
    issued_at: Mapped[datetime] = mapped_column(sa.DateTime(timezone=True))
    attached_at: Mapped[datetime | None] = mapped_column(sa.DateTime(timezone=True))
    source: Mapped[str] = mapped_column(sa.Text)
    display_gross: Mapped[bool]
    content: Mapped[bytes] = mapped_column(sa.LargeBinary)
    snapshot: Mapped[dict[str, Any]] = mapped_column(JSONB)

    __table_args__ = (
        sa.Index("ix_order_fact_by_id", "installation_id", "id"),
        sa.Index("ix_order_fact_by_customer", "installation_id", "shard_key", "customer_id", "created_at"),
    )
