"""The tables of rewards: what can be had for points or is given, and the vouchers that stand for it in the shop."""

from datetime import datetime
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from saleor_crm_app.kernel.db import Base


class RewardRow(Base):
    """One reward: its terms as a document, and what is left of it.

    `stock_left` null: any number; `committed` is what its coupons cost that may still be used or were, minor units.
    """

    __tablename__ = "reward"

    installation_id: Mapped[UUID] = mapped_column(primary_key=True)
    id: Mapped[UUID] = mapped_column(primary_key=True)
    program_id: Mapped[UUID]
    version: Mapped[int] = mapped_column(server_default="1")
    state: Mapped[str] = mapped_column(sa.Text)
    terms: Mapped[dict[str, Any]] = mapped_column(JSONB)
    stock_left: Mapped[int | None] = mapped_column(sa.BigInteger)
    committed: Mapped[int] = mapped_column(sa.BigInteger, server_default="0")
    made_at: Mapped[datetime] = mapped_column(sa.DateTime(timezone=True))
    retired_at: Mapped[datetime | None] = mapped_column(sa.DateTime(timezone=True))

    __table_args__ = (
        sa.CheckConstraint("state IN ('ACTIVE', 'RETIRED')", name="state"),
        sa.CheckConstraint("stock_left >= 0", name="stock"),
        sa.CheckConstraint("committed >= 0", name="committed"),
        sa.Index("ix_reward_by_program", "installation_id", "program_id", "id"),
    )


class RewardVoucherRow(Base):
    """A voucher in Saleor for one effect of a reward, or for one batch of a campaign's codes.

    A reward whose effect changes gets another; the coupons that are out keep theirs. `digest` is of the plan, and
    `voucher_id` is missing until the shop has it. `drift` names what differed in the shop when it was last compared.
    """

    __tablename__ = "reward_voucher"

    installation_id: Mapped[UUID] = mapped_column(primary_key=True)
    id: Mapped[UUID] = mapped_column(primary_key=True)
    reward_id: Mapped[UUID]
    batch_id: Mapped[UUID | None]
    name: Mapped[str] = mapped_column(sa.Text)
    digest: Mapped[bytes] = mapped_column(sa.LargeBinary)
    plan: Mapped[dict[str, Any]] = mapped_column(JSONB)
    is_current: Mapped[bool]
    voucher_id: Mapped[str | None] = mapped_column(sa.Text)
    made_at: Mapped[datetime] = mapped_column(sa.DateTime(timezone=True))
    ended_at: Mapped[datetime | None] = mapped_column(sa.DateTime(timezone=True))
    """Withdrawn from the shop: none of its codes is good any more."""
    checked_at: Mapped[datetime | None] = mapped_column(sa.DateTime(timezone=True))
    drift: Mapped[list[str] | None] = mapped_column(JSONB)
    busy_until: Mapped[datetime | None] = mapped_column(sa.DateTime(timezone=True))
    """Until then, by the database's clock, somebody is at work on it in the shop."""

    __table_args__ = (
        sa.Index("ix_reward_voucher_by_reward", "installation_id", "reward_id"),
        sa.Index("ix_reward_voucher_by_voucher", "installation_id", "voucher_id"),
        sa.Index("ix_reward_voucher_by_name", "installation_id", "name"),
        sa.Index(
            "uq_reward_voucher_current",
            "installation_id",
            "reward_id",
            unique=True,
            postgresql_where=sa.text("is_current AND batch_id IS NULL"),
        ),
        sa.Index("uq_reward_voucher_batch", "installation_id", "batch_id", unique=True),
    )
