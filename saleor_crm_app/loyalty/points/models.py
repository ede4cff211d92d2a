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
    REDEMPTION = "REDEMPTION"
    EXPIRY = "EXPIRY"
    SETTLEMENT = "SETTLEMENT"
    SIGN_UP = "SIGN_UP"
    BIRTHDAY = "BIRTHDAY"
    EVENT = "EVENT"
    STAFF = "STAFF"
    GOODWILL = "GOODWILL"
    MERGE = "MERGE"


class AccountStatus(StrEnum):
    """Whether an account may be used. Held ones earn but cannot redeem; merged and erased ones are history."""

    ACTIVE = "ACTIVE"
    HELD = "HELD"
    MERGED = "MERGED"
    ERASED = "ERASED"


class HoldState(StrEnum):
    """What became of points that were set aside."""

    OPEN = "OPEN"
    CAPTURED = "CAPTURED"
    RELEASED = "RELEASED"


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
    status: Mapped[str] = mapped_column(sa.Text, server_default="ACTIVE")
    merged_into: Mapped[UUID | None]
    last_active_at: Mapped[datetime | None] = mapped_column(sa.DateTime(timezone=True))

    __table_args__ = (
        sa.UniqueConstraint("installation_id", "shard_key", "customer_id", "program_id"),
        sa.CheckConstraint("deficit >= 0", name="deficit"),
        sa.CheckConstraint("status IN ('ACTIVE', 'HELD', 'MERGED', 'ERASED')", name="status"),
        sa.Index("ix_account_newest", "installation_id", "id"),
        sa.Index(
            "ix_account_merged",
            "installation_id",
            "merged_into",
            postgresql_where=sa.text("merged_into IS NOT NULL"),
        ),
    )


class EntryRow(_Sharded, Base):
    """One immutable ledger line of signed whole points; `hash` covers it and, through `prev_hash`, all before.

    `subject_id` is what it is about besides an order: a redemption, a lapsed lot, the entry it undoes, an account.
    """

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
    subject_id: Mapped[UUID | None]

    __table_args__ = (
        sa.UniqueConstraint("installation_id", "shard_key", "account_id", "key", name="uq_entry_key"),
        sa.UniqueConstraint("installation_id", "shard_key", "account_id", "seq", name="uq_entry_seq"),
        sa.CheckConstraint("points <> 0 OR source = 'SETTLEMENT'", name="points"),
        sa.Index(
            "ix_entry_by_subject",
            "installation_id",
            "shard_key",
            "subject_id",
            postgresql_where=sa.text("subject_id IS NOT NULL"),
        ),
        sa.CheckConstraint(
            "kind IN ('EARN','REDEEM','RETURN','EXPIRE','CLAWBACK','REVERSE','ADJUST','TRANSFER')", name="kind"
        ),
    )


class LotRow(_Sharded, Base):
    """Points of one earning. Without `activates_at` they are pending with no date yet; without `expires_at` they stay.

    `held` of the remaining points are set aside by open holds. `origin_lot` names the lot whose points came back
    into this one, since its own date was too near.
    """

    __tablename__ = "lot"

    id: Mapped[UUID] = mapped_column(primary_key=True)
    account_id: Mapped[UUID]
    order_id: Mapped[UUID | None]
    granted: Mapped[int] = mapped_column(sa.BigInteger)
    remaining: Mapped[int] = mapped_column(sa.BigInteger)
    activates_at: Mapped[datetime | None] = mapped_column(sa.DateTime(timezone=True))
    expires_at: Mapped[datetime | None] = mapped_column(sa.DateTime(timezone=True))
    terms: Mapped[int] = mapped_column(sa.Integer)
    held: Mapped[int] = mapped_column(sa.BigInteger, server_default="0")
    source: Mapped[str] = mapped_column(sa.Text, server_default="ORDER")
    origin_lot: Mapped[UUID | None]
    cost_center: Mapped[str | None] = mapped_column(sa.Text)

    __table_args__ = (
        sa.CheckConstraint("remaining BETWEEN 0 AND granted", name="remaining"),
        sa.CheckConstraint("expires_at IS NULL OR activates_at IS NOT NULL", name="terms"),
        sa.CheckConstraint("held BETWEEN 0 AND remaining", name="held"),
        sa.Index(
            "ix_lot_lapsing",
            "installation_id",
            "expires_at",
            postgresql_where=sa.text("remaining > held AND expires_at IS NOT NULL"),
        ),
        sa.Index(
            "ix_lot_by_origin",
            "installation_id",
            "origin_lot",
            postgresql_where=sa.text("origin_lot IS NOT NULL"),
        ),
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
    """What an order has earned so far: the sum, the number and the takings-back of its postings.

    `forgiven` of the sum need not come back, since the shop bore it or it had lapsed. `reversed` more was taken back by
    staff, beside the sum. `version` is set where the order was recalculated by another rule set than that of its day;
    `context` keeps what it took out of rules' budgets, and in which segments its customer was where rules asked.
    """

    __tablename__ = "order_points"

    order_id: Mapped[UUID] = mapped_column(primary_key=True)
    account_id: Mapped[UUID]
    lot_id: Mapped[UUID]
    posted: Mapped[int] = mapped_column(sa.BigInteger)
    taken_back: Mapped[int] = mapped_column(sa.BigInteger)
    postings: Mapped[int]
    forgiven: Mapped[int] = mapped_column(sa.BigInteger, server_default="0")
    reversed: Mapped[int] = mapped_column(sa.BigInteger, server_default="0")
    version: Mapped[int | None]
    context: Mapped[dict[str, Any] | None] = mapped_column(JSONB)

    __table_args__ = (
        sa.CheckConstraint("posted >= 0 AND taken_back >= 0", name="posted"),
        sa.CheckConstraint("forgiven BETWEEN 0 AND posted", name="forgiven"),
        sa.Index("ix_order_points_by_order", "installation_id", "order_id"),
    )


class HoldRow(_Sharded, Base):
    """Points set aside for one thing, such as a checkout, until they are captured or released."""

    __tablename__ = "hold"

    id: Mapped[UUID] = mapped_column(primary_key=True)
    account_id: Mapped[UUID]
    points: Mapped[int] = mapped_column(sa.BigInteger)
    state: Mapped[str] = mapped_column(sa.Text)
    subject: Mapped[str] = mapped_column(sa.Text)
    opened_at: Mapped[datetime] = mapped_column(sa.DateTime(timezone=True))
    expires_at: Mapped[datetime] = mapped_column(sa.DateTime(timezone=True))
    settled_at: Mapped[datetime | None] = mapped_column(sa.DateTime(timezone=True))

    __table_args__ = (
        sa.CheckConstraint("points > 0", name="points"),
        sa.CheckConstraint("state IN ('OPEN', 'CAPTURED', 'RELEASED')", name="state"),
        sa.Index("ix_hold_open", "installation_id", "expires_at", postgresql_where=sa.text("state = 'OPEN'")),
        sa.Index(
            "uq_hold_subject",
            "installation_id",
            "shard_key",
            "subject",
            unique=True,
            postgresql_where=sa.text("state = 'OPEN'"),
        ),
    )


class HoldLotRow(_Sharded, Base):
    """Which lots the points of a hold lie in."""

    __tablename__ = "hold_lot"

    hold_id: Mapped[UUID] = mapped_column(primary_key=True)
    lot_id: Mapped[UUID] = mapped_column(primary_key=True)
    points: Mapped[int] = mapped_column(sa.BigInteger)

    __table_args__ = (sa.CheckConstraint("points > 0", name="points"),)


class RedemptionRow(_Sharded, Base):
    """Points spent at once, how many of them came back since, and the number of its postings."""

    __tablename__ = "redemption"

    id: Mapped[UUID] = mapped_column(primary_key=True)
    account_id: Mapped[UUID]
    order_id: Mapped[UUID | None]
    points: Mapped[int] = mapped_column(sa.BigInteger)
    returned: Mapped[int] = mapped_column(sa.BigInteger, server_default="0")
    postings: Mapped[int]
    redeemed_at: Mapped[datetime] = mapped_column(sa.DateTime(timezone=True))

    __table_args__ = (
        sa.CheckConstraint("returned BETWEEN 0 AND points", name="returned"),
        sa.Index("ix_redemption_by_order", "installation_id", "order_id"),
    )


class EntryNoteRow(_Sharded, Base):
    """Words about an entry, which may be erased; the entry's hash does not cover them."""

    __tablename__ = "entry_note"

    entry_id: Mapped[UUID] = mapped_column(primary_key=True)
    reason_code: Mapped[str] = mapped_column(sa.Text)
    reason: Mapped[str | None] = mapped_column(sa.Text)
    actor: Mapped[str | None] = mapped_column(sa.Text)
    actor_name: Mapped[str | None] = mapped_column(sa.Text)
    cost_center: Mapped[str | None] = mapped_column(sa.Text)
