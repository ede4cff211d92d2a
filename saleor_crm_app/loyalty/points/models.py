"""The ledger's tables. Entries, allocations and lot terms are only ever added to; the rest is projected from them.

Laws: an entry's points are the sum of its allocations; a lot's `remaining` is the sum of the allocations that name
it; an account's `deficit` is minus the sum of those that name none; its `balance` is the sum of its entries.
"""

from datetime import datetime
from enum import StrEnum
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from saleor_crm_app.kernel.db import Base


class EntryKind(StrEnum):
    """What happened to the points."""

    EARN = "EARN"
    REDEEM = "REDEEM"
    RETURN = "RETURN"
    EXPIRE = "EXPIRE"
    CLAWBACK = "CLAWBACK"
    REVERSE = "REVERSE"
    ADJUST = "ADJUST"
    TRANSFER = "TRANSFER"


class EntrySource(StrEnum):
    """What made it happen."""

    ORDER = "ORDER"


class _Sharded:
    installation_id: Mapped[UUID] = mapped_column(primary_key=True, sort_order=-2)
    shard_key: Mapped[int] = mapped_column(sa.BigInteger, primary_key=True, sort_order=-1)


class AccountRow(_Sharded, Base):
    """One member's points in one program. Balance, deficit and head are projections of the entries."""

    __tablename__ = "account"

    id: Mapped[UUID] = mapped_column(primary_key=True)
    customer_id: Mapped[str] = mapped_column(sa.Text)
    program_id: Mapped[UUID]
    balance: Mapped[int] = mapped_column(sa.BigInteger, server_default="0")
    deficit: Mapped[int] = mapped_column(sa.BigInteger, server_default="0")
    last_seq: Mapped[int] = mapped_column(sa.BigInteger, server_default="0")
    head: Mapped[bytes] = mapped_column(sa.LargeBinary, server_default=sa.text(r"'\x'::bytea"))
    opened_at: Mapped[datetime] = mapped_column(sa.DateTime(timezone=True))

    __table_args__ = (
        sa.UniqueConstraint("installation_id", "shard_key", "customer_id", "program_id"),
        sa.CheckConstraint("deficit >= 0", name="deficit"),
        sa.Index("ix_account_newest", "installation_id", "id"),
    )


class EntryRow(_Sharded, Base):
    """One immutable ledger line of signed whole points; `hash` covers it and, through `prev_hash`, all before."""

    __tablename__ = "entry"

    id: Mapped[UUID] = mapped_column(primary_key=True)
    account_id: Mapped[UUID]
    seq: Mapped[int] = mapped_column(sa.BigInteger)
    kind: Mapped[str] = mapped_column(sa.Text)
    source: Mapped[str] = mapped_column(sa.Text)
    points: Mapped[int] = mapped_column(sa.BigInteger)
    key: Mapped[str] = mapped_column(sa.Text)
    order_id: Mapped[UUID | None]
    program_version: Mapped[int]
    explanation: Mapped[dict[str, Any]] = mapped_column(JSONB)
    occurred_at: Mapped[datetime] = mapped_column(sa.DateTime(timezone=True))
    recorded_at: Mapped[datetime] = mapped_column(sa.DateTime(timezone=True))
    hash_version: Mapped[int] = mapped_column(sa.SmallInteger)
    prev_hash: Mapped[bytes] = mapped_column(sa.LargeBinary)
    hash: Mapped[bytes] = mapped_column(sa.LargeBinary)

    __table_args__ = (
        sa.UniqueConstraint("installation_id", "shard_key", "account_id", "key", name="uq_entry_key"),
        sa.UniqueConstraint("installation_id", "shard_key", "account_id", "seq", name="uq_entry_seq"),
        sa.CheckConstraint("points <> 0", name="points"),
        sa.CheckConstraint(
            "kind IN ('EARN','REDEEM','RETURN','EXPIRE','CLAWBACK','REVERSE','ADJUST','TRANSFER')", name="kind"
        ),
    )


class LotRow(_Sharded, Base):
    """Points of one earning. Without `activates_at` they are pending with no date yet."""

    __tablename__ = "lot"

    id: Mapped[UUID] = mapped_column(primary_key=True)
    account_id: Mapped[UUID]
    order_id: Mapped[UUID | None]
    granted: Mapped[int] = mapped_column(sa.BigInteger)
    remaining: Mapped[int] = mapped_column(sa.BigInteger)
    activates_at: Mapped[datetime | None] = mapped_column(sa.DateTime(timezone=True))
    expires_at: Mapped[datetime | None] = mapped_column(sa.DateTime(timezone=True))
    terms: Mapped[int] = mapped_column(sa.Integer)

    __table_args__ = (
        sa.CheckConstraint("remaining BETWEEN 0 AND granted", name="remaining"),
        sa.CheckConstraint("(activates_at IS NULL) = (expires_at IS NULL)", name="terms"),
        sa.Index(
            "ix_lot_open",
            "installation_id",
            "shard_key",
            "account_id",
            postgresql_where=sa.text("remaining > 0"),
        ),
    )


class LotTermRow(_Sharded, Base):
    """What was held true of a lot's dates from `recorded_at` on; the newest is projected onto the lot."""

    __tablename__ = "lot_term"

    lot_id: Mapped[UUID] = mapped_column(primary_key=True)
    n: Mapped[int] = mapped_column(primary_key=True)
    activates_at: Mapped[datetime | None] = mapped_column(sa.DateTime(timezone=True))
    expires_at: Mapped[datetime | None] = mapped_column(sa.DateTime(timezone=True))
    recorded_at: Mapped[datetime] = mapped_column(sa.DateTime(timezone=True))


class AllocationRow(_Sharded, Base):
    """Which lot an entry's points went into or came from; no lot means the account's deficit."""

    __tablename__ = "allocation"

    entry_id: Mapped[UUID] = mapped_column(primary_key=True)
    n: Mapped[int] = mapped_column(sa.SmallInteger, primary_key=True)
    lot_id: Mapped[UUID | None]
    points: Mapped[int] = mapped_column(sa.BigInteger)

    __table_args__ = (
        sa.CheckConstraint("points <> 0", name="points"),
        sa.Index("ix_allocation_by_lot", "installation_id", "shard_key", "lot_id"),
    )


class OrderPointsRow(_Sharded, Base):
    """What an order has earned so far: the sum, the number and the takings-back of its postings."""

    __tablename__ = "order_points"

    order_id: Mapped[UUID] = mapped_column(primary_key=True)
    account_id: Mapped[UUID]
    lot_id: Mapped[UUID]
    posted: Mapped[int] = mapped_column(sa.BigInteger)
    taken_back: Mapped[int] = mapped_column(sa.BigInteger)
    postings: Mapped[int]

    __table_args__ = (
        sa.CheckConstraint("posted >= 0 AND taken_back >= 0", name="posted"),
        sa.Index("ix_order_points_by_order", "installation_id", "order_id"),
    )
