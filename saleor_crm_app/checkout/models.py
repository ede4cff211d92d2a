"""The tables of tenders: what pays at the shop's checkout for points that are held, and the vouchers it uses."""

from datetime import datetime
from enum import StrEnum
from typing import Final
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from saleor_crm_app.kernel.db import Base
from saleor_crm_app.kernel.resealing import SealedColumns


class TenderKind(StrEnum):
    """What pays."""

    GIFT_CARD = "GIFT_CARD"
    VOUCHER = "VOUCHER"


class TenderState(StrEnum):
    """OPENING until the shop's checkout has it; SPENT by an order, or DEAD in the shop and its hold released."""

    OPENING = "OPENING"
    LIVE = "LIVE"
    SPENT = "SPENT"
    DEAD = "DEAD"


class TenderRow(Base):
    """What pays for one hold. `saleor_id` is the gift card's, or the voucher code's, global id in Saleor."""

    __tablename__ = "tender"

    installation_id: Mapped[UUID] = mapped_column(primary_key=True)
    shard_key: Mapped[int] = mapped_column(sa.BigInteger, primary_key=True)
    hold_id: Mapped[UUID] = mapped_column(primary_key=True)
    customer_id: Mapped[str] = mapped_column(sa.Text)
    program_id: Mapped[UUID]
    points: Mapped[int] = mapped_column(sa.BigInteger)
    checkout_id: Mapped[str] = mapped_column(sa.Text)
    channel: Mapped[str] = mapped_column(sa.Text)
    currency: Mapped[str] = mapped_column(sa.Text)
    amount: Mapped[int] = mapped_column(sa.BigInteger)
    kind: Mapped[str] = mapped_column(sa.Text)
    state: Mapped[str] = mapped_column(sa.Text)
    saleor_id: Mapped[str | None] = mapped_column(sa.Text)
    voucher_id: Mapped[str | None] = mapped_column(sa.Text)
    code_mac: Mapped[bytes | None] = mapped_column(sa.LargeBinary)
    code_sealed: Mapped[bytes | None] = mapped_column(sa.LargeBinary)
    made_at: Mapped[datetime] = mapped_column(sa.DateTime(timezone=True))
    ended_at: Mapped[datetime | None] = mapped_column(sa.DateTime(timezone=True))
    busy_until: Mapped[datetime | None] = mapped_column(sa.DateTime(timezone=True))
    """Until then, by the database's clock, somebody is at work on it in the shop."""
    turns: Mapped[int] = mapped_column(server_default="0")
    """How often somebody was."""
    asked_at: Mapped[datetime | None] = mapped_column(sa.DateTime(timezone=True))
    """When its withdrawal was last asked for, since its hold ran out."""

    __table_args__ = (
        sa.CheckConstraint("points > 0 AND amount > 0", name="amount"),
        sa.CheckConstraint("kind IN ('GIFT_CARD', 'VOUCHER')", name="kind"),
        sa.CheckConstraint("state IN ('OPENING', 'LIVE', 'SPENT', 'DEAD')", name="state"),
        sa.Index("ix_tender_by_checkout", "installation_id", "checkout_id"),
        sa.Index("ix_tender_by_saleor", "installation_id", "saleor_id"),
        sa.Index("ix_tender_by_voucher", "installation_id", "voucher_id", "hold_id"),
        sa.Index("ix_tender_by_code", "installation_id", "code_mac"),
    )


class TenderVoucherRow(Base):
    """The voucher in Saleor that is worth one amount in one channel."""

    __tablename__ = "tender_voucher"

    installation_id: Mapped[UUID] = mapped_column(primary_key=True)
    channel: Mapped[str] = mapped_column(sa.Text, primary_key=True)
    amount: Mapped[int] = mapped_column(sa.BigInteger, primary_key=True)
    currency: Mapped[str] = mapped_column(sa.Text)
    voucher_id: Mapped[str] = mapped_column(sa.Text)

    __table_args__ = (sa.Index("ix_tender_voucher_by_voucher", "installation_id", "voucher_id"),)


SEALED: Final = tuple(
    SealedColumns(table=table, sealed="code_sealed", digest="code_mac")
    for table in (TenderRow.__table__,)
    if isinstance(table, sa.Table)
)
"""Where codes lie at rest."""
