"""The tables of work that waits: the inbox, bytes exactly as they arrived, and how far each shop was read."""

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
        sa.Index("ix_inbox_done", "installation_id", "applied_at", postgresql_where=sa.text("state <> 'NEW'")),
    )


class ReadingRow(Base):
    """One way of reading a shop and how far it came; saved after every page, so that it can go on from there.

    `since`, `reached` and `known_until` are moments of the shop: where this run began, the newest it has seen,
    and up to where all is known from runs that ended.
    """

    __tablename__ = "reading"

    installation_id: Mapped[UUID] = mapped_column(
        sa.ForeignKey("installation.id", ondelete="CASCADE"), primary_key=True
    )
    subject: Mapped[str] = mapped_column(sa.Text, primary_key=True)
    since: Mapped[datetime | None] = mapped_column(sa.DateTime(timezone=True))
    cursor: Mapped[str | None] = mapped_column(sa.Text)
    reached: Mapped[datetime | None] = mapped_column(sa.DateTime(timezone=True))
    known_until: Mapped[datetime | None] = mapped_column(sa.DateTime(timezone=True))
    expected: Mapped[int | None] = mapped_column(sa.BigInteger)
    seen: Mapped[int] = mapped_column(sa.BigInteger, server_default="0")
    untold: Mapped[int] = mapped_column(sa.BigInteger, server_default="0")
    missing: Mapped[int] = mapped_column(sa.BigInteger, server_default="0")
    stale: Mapped[int] = mapped_column(sa.BigInteger, server_default="0")
    equal: Mapped[int] = mapped_column(sa.BigInteger, server_default="0")
    gone: Mapped[int] = mapped_column(sa.BigInteger, server_default="0")
    unusable: Mapped[int] = mapped_column(sa.BigInteger, server_default="0")
    started_at: Mapped[datetime] = mapped_column(sa.DateTime(timezone=True))
    finished_at: Mapped[datetime | None] = mapped_column(sa.DateTime(timezone=True))
    trouble: Mapped[str | None] = mapped_column(sa.Text)


class ShopTurnRow(Base):
    """Whose turn it is to read a shop, and when one that was away may be tried again; by the database's clock."""

    __tablename__ = "shop_turn"

    installation_id: Mapped[UUID] = mapped_column(
        sa.ForeignKey("installation.id", ondelete="CASCADE"), primary_key=True
    )
    fence: Mapped[int] = mapped_column(sa.BigInteger, server_default="0")
    lease_until: Mapped[datetime] = mapped_column(sa.DateTime(timezone=True), server_default="epoch")
    probe_at: Mapped[datetime] = mapped_column(sa.DateTime(timezone=True), server_default="epoch")
