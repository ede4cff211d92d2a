"""The tables of facts; all but `fact` and `phase_change` can be made anew from what they were made of."""

from datetime import date, datetime
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from saleor_crm_app.kernel.db import Base


class _OfCustomer:
    installation_id: Mapped[UUID] = mapped_column(primary_key=True, sort_order=-3)
    shard_key: Mapped[int] = mapped_column(sa.BigInteger, primary_key=True, sort_order=-2)
    customer_id: Mapped[str] = mapped_column(sa.Text, primary_key=True, sort_order=-1)


def _counts() -> Mapped[dict[str, Any]]:
    return mapped_column(JSONB, server_default=sa.text("'{}'::jsonb"))


class CustomerRollupRow(_OfCustomer, Base):
    """What a customer's orders come to, as of `rolled_at`; at `look_at` the next order is a year old.

    Money is minor units of `currency`, that of most of their orders; orders in others count as orders only.
    `gap_days` is the median of the `gaps` between the days on which they ordered. `channels` counts orders, the other
    mappings units, of the most frequent ones.
    """

    __tablename__ = "customer_rollup"

    is_confirmed: Mapped[bool] = mapped_column(server_default=sa.false())
    is_staff: Mapped[bool] = mapped_column(server_default=sa.false())
    language: Mapped[str] = mapped_column(sa.Text, server_default="")
    country: Mapped[str] = mapped_column(sa.Text, server_default="")
    joined_at: Mapped[datetime | None] = mapped_column(sa.DateTime(timezone=True))
    birth_month: Mapped[int | None] = mapped_column(sa.SmallInteger)
    currency: Mapped[str | None] = mapped_column(sa.Text)
    orders: Mapped[int] = mapped_column(server_default="0")
    orders_365: Mapped[int] = mapped_column(server_default="0")
    revenue: Mapped[int] = mapped_column(sa.BigInteger, server_default="0")
    revenue_365: Mapped[int] = mapped_column(sa.BigInteger, server_default="0")
    first_order_at: Mapped[datetime | None] = mapped_column(sa.DateTime(timezone=True))
    last_order_at: Mapped[datetime | None] = mapped_column(sa.DateTime(timezone=True))
    second_day: Mapped[date | None]
    discount_permille: Mapped[int | None]
    returned_permille: Mapped[int | None]
    gaps: Mapped[int] = mapped_column(server_default="0")
    gap_days: Mapped[float | None]
    channels: Mapped[dict[str, Any]] = _counts()
    categories: Mapped[dict[str, Any]] = _counts()
    collections: Mapped[dict[str, Any]] = _counts()
    products: Mapped[dict[str, Any]] = _counts()
    rolled_at: Mapped[datetime] = mapped_column(sa.DateTime(timezone=True))
    look_at: Mapped[datetime | None] = mapped_column(sa.DateTime(timezone=True))

    __table_args__ = (
        sa.CheckConstraint("birth_month BETWEEN 1 AND 12", name="birth_month"),
        sa.Index(
            "ix_customer_rollup_look_at",
            "installation_id",
            "look_at",
            postgresql_where=sa.text("look_at IS NOT NULL"),
        ),
    )


class CustomerScoreRow(_OfCustomer, Base):
    """Where a customer stands among all who bought, and in which phase of a customer's life; from their rollup.

    In a table of its own, since it changes rarely and for everybody at once.
    """

    __tablename__ = "customer_score"

    recency: Mapped[int | None] = mapped_column(sa.SmallInteger)
    frequency: Mapped[int | None] = mapped_column(sa.SmallInteger)
    monetary: Mapped[int | None] = mapped_column(sa.SmallInteger)
    cell: Mapped[str | None] = mapped_column(sa.Text)
    scored_at: Mapped[datetime | None] = mapped_column(sa.DateTime(timezone=True))
    phase: Mapped[str | None] = mapped_column(sa.Text)
    phase_since: Mapped[datetime | None] = mapped_column(sa.DateTime(timezone=True))


class PhaseChangeRow(_OfCustomer, Base):
    """A customer came into another phase, or into their first: noted at `at`, while it had begun at `since`."""

    __tablename__ = "phase_change"

    at: Mapped[datetime] = mapped_column(sa.DateTime(timezone=True), primary_key=True)
    from_phase: Mapped[str | None] = mapped_column(sa.Text)
    to_phase: Mapped[str] = mapped_column(sa.Text)
    since: Mapped[datetime | None] = mapped_column(sa.DateTime(timezone=True))


class ScoringRow(Base):
    """When all of a shop's customers were scored, first and last; how many of them had bought, and their usual gap."""

    __tablename__ = "scoring"

    installation_id: Mapped[UUID] = mapped_column(primary_key=True)
    first_at: Mapped[datetime] = mapped_column(sa.DateTime(timezone=True))
    last_at: Mapped[datetime] = mapped_column(sa.DateTime(timezone=True))
    purchasers: Mapped[int] = mapped_column(sa.BigInteger)
    gap_days: Mapped[float | None]


class MemberFactRow(_OfCustomer, Base):
    """What loyalty said of a member of a program at `observed_at`; written by reactions, never asked for."""

    __tablename__ = "member_fact"

    program_id: Mapped[UUID] = mapped_column(primary_key=True)
    tier: Mapped[str | None] = mapped_column(sa.Text)
    tier_since: Mapped[datetime | None] = mapped_column(sa.DateTime(timezone=True))
    available: Mapped[int] = mapped_column(sa.BigInteger)
    expiring: Mapped[int] = mapped_column(sa.BigInteger)
    last_active_at: Mapped[datetime | None] = mapped_column(sa.DateTime(timezone=True))
    observed_at: Mapped[datetime] = mapped_column(sa.DateTime(timezone=True))


class FactRow(_OfCustomer, Base):
    """One value that does not follow from orders: who told it, when it was so, and for what it may be used."""

    __tablename__ = "fact"

    name: Mapped[str] = mapped_column(sa.Text, primary_key=True)
    value: Mapped[Any] = mapped_column(JSONB)
    source: Mapped[str] = mapped_column(sa.Text)
    purpose: Mapped[str | None] = mapped_column(sa.Text)
    observed_at: Mapped[datetime] = mapped_column(sa.DateTime(timezone=True))
    recorded_at: Mapped[datetime] = mapped_column(sa.DateTime(timezone=True))

    __table_args__ = (sa.CheckConstraint("source IN ('EVENT', 'STAFF', 'APP')", name="source"),)
