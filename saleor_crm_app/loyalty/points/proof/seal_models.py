"""The tables of seals: what was sealed and when, what waits for it, the keys, and the verdicts on the books.

Seals and what they cover are only ever added to. `unsealed` is filled by triggers, in the transactions that post.
"""

from datetime import datetime
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from saleor_crm_app.kernel.db import Base


class SealRow(Base):
    """One signed statement about all accounts at one moment; `previous` is the hash of the statement before it."""

    __tablename__ = "seal"

    installation_id: Mapped[UUID] = mapped_column(primary_key=True)
    n: Mapped[int] = mapped_column(sa.BigInteger, primary_key=True, autoincrement=False)
    at: Mapped[datetime] = mapped_column(sa.DateTime(timezone=True))
    accounts: Mapped[int] = mapped_column(sa.BigInteger)
    root: Mapped[bytes] = mapped_column(sa.LargeBinary)
    terms: Mapped[bytes] = mapped_column(sa.LargeBinary)
    previous: Mapped[bytes] = mapped_column(sa.LargeBinary)
    key_id: Mapped[str] = mapped_column(sa.Text)
    signature: Mapped[bytes] = mapped_column(sa.LargeBinary)


class _Subject:
    """An account's chain up to entry `seq` (kind ENTRY), or a lot's dates number `seq` (kind TERM)."""

    installation_id: Mapped[UUID] = mapped_column(primary_key=True, sort_order=-4)
    shard_key: Mapped[int] = mapped_column(sa.BigInteger, primary_key=True, sort_order=-3)
    subject_id: Mapped[UUID] = mapped_column(primary_key=True, sort_order=-2)
    seq: Mapped[int] = mapped_column(sa.BigInteger, primary_key=True, autoincrement=False, sort_order=-1)
    kind: Mapped[str] = mapped_column(sa.Text)


class SealedRow(_Subject, Base):
    """What changed between a seal and the one before it; `mark` is the entry's hash, or that of the dates."""

    __tablename__ = "sealed"

    n: Mapped[int] = mapped_column(sa.BigInteger)
    mark: Mapped[bytes] = mapped_column(sa.LargeBinary)

    __table_args__ = (sa.CheckConstraint("kind IN ('ENTRY', 'TERM')", name="kind"),)


class UnsealedRow(_Subject, Base):
    """What no seal covers yet; the next one takes it from here."""

    __tablename__ = "unsealed"

    __table_args__ = (sa.CheckConstraint("kind IN ('ENTRY', 'TERM')", name="kind"),)


class SealNodeRow(Base):
    """The upper part of the newest seal's tree, so that the next one only computes what changed."""

    __tablename__ = "seal_node"

    installation_id: Mapped[UUID] = mapped_column(primary_key=True)
    number: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    hash: Mapped[bytes] = mapped_column(sa.LargeBinary)


class SealKeyRow(Base):
    """A pair of Ed25519 keys; the private one is ciphertext. Retired keys stay, so that old seals can be checked."""

    __tablename__ = "seal_key"

    installation_id: Mapped[UUID] = mapped_column(primary_key=True)
    id: Mapped[str] = mapped_column(sa.Text, primary_key=True)
    public_key: Mapped[bytes] = mapped_column(sa.LargeBinary)
    private_key: Mapped[bytes] = mapped_column(sa.LargeBinary)
    made_at: Mapped[datetime] = mapped_column(sa.DateTime(timezone=True))
    retired_at: Mapped[datetime | None] = mapped_column(sa.DateTime(timezone=True))

    __table_args__ = (
        sa.Index("uq_seal_key_current", "installation_id", unique=True, postgresql_where=sa.text("retired_at IS NULL")),
    )


class VerificationRow(Base):
    """What one proof of a shop's books found; `broken` counts the findings."""

    __tablename__ = "verification"

    installation_id: Mapped[UUID] = mapped_column(primary_key=True)
    id: Mapped[UUID] = mapped_column(primary_key=True)
    started_at: Mapped[datetime] = mapped_column(sa.DateTime(timezone=True))
    finished_at: Mapped[datetime] = mapped_column(sa.DateTime(timezone=True))
    accounts: Mapped[int] = mapped_column(sa.BigInteger)
    entries: Mapped[int] = mapped_column(sa.BigInteger)
    points: Mapped[int] = mapped_column(sa.BigInteger)
    seals: Mapped[int] = mapped_column(sa.BigInteger)
    broken: Mapped[int]
    findings: Mapped[list[dict[str, Any]]] = mapped_column(JSONB)
