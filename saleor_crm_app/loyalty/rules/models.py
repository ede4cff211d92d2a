"""Rule tables: drafts, immutable versions, example carts, budgets. Small: one set per program."""

from datetime import datetime
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from saleor_crm_app.kernel.db import Base


class EarningRuleRow(Base):
    """A rule as it is being written; what holds is in the sets. `version` counts its changes."""

    __tablename__ = "earning_rule"

    installation_id: Mapped[UUID] = mapped_column(primary_key=True)
    id: Mapped[UUID] = mapped_column(primary_key=True)
    program_id: Mapped[UUID]
    version: Mapped[int]
    document: Mapped[dict[str, Any]] = mapped_column(JSONB)
    author: Mapped[str] = mapped_column(sa.Text)
    updated_at: Mapped[datetime] = mapped_column(sa.DateTime(timezone=True))
    retired_at: Mapped[datetime | None] = mapped_column(sa.DateTime(timezone=True))

    __table_args__ = (
        sa.CheckConstraint("version > 0", name="version"),
        sa.Index("ix_earning_rule_by_program", "installation_id", "program_id"),
    )


class RuleSetRow(Base):
    """A program's rules from `live_from` on. The database refuses every change of it."""

    __tablename__ = "rule_set"

    installation_id: Mapped[UUID] = mapped_column(primary_key=True)
    program_id: Mapped[UUID] = mapped_column(primary_key=True)
    version: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    based_on: Mapped[int]
    rules: Mapped[dict[str, Any]] = mapped_column(JSONB)
    live_from: Mapped[datetime] = mapped_column(sa.DateTime(timezone=True))
    author: Mapped[str] = mapped_column(sa.Text)
    published_at: Mapped[datetime] = mapped_column(sa.DateTime(timezone=True))
    note: Mapped[str] = mapped_column(sa.Text, server_default="")

    __table_args__ = (
        sa.CheckConstraint("version > 1 AND based_on < version", name="version"),
        sa.CheckConstraint("live_from >= published_at", name="live_from"),
    )


class GoldenCartRow(Base):
    """An example cart and the points it earns by one version of the rules."""

    __tablename__ = "golden_cart"

    installation_id: Mapped[UUID] = mapped_column(primary_key=True)
    program_id: Mapped[UUID] = mapped_column(primary_key=True)
    version: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    name: Mapped[str] = mapped_column(sa.Text, primary_key=True)
    cart: Mapped[dict[str, Any]] = mapped_column(JSONB)
    expected: Mapped[int] = mapped_column(sa.BigInteger)
    removed_at: Mapped[datetime | None] = mapped_column(sa.DateTime(timezone=True))


class RuleBudgetRow(Base):
    """Points a rule with a budget has given to all customers together, in all its versions."""

    __tablename__ = "rule_budget"

    installation_id: Mapped[UUID] = mapped_column(primary_key=True)
    rule_id: Mapped[UUID] = mapped_column(primary_key=True)
    granted: Mapped[int] = mapped_column(sa.BigInteger, server_default="0")

    __table_args__ = (sa.CheckConstraint("granted >= 0", name="granted"),)
