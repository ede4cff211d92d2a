"""Installations: one row per Saleor instance that installed the app, keyed by its API URL for good."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from saleor_crm_app.kernel.db import Base
from saleor_crm_app.kernel.ids import InstallationId


class InstallationState(StrEnum):
    """Whether the shop still wants us."""

    ACTIVE = "ACTIVE"
    PAUSED = "PAUSED"


class InstallationRow(Base):
    """One shop. `token` is ciphertext bound to this row; `app_id` and `token` change on re-installation."""

    __tablename__ = "installation"

    id: Mapped[UUID] = mapped_column(primary_key=True)
    api_url: Mapped[str] = mapped_column(sa.Text, unique=True)
    app_id: Mapped[str] = mapped_column(sa.Text)
    token: Mapped[bytes] = mapped_column(sa.LargeBinary)
    shop_name: Mapped[str] = mapped_column(sa.Text, server_default="")
    saleor_version: Mapped[str] = mapped_column(sa.Text, server_default="")
    state: Mapped[str] = mapped_column(sa.Text, server_default=InstallationState.ACTIVE.value)
    paused_reason: Mapped[str | None] = mapped_column(sa.Text)
    paused_at: Mapped[datetime | None] = mapped_column(sa.DateTime(timezone=True))
    synced_at: Mapped[datetime | None] = mapped_column(sa.DateTime(timezone=True))
    jwks: Mapped[dict[str, Any]] = mapped_column(JSONB)
    jwks_fetched_at: Mapped[datetime] = mapped_column(sa.DateTime(timezone=True))
    jwks_tried_at: Mapped[datetime] = mapped_column(sa.DateTime(timezone=True))
    storefront_origins: Mapped[list[str]] = mapped_column(sa.ARRAY(sa.Text), server_default="{}")
    sandbox: Mapped[bool] = mapped_column(server_default=sa.false())
    clock_offset: Mapped[timedelta] = mapped_column(sa.Interval, server_default="0")
    installed_at: Mapped[datetime] = mapped_column(sa.DateTime(timezone=True))
    registered_at: Mapped[datetime] = mapped_column(sa.DateTime(timezone=True))

    __table_args__ = (
        sa.CheckConstraint("state IN ('ACTIVE', 'PAUSED')", name="state"),
        sa.CheckConstraint("sandbox OR clock_offset = '0'::interval", name="only_a_sandbox_moves_time"),
    )


class CertificateRow(Base):
    """What is left of a removed installation: the proof of its books as they were when they were deleted."""

    __tablename__ = "certificate"

    id: Mapped[UUID] = mapped_column(primary_key=True)
    installation_id: Mapped[UUID]
    api_url: Mapped[str] = mapped_column(sa.Text)
    made_at: Mapped[datetime] = mapped_column(sa.DateTime(timezone=True))
    content: Mapped[dict[str, Any]] = mapped_column(JSONB)


class ApiKeyRow(Base):
    """A key that an installation has given out; only its HMAC is kept, and under which of our keys that is."""

    __tablename__ = "api_key"

    installation_id: Mapped[UUID] = mapped_column(primary_key=True)
    id: Mapped[str] = mapped_column(sa.Text, primary_key=True)
    name: Mapped[str] = mapped_column(sa.Text)
    scopes: Mapped[list[str]] = mapped_column(sa.ARRAY(sa.Text))
    mac: Mapped[bytes] = mapped_column(sa.LargeBinary)
    created_at: Mapped[datetime] = mapped_column(sa.DateTime(timezone=True))
    revoked_at: Mapped[datetime | None] = mapped_column(sa.DateTime(timezone=True))

    __table_args__ = (sa.Index("uq_api_key_id", "id", unique=True),)


@dataclass(frozen=True, slots=True, kw_only=True)
class Installation:
    """A shop as the rest of the app reads it; the token stays encrypted until a call is made."""

    id: InstallationId
    api_url: str
    app_id: str
    token: bytes
    saleor_version: str
    state: InstallationState
    paused_reason: str | None
    paused_at: datetime | None
    jwks: dict[str, Any]
    jwks_fetched_at: datetime
    storefront_origins: tuple[str, ...]
    sandbox: bool
    clock_offset: timedelta
