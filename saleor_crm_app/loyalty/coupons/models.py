"""The tables of coupons: what was granted to whom, the codes that publish it in the shop, the orders that used it."""

from datetime import datetime
from enum import StrEnum
from typing import Final
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from saleor_crm_app.kernel.db import Base
from saleor_crm_app.kernel.resealing import SealedColumns


class CouponState(StrEnum):
    """HELD until its code is there; then ISSUED until an order uses it, its time is over, or it is taken back.

    FAILED where no code could be had in time.
    """

    HELD = "HELD"
    ISSUED = "ISSUED"
    USED = "USED"
    EXPIRED = "EXPIRED"
    REVOKED = "REVOKED"
    FAILED = "FAILED"


class CouponOrigin(StrEnum):
    """What made it."""

    CLAIM = "CLAIM"
    PERSONAL = "PERSONAL"
    GOODWILL = "GOODWILL"
    SIGN_UP = "SIGN_UP"
    FIRST_ORDER = "FIRST_ORDER"
    BIRTHDAY = "BIRTHDAY"
    BATCH = "BATCH"
    OFFER = "OFFER"
    REPLACEMENT = "REPLACEMENT"


class CouponMedium(StrEnum):
    """What stands for it in the shop."""

    VOUCHER = "VOUCHER"
    GIFT_CARD = "GIFT_CARD"
    NONE = "NONE"


class CouponRow(Base):
    """One coupon. Under its customer's shard key; one of nobody's, such as a campaign's, under its own.

    `voucher_key` names the voucher of ours in `reward_voucher`, `saleor_id` the code or the gift card in Saleor.
    `redemption_id` is what its points were spent by, also where it takes the place of another.
    """

    __tablename__ = "coupon"

    installation_id: Mapped[UUID] = mapped_column(primary_key=True)
    shard_key: Mapped[int] = mapped_column(sa.BigInteger, primary_key=True)
    id: Mapped[UUID] = mapped_column(primary_key=True)
    program_id: Mapped[UUID]
    reward_id: Mapped[UUID]
    customer_id: Mapped[str | None] = mapped_column(sa.Text)
    batch_id: Mapped[UUID | None]
    origin: Mapped[str] = mapped_column(sa.Text)
    medium: Mapped[str] = mapped_column(sa.Text)
    state: Mapped[str] = mapped_column(sa.Text)
    points: Mapped[int] = mapped_column(sa.BigInteger, server_default="0")
    redemption_id: Mapped[UUID | None]
    returned: Mapped[int] = mapped_column(sa.BigInteger, server_default="0")
    cost: Mapped[int] = mapped_column(sa.BigInteger, server_default="0")
    """What it costs the shop when it is used, as far as that is known before; minor units."""
    worth: Mapped[int | None] = mapped_column(sa.BigInteger)
    """What is on a gift card, minor units."""
    currency: Mapped[str] = mapped_column(sa.Text)
    voucher_key: Mapped[UUID | None]
    saleor_id: Mapped[str | None] = mapped_column(sa.Text)
    code_mac: Mapped[bytes | None] = mapped_column(sa.LargeBinary)
    code_sealed: Mapped[bytes | None] = mapped_column(sa.LargeBinary)
    issued_at: Mapped[datetime] = mapped_column(sa.DateTime(timezone=True))
    expires_at: Mapped[datetime | None] = mapped_column(sa.DateTime(timezone=True))
    deliver_by: Mapped[datetime | None] = mapped_column(sa.DateTime(timezone=True))
    ended_at: Mapped[datetime | None] = mapped_column(sa.DateTime(timezone=True))
    order_id: Mapped[UUID | None]
    replaces: Mapped[UUID | None]
    revoking: Mapped[bool] = mapped_column(server_default=sa.false())
    """It is to end as soon as the shop is known not to take its code any more."""
    busy_until: Mapped[datetime | None] = mapped_column(sa.DateTime(timezone=True))
    """Until then, by the database's clock, somebody is at work on it in the shop."""
    asked_at: Mapped[datetime | None] = mapped_column(sa.DateTime(timezone=True))
    """When a job about it was last asked for."""

    __table_args__ = (
        sa.CheckConstraint("points >= 0 AND returned BETWEEN 0 AND points AND cost >= 0", name="amounts"),
        sa.CheckConstraint("state IN ('HELD', 'ISSUED', 'USED', 'EXPIRED', 'REVOKED', 'FAILED')", name="state"),
        sa.CheckConstraint("medium IN ('VOUCHER', 'GIFT_CARD', 'NONE')", name="medium"),
        sa.CheckConstraint("(code_mac IS NULL) = (code_sealed IS NULL)", name="code"),
        sa.Index("ix_coupon_by_customer", "installation_id", "shard_key", "customer_id", "issued_at", "id"),
        sa.Index("ix_coupon_by_code", "installation_id", "code_mac"),
        sa.Index("ix_coupon_by_card", "installation_id", "saleor_id"),
        sa.Index("ix_coupon_by_reward", "installation_id", "reward_id", "state"),
        sa.Index(
            "ix_coupon_by_batch", "installation_id", "batch_id", "id", postgresql_where=sa.text("batch_id IS NOT NULL")
        ),
        sa.Index(
            "ix_coupon_open",
            "installation_id",
            "expires_at",
            postgresql_where=sa.text("state IN ('HELD', 'ISSUED') AND batch_id IS NULL"),
        ),
        sa.Index(
            "ix_coupon_held",
            "installation_id",
            "deliver_by",
            postgresql_where=sa.text("state = 'HELD' AND batch_id IS NULL"),
        ),
        sa.Index(
            "ix_coupon_batch_held",
            "installation_id",
            "batch_id",
            "id",
            postgresql_where=sa.text("state = 'HELD' AND batch_id IS NOT NULL"),
        ),
    )


class CouponUseRow(Base):
    """An order that was placed with a coupon; `amount` is what the coupon took off it, minor units.

    `outcome` says what followed from it, in a code; `charged` points were taken for it once more. `batch_id` is the
    coupon's, so that what a campaign has cost is summed up without reading its coupons.
    """

    __tablename__ = "coupon_use"

    installation_id: Mapped[UUID] = mapped_column(primary_key=True)
    shard_key: Mapped[int] = mapped_column(sa.BigInteger, primary_key=True)
    coupon_id: Mapped[UUID] = mapped_column(primary_key=True)
    order_id: Mapped[UUID] = mapped_column(primary_key=True)
    batch_id: Mapped[UUID | None]
    customer_id: Mapped[str | None] = mapped_column(sa.Text)
    ordered_at: Mapped[datetime] = mapped_column(sa.DateTime(timezone=True))
    amount: Mapped[int] = mapped_column(sa.BigInteger)
    is_void: Mapped[bool]
    """The order was cancelled or has expired."""
    outcome: Mapped[str] = mapped_column(sa.Text)
    charged: Mapped[int] = mapped_column(sa.BigInteger, server_default="0")

    __table_args__ = (
        sa.Index("ix_coupon_use_by_order", "installation_id", "order_id"),
        sa.Index(
            "ix_coupon_use_by_batch",
            "installation_id",
            "batch_id",
            "ordered_at",
            postgresql_include=["amount", "is_void"],
            postgresql_where=sa.text("batch_id IS NOT NULL"),
        ),
    )


class VoucherCodeRow(Base):
    """A code of a voucher of ours, made ahead; taken for one coupon or hold, it is never given to another.

    All codes are here, so that no two are alike. `saleor_id` is missing where the shop was not asked for it, and
    `voucher_id` is empty as long as the shop does not have the voucher of a batch.
    """

    __tablename__ = "voucher_code"

    installation_id: Mapped[UUID] = mapped_column(primary_key=True)
    id: Mapped[UUID] = mapped_column(primary_key=True)
    voucher_id: Mapped[str] = mapped_column(sa.Text)
    saleor_id: Mapped[str | None] = mapped_column(sa.Text)
    mac: Mapped[bytes] = mapped_column(sa.LargeBinary)
    sealed: Mapped[bytes] = mapped_column(sa.LargeBinary)
    taken_by: Mapped[UUID | None]

    __table_args__ = (
        sa.UniqueConstraint("installation_id", "mac"),
        sa.Index(
            "ix_voucher_code_free", "installation_id", "voucher_id", "id", postgresql_where=sa.text("taken_by IS NULL")
        ),
        sa.Index("uq_voucher_code_taken_by", "installation_id", "taken_by", unique=True),
    )


class BatchState(StrEnum):
    """RUNNING while codes are made, READY once all are; STOPPED until somebody has it go on. ENDED: none is good."""

    RUNNING = "RUNNING"
    READY = "READY"
    STOPPED = "STOPPED"
    ENDED = "ENDED"


class BatchEnd(StrEnum):
    """Why a batch has ended."""

    STAFF = "STAFF"
    BUDGET = "BUDGET"
    EXPIRED = "EXPIRED"


class CouponBatchRow(Base):
    """Codes of a campaign: many single-use ones, or one shared by many. `made` of `wanted` are in the shop.

    `trouble` says why no more are made now. `spent` and `uses` are what `coupon_use` says of the batch.
    """

    __tablename__ = "coupon_batch"

    installation_id: Mapped[UUID] = mapped_column(primary_key=True)
    id: Mapped[UUID] = mapped_column(primary_key=True)
    program_id: Mapped[UUID]
    reward_id: Mapped[UUID]
    name: Mapped[str] = mapped_column(sa.Text)
    prefix: Mapped[str] = mapped_column(sa.Text, server_default="")
    state: Mapped[str] = mapped_column(sa.Text)
    wanted: Mapped[int]
    made: Mapped[int] = mapped_column(server_default="0")
    left_out: Mapped[int] = mapped_column(server_default="0")
    """Codes made elsewhere that the shop has for something else."""
    is_shared: Mapped[bool] = mapped_column(server_default=sa.false())
    most_uses: Mapped[int | None]
    """How many orders may use a shared code; null: any number."""
    once_per_customer: Mapped[bool] = mapped_column(server_default=sa.false())
    budget: Mapped[int | None] = mapped_column(sa.BigInteger)
    spent: Mapped[int] = mapped_column(sa.BigInteger, server_default="0")
    """What orders were given by its codes so far, minor units."""
    uses: Mapped[int] = mapped_column(server_default="0")
    currency: Mapped[str] = mapped_column(sa.Text)
    expires_at: Mapped[datetime | None] = mapped_column(sa.DateTime(timezone=True))
    asked_by: Mapped[str] = mapped_column(sa.Text)
    asked_at: Mapped[datetime] = mapped_column(sa.DateTime(timezone=True))
    ended_at: Mapped[datetime | None] = mapped_column(sa.DateTime(timezone=True))
    end_reason: Mapped[str | None] = mapped_column(sa.Text)
    trouble: Mapped[str | None] = mapped_column(sa.Text)

    __table_args__ = (
        sa.CheckConstraint("state IN ('RUNNING', 'READY', 'STOPPED', 'ENDED')", name="state"),
        sa.CheckConstraint("(state = 'ENDED') = (end_reason IS NOT NULL AND ended_at IS NOT NULL)", name="end"),
        sa.CheckConstraint("end_reason IN ('STAFF', 'BUDGET', 'EXPIRED')", name="end_reason"),
        sa.CheckConstraint("made BETWEEN 0 AND wanted", name="made"),
        sa.Index("ix_coupon_batch_newest", "installation_id", "program_id", "id"),
    )


SEALED: Final = tuple(
    SealedColumns(table=table, sealed=sealed, digest=digest)
    for table, sealed, digest in (
        (CouponRow.__table__, "code_sealed", "code_mac"),
        (VoucherCodeRow.__table__, "sealed", "mac"),
    )
    if isinstance(table, sa.Table)
)
"""Where codes lie at rest."""
