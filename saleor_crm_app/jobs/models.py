"""The inbox table: every delivery that was acknowledged, exactly as its bytes arrived."""

from datetime import datetime
from enum import StrEnum
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from saleor_crm_app.kernel.db import Base


class InboxState(StrEnum):
    """NEW waits or is leased, APPLIED is done, BURIED waits for a person with its reason."""

    NEW = "NEW"
    APPLIED = "APPLIED"
    BURIED = "BURIED"


class InboxRow(Base):
    """One delivery. The digest of its bytes makes a retry of the same delivery one row."""

    __tablename__ = "inbox"

    installation_id: Mapped[UUID] = mapped_column(primary_key=True)
    id: Mapped[UUID] = mapped_column(primary_key=True)
    digest: Mapped[bytes] = mapped_column(sa.LargeBinary)
    kind: Mapped[str] = mapped_column(sa.Text)
    source: Mapped[str] = mapped_column(sa.Text)
    body: Mapped[bytes] = mapped_column(sa.LargeBinary)
    received_at: Mapped[datetime] = mapped_column(sa.DateTime(timezone=True))
    state: Mapped[str] = mapped_column(sa.Text, server_default=InboxState.NEW.value)
    attempts: Mapped[int] = mapped_column(sa.SmallInteger, server_default="0")
    fence: Mapped[int] = mapped_column(sa.BigInteger, server_default="0")
    lease_until: Mapped[datetime | None] = mapped_column(sa.DateTime(timezone=True))
    applied_at: Mapped[datetime | None] = mapped_column(sa.DateTime(timezone=True))
    reason: Mapped[str | None] = mapped_column(sa.Text)

    __table_args__ = (
        sa.UniqueConstraint("installation_id", "digest"),
        sa.CheckConstraint("state IN ('NEW', 'APPLIED', 'BURIED')", name="state"),
        sa.Index("ix_inbox_waiting", "id", postgresql_where=sa.text("state = 'NEW'")),
        sa.Index("ix_inbox_buried", "installation_id", "id", postgresql_where=sa.text("state = 'BURIED'")),
    )
