"""The customer table: one row per Saleor customer, with no name or e-mail, and of addresses the country only."""

from datetime import datetime
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from saleor_crm_app.kernel.db import Base


class CustomerRow(Base):
    """What the app keeps of a customer. A deleted one keeps its key, so that nothing resurrects it."""

    __tablename__ = "customer"

    installation_id: Mapped[UUID] = mapped_column(primary_key=True)
    shard_key: Mapped[int] = mapped_column(sa.BigInteger, primary_key=True)
    id: Mapped[str] = mapped_column(sa.Text, primary_key=True)
    is_active: Mapped[bool] = mapped_column(server_default=sa.true())
    is_confirmed: Mapped[bool] = mapped_column(server_default=sa.false())
    is_staff: Mapped[bool] = mapped_column(server_default=sa.false())
    language: Mapped[str] = mapped_column(sa.Text, server_default="")
    country: Mapped[str | None] = mapped_column(sa.Text)
    joined_at: Mapped[datetime | None] = mapped_column(sa.DateTime(timezone=True))
    updated_at: Mapped[datetime] = mapped_column(sa.DateTime(timezone=True))
    deleted_at: Mapped[datetime | None] = mapped_column(sa.DateTime(timezone=True))


class BirthdayRow(Base):
    """A customer's birthday without its year, and since when it has been known as this day."""

    __tablename__ = "birthday"

    installation_id: Mapped[UUID] = mapped_column(primary_key=True)
    shard_key: Mapped[int] = mapped_column(sa.BigInteger, primary_key=True)
    customer_id: Mapped[str] = mapped_column(sa.Text, primary_key=True)
    month: Mapped[int] = mapped_column(sa.SmallInteger)
    day: Mapped[int] = mapped_column(sa.SmallInteger)
    known_since: Mapped[datetime] = mapped_column(sa.DateTime(timezone=True))

    __table_args__ = (
        sa.CheckConstraint("month BETWEEN 1 AND 12 AND day BETWEEN 1 AND 31", name="date"),
        sa.Index("ix_birthday_on", "installation_id", "month", "day"),
    )


class OccasionRow(Base):
    """Something that a customer did or had, other than an order, once by its key: a sign-up, an event of the shop."""

    __tablename__ = "occasion"

    installation_id: Mapped[UUID] = mapped_column(primary_key=True)
    shard_key: Mapped[int] = mapped_column(sa.BigInteger, primary_key=True)
    customer_id: Mapped[str] = mapped_column(sa.Text, primary_key=True)
    key: Mapped[str] = mapped_column(sa.Text, primary_key=True)
    name: Mapped[str] = mapped_column(sa.Text)
    channel: Mapped[str | None] = mapped_column(sa.Text)
    occurred_at: Mapped[datetime] = mapped_column(sa.DateTime(timezone=True))
    recorded_at: Mapped[datetime] = mapped_column(sa.DateTime(timezone=True))

    __table_args__ = (
        sa.Index("ix_occasion_by_key", "installation_id", "key"),
        sa.Index("ix_occasion_by_time", "installation_id", "recorded_at"),
    )
