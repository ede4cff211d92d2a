"""Tiers: the ladders of programs, who stands on which rung, who stood where and why, and what the shop was told."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None

OWN = "nullif(current_setting('crm.installation', true), '')::uuid"
RIGHTS = {
    # versions of a ladder and steps on it are only ever added
    "tier_ladder": "SELECT, INSERT",
    "tier": "SELECT, INSERT",
    "tier_membership": "SELECT, INSERT",
    "tier_standing": "SELECT, INSERT, UPDATE",
    "tier_mirror": "SELECT, INSERT, UPDATE",
}
REASONS = "'START', 'PROMOTED', 'KEPT', 'NOTICED', 'DEMOTED', 'PROTECTED', 'STAFF', 'LADDER'"


def upgrade() -> None:
    ladders()
    members()
    for table, rights in RIGHTS.items():
        op.execute(f"ALTER TABLE {table} ENABLE ROW LEVEL SECURITY")
        op.execute(f"ALTER TABLE {table} FORCE ROW LEVEL SECURITY")
        op.execute(
            f"CREATE POLICY own_shop ON {table} TO crm_app"
            f" USING (installation_id = {OWN}) WITH CHECK (installation_id = {OWN})"
        )
        op.execute(f"CREATE POLICY purge ON {table} FOR ALL TO CURRENT_USER USING (installation_id = {OWN})")
        op.execute(f"GRANT {rights} ON {table} TO crm_app")


def ladders() -> None:
    op.create_table(
        "tier_ladder",
        sa.Column("installation_id", sa.Uuid(), nullable=False),
        sa.Column("program_id", sa.Uuid(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("live_from", sa.DateTime(timezone=True), nullable=False),
        sa.Column("basis", sa.Text(), nullable=False),
        sa.Column("window_kind", sa.Text(), nullable=False),
        sa.Column("window_months", sa.Integer(), nullable=False),
        sa.Column("keep_months", sa.Integer(), nullable=False),
        sa.Column("notice_days", sa.Integer(), nullable=False),
        sa.Column("grace_days", sa.Integer(), nullable=False),
        sa.Column("successors", postgresql.JSONB(), nullable=False),
        sa.Column("author_id", sa.Text(), nullable=False),
        sa.CheckConstraint("basis IN ('SPEND', 'ORDERS', 'EARNED_POINTS')", name=op.f("ck_tier_ladder_basis")),
        sa.CheckConstraint("window_kind IN ('ROLLING', 'CALENDAR')", name=op.f("ck_tier_ladder_window_kind")),
        sa.PrimaryKeyConstraint("installation_id", "program_id", "version", name=op.f("pk_tier_ladder")),
    )
    op.create_table(
        "tier",
        sa.Column("installation_id", sa.Uuid(), nullable=False),
        sa.Column("program_id", sa.Uuid(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("code", sa.Text(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("names", postgresql.JSONB(), nullable=False),
        sa.Column("threshold", sa.BigInteger(), nullable=False),
        sa.Column("multiplier_percent", sa.Integer(), nullable=False),
        sa.Column("rewards", postgresql.JSONB(), nullable=False),
        sa.Column("free_shipping", sa.Boolean(), nullable=False),
        sa.CheckConstraint("threshold >= 0 AND multiplier_percent >= 0", name=op.f("ck_tier_numbers")),
        sa.PrimaryKeyConstraint("installation_id", "program_id", "version", "code", name=op.f("pk_tier")),
        sa.UniqueConstraint("installation_id", "program_id", "version", "position", name=op.f("uq_tier_position")),
    )


def members() -> None:
    op.create_table(
        "tier_standing",
        *owned(),
        *stands(),
        sa.Column("steps", sa.Integer(), nullable=False),
        sa.Column("look_at", sa.DateTime(timezone=True)),
        sa.Column("climb", postgresql.JSONB()),
        sa.PrimaryKeyConstraint(
            "installation_id", "shard_key", "customer_id", "program_id", name=op.f("pk_tier_standing")
        ),
    )
    op.create_index(
        "ix_tier_standing_look_at",
        "tier_standing",
        ["installation_id", "look_at"],
        postgresql_where=sa.text("look_at IS NOT NULL"),
    )
    op.create_table(
        "tier_membership",
        *owned(),
        sa.Column("n", sa.Integer(), nullable=False),
        *stands(),
        sa.Column("recorded_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint(f"reason IN ({REASONS})", name=op.f("ck_tier_membership_reason")),
        sa.PrimaryKeyConstraint(
            "installation_id", "shard_key", "customer_id", "program_id", "n", name=op.f("pk_tier_membership")
        ),
    )
    op.create_table(
        "tier_mirror",
        sa.Column("installation_id", sa.Uuid(), nullable=False),
        sa.Column("shard_key", sa.BigInteger(), nullable=False),
        sa.Column("customer_id", sa.Text(), nullable=False),
        sa.Column("content", sa.Text(), nullable=False),
        sa.Column("written_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("installation_id", "shard_key", "customer_id", name=op.f("pk_tier_mirror")),
    )


def owned() -> tuple[sa.Column[object], ...]:
    return (
        sa.Column("installation_id", sa.Uuid(), nullable=False),
        sa.Column("shard_key", sa.BigInteger(), nullable=False),
        sa.Column("customer_id", sa.Text(), nullable=False),
        sa.Column("program_id", sa.Uuid(), nullable=False),
    )


def stands() -> tuple[sa.Column[object], ...]:
    """What holds of a member from `holds_from` on."""
    return (
        sa.Column("tier", sa.Text()),
        sa.Column("since", sa.DateTime(timezone=True), nullable=False),
        sa.Column("holds_from", sa.DateTime(timezone=True), nullable=False),
        sa.Column("until", sa.DateTime(timezone=True)),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("notice_at", sa.DateTime(timezone=True)),
        sa.Column("protected_until", sa.DateTime(timezone=True)),
        sa.Column("qualified_by", postgresql.JSONB()),
    )


def downgrade() -> None:
    """Points were reckoned without tiers before; they stay as they are."""
    for table in RIGHTS:
        op.drop_table(table)
