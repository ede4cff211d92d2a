"""The customer table: one row per Saleor customer, with no name, address or e-mail."""

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
    joined_at: Mapped[datetime | None] = mapped_column(sa.DateTime(timezone=True))
    updated_at: Mapped[datetime] = mapped_column(sa.DateTime(timezone=True))
    deleted_at: Mapped[datetime | None] = mapped_column(sa.DateTime(timezone=True))
