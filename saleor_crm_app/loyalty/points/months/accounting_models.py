"""The table of closed months; rows are only ever added."""

from datetime import date, datetime
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from saleor_crm_app.kernel.db import Base

MOVEMENTS = ("issued", "redeemed", "returned", "clawed_back", "expired", "adjusted", "transferred")


class AccountingMonthRow(Base):
    """One closed month of a program: its movements in signed points, and what a point was worth at its closing."""

    __tablename__ = "accounting_month"

    installation_id: Mapped[UUID] = mapped_column(primary_key=True)
    program_id: Mapped[UUID] = mapped_column(primary_key=True)
    month: Mapped[date] = mapped_column(primary_key=True)
    closed_at: Mapped[datetime] = mapped_column(sa.DateTime(timezone=True))
    closed_by: Mapped[str] = mapped_column(sa.Text)
    entries: Mapped[int] = mapped_column(sa.BigInteger)
    opening: Mapped[int] = mapped_column(sa.BigInteger)
    issued: Mapped[int] = mapped_column(sa.BigInteger)
    redeemed: Mapped[int] = mapped_column(sa.BigInteger)
    returned: Mapped[int] = mapped_column(sa.BigInteger)
    clawed_back: Mapped[int] = mapped_column(sa.BigInteger)
    expired: Mapped[int] = mapped_column(sa.BigInteger)
    adjusted: Mapped[int] = mapped_column(sa.BigInteger)
    transferred: Mapped[int] = mapped_column(sa.BigInteger)
    closing: Mapped[int] = mapped_column(sa.BigInteger)
    burn_points: Mapped[int]
    burn_minor: Mapped[int]

    __table_args__ = (
        sa.CheckConstraint("extract(day FROM month) = 1", name="month"),
        sa.CheckConstraint("burn_points > 0 AND burn_minor > 0", name="rate"),
        sa.CheckConstraint(f"closing = opening + {' + '.join(MOVEMENTS)}", name="balanced"),
    )
