"""The table of who joined which program when, where customers join by themselves."""

from datetime import datetime
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from saleor_crm_app.kernel.db import Base


class MembershipRow(Base):
    """One stay in a program, from joining to leaving; `terms_version` is what the customer agreed to."""

    __tablename__ = "membership"

    installation_id: Mapped[UUID] = mapped_column(primary_key=True)
    shard_key: Mapped[int] = mapped_column(sa.BigInteger, primary_key=True)
    customer_id: Mapped[str] = mapped_column(sa.Text, primary_key=True)
    program_id: Mapped[UUID] = mapped_column(primary_key=True)
    joined_at: Mapped[datetime] = mapped_column(sa.DateTime(timezone=True), primary_key=True)
    left_at: Mapped[datetime | None] = mapped_column(sa.DateTime(timezone=True))
    terms_version: Mapped[str | None] = mapped_column(sa.Text)

    __table_args__ = (
        sa.CheckConstraint("left_at IS NULL OR left_at >= joined_at", name="left"),
        sa.Index(
            "uq_membership_open",
            "installation_id",
            "shard_key",
            "customer_id",
            "program_id",
            unique=True,
            postgresql_where=sa.text("left_at IS NULL"),
        ),
    )
