"""Who joined a program, pauses that are over, birthdays, what was told of customers once, and lots that were moved."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0013"
down_revision = "0012"
branch_labels = None
depends_on = None

OWN = "nullif(current_setting('crm.installation', true), '')::uuid"
RIGHTS = {
    "membership": "SELECT, INSERT, UPDATE",
    "birthday": "SELECT, INSERT, UPDATE, DELETE",
    "occasion": "SELECT, INSERT, DELETE",
}


def upgrade() -> None:
    op.add_column(
        "program", sa.Column("pauses", postgresql.JSONB(), server_default=sa.text("'[]'::jsonb"), nullable=False)
    )
    # moved points are found by the lots they came from, and accounts by the one they were merged into
    op.create_index(
        "ix_lot_by_origin",
        "lot",
        ["installation_id", "origin_lot"],
        postgresql_where=sa.text("origin_lot IS NOT NULL"),
    )
    op.create_index(
        "ix_account_merged",
        "account",
        ["installation_id", "merged_into"],
        postgresql_where=sa.text("merged_into IS NOT NULL"),
    )
    make_membership()
    make_birthday()
    make_occasion()
    for table, rights in RIGHTS.items():
        op.execute(f"ALTER TABLE {table} ENABLE ROW LEVEL SECURITY")
        op.execute(f"ALTER TABLE {table} FORCE ROW LEVEL SECURITY")
        op.execute(
            f"CREATE POLICY own_shop ON {table} TO crm_app"
            f" USING (installation_id = {OWN}) WITH CHECK (installation_id = {OWN})"
        )
        op.execute(f"CREATE POLICY purge ON {table} FOR ALL TO CURRENT_USER USING (installation_id = {OWN})")
        op.execute(f"GRANT {rights} ON {table} TO crm_app")


def make_membership() -> None:
    op.create_table(
        "membership",
        *owned(),
        sa.Column("program_id", sa.Uuid(), nullable=False),
        sa.Column("joined_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("left_at", sa.DateTime(timezone=True)),
        sa.Column("terms_version", sa.Text()),
        sa.CheckConstraint("left_at IS NULL OR left_at >= joined_at", name=op.f("ck_membership_left")),
        sa.PrimaryKeyConstraint(
            "installation_id", "shard_key", "customer_id", "program_id", "joined_at", name=op.f("pk_membership")
        ),
    )
    op.create_index(
        "uq_membership_open",
        "membership",
        ["installation_id", "shard_key", "customer_id", "program_id"],
        unique=True,
        postgresql_where=sa.text("left_at IS NULL"),
    )


def make_birthday() -> None:
    op.create_table(
        "birthday",
        *owned(),
        sa.Column("month", sa.SmallInteger(), nullable=False),
        sa.Column("day", sa.SmallInteger(), nullable=False),
        sa.Column("known_since", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("month BETWEEN 1 AND 12 AND day BETWEEN 1 AND 31", name=op.f("ck_birthday_date")),
        sa.PrimaryKeyConstraint("installation_id", "shard_key", "customer_id", name=op.f("pk_birthday")),
    )
    op.create_index("ix_birthday_on", "birthday", ["installation_id", "month", "day"])


def make_occasion() -> None:
    op.create_table(
        "occasion",
        *owned(),
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("channel", sa.Text()),
        sa.Column("occurred_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("recorded_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("installation_id", "shard_key", "customer_id", "key", name=op.f("pk_occasion")),
    )
    op.create_index("ix_occasion_by_key", "occasion", ["installation_id", "key"])
    op.create_index("ix_occasion_by_time", "occasion", ["installation_id", "recorded_at"])


def owned() -> tuple[sa.Column[object], ...]:
    return (
        sa.Column("installation_id", sa.Uuid(), nullable=False),
        sa.Column("shard_key", sa.BigInteger(), nullable=False),
        sa.Column("customer_id", sa.Text(), nullable=False),
    )


def downgrade() -> None:
    """Forget who joined when; points that were moved or granted stay in the ledger."""
    for table in RIGHTS:
        op.drop_table(table)
    op.drop_index("ix_account_merged", "account")
    op.drop_index("ix_lot_by_origin", "lot")
    op.drop_column("program", "pauses")
