"""Segments: their conditions, members, comings and goings, and sizes."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0018"
down_revision = "0017"
branch_labels = None
depends_on = None

OWN = "nullif(current_setting('crm.installation', true), '')::uuid"
TABLES = ("segment", "segment_member", "segment_change", "segment_size")


def upgrade() -> None:
    op.create_table(
        "segment",
        sa.Column("installation_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("key", sa.Text()),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("version", sa.Integer(), server_default="1", nullable=False),
        sa.Column("condition", postgresql.JSONB(), nullable=False),
        sa.Column("made_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("retired_at", sa.DateTime(timezone=True)),
        sa.PrimaryKeyConstraint("installation_id", "id", name=op.f("pk_segment")),
    )
    op.create_table(
        "segment_member",
        *of_customer(),
        sa.Column("since", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint(
            "installation_id", "shard_key", "customer_id", "segment_id", name=op.f("pk_segment_member")
        ),
    )
    op.create_index(
        "ix_segment_member_by_segment",
        "segment_member",
        ["installation_id", "segment_id", "shard_key", "customer_id"],
    )
    op.create_table(
        "segment_change",
        *of_customer(),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("entered", sa.Boolean(), nullable=False),
        sa.PrimaryKeyConstraint(
            "installation_id",
            "shard_key",
            "customer_id",
            "segment_id",
            "at",
            "entered",
            name=op.f("pk_segment_change"),
        ),
    )
    op.create_table(
        "segment_size",
        sa.Column("installation_id", sa.Uuid(), nullable=False),
        sa.Column("segment_id", sa.Uuid(), nullable=False),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("members", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("installation_id", "segment_id", "day", name=op.f("pk_segment_size")),
    )
    for table in TABLES:
        op.execute(f"ALTER TABLE {table} ENABLE ROW LEVEL SECURITY")
        op.execute(f"ALTER TABLE {table} FORCE ROW LEVEL SECURITY")
        op.execute(
            f"CREATE POLICY own_shop ON {table} TO crm_app"
            f" USING (installation_id = {OWN}) WITH CHECK (installation_id = {OWN})"
        )
        op.execute(f"CREATE POLICY purge ON {table} FOR ALL TO CURRENT_USER USING (installation_id = {OWN})")
        op.execute(f"GRANT SELECT, INSERT, UPDATE ON {table} TO crm_app")
    op.execute("GRANT DELETE ON segment_member, segment_change TO crm_app")


def of_customer() -> list[sa.Column[object]]:
    return [
        sa.Column("installation_id", sa.Uuid(), nullable=False),
        sa.Column("shard_key", sa.BigInteger(), nullable=False),
        sa.Column("customer_id", sa.Text(), nullable=False),
        sa.Column("segment_id", sa.Uuid(), nullable=False),
    ]


def downgrade() -> None:
    for table in reversed(TABLES):
        op.drop_table(table)
