"""What redemption, expiry and staff's acts need of the ledger."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None

OWN = "nullif(current_setting('crm.installation', true), '')::uuid"
TABLES = ("hold", "hold_lot", "redemption", "entry_note")


def upgrade() -> None:
    program_settings()
    wider_ledger()
    redemption()
    for table in TABLES:
        op.execute(f"ALTER TABLE {table} ENABLE ROW LEVEL SECURITY")
        op.execute(f"ALTER TABLE {table} FORCE ROW LEVEL SECURITY")
        op.execute(
            f"CREATE POLICY own_shop ON {table} TO crm_app"
            f" USING (installation_id = {OWN}) WITH CHECK (installation_id = {OWN})"
        )
        op.execute(f"CREATE POLICY purge ON {table} FOR ALL TO CURRENT_USER USING (installation_id = {OWN})")
        op.execute(f"GRANT SELECT, INSERT, UPDATE ON {table} TO crm_app")
    op.execute("GRANT DELETE ON entry_note TO crm_app")


def program_settings() -> None:
    """One typed document holds what may be chosen, when points lapse among it."""
    op.add_column(
        "program", sa.Column("settings", postgresql.JSONB(), server_default=sa.text("'{}'::jsonb"), nullable=False)
    )
    op.add_column("program", sa.Column("paused_at", sa.DateTime(timezone=True)))
    op.execute(
        """
        UPDATE program SET settings = jsonb_build_object(
            'expiry', jsonb_build_object('type', 'PERIOD', 'days', expire_after_days))
        """
    )
    op.drop_column("program", "expire_after_days")


def wider_ledger() -> None:
    op.add_column("account", sa.Column("status", sa.Text(), server_default="ACTIVE", nullable=False))
    op.add_column("account", sa.Column("merged_into", sa.Uuid()))
    op.add_column("account", sa.Column("last_active_at", sa.DateTime(timezone=True)))
    op.create_check_constraint("status", "account", "status IN ('ACTIVE', 'HELD', 'MERGED', 'ERASED')")
    op.add_column("entry", sa.Column("subject_id", sa.Uuid()))
    op.drop_constraint("points", "entry", type_="check")
    # what settles a deficit out of points that became free moves none in or out
    op.create_check_constraint("points", "entry", "points <> 0 OR source = 'SETTLEMENT'")
    op.add_column("lot", sa.Column("held", sa.BigInteger(), server_default="0", nullable=False))
    op.add_column("lot", sa.Column("source", sa.Text(), server_default="ORDER", nullable=False))
    op.add_column("lot", sa.Column("origin_lot", sa.Uuid()))
    op.add_column("lot", sa.Column("cost_center", sa.Text()))
    op.drop_constraint("terms", "lot", type_="check")
    op.create_check_constraint("terms", "lot", "expires_at IS NULL OR activates_at IS NOT NULL")
    op.create_check_constraint("held", "lot", "held BETWEEN 0 AND remaining")
    op.create_index(
        "ix_lot_lapsing",
        "lot",
        ["installation_id", "expires_at"],
        postgresql_where=sa.text("remaining > held AND expires_at IS NOT NULL"),
    )
    op.add_column("order_points", sa.Column("forgiven", sa.BigInteger(), server_default="0", nullable=False))
    op.add_column("order_points", sa.Column("reversed", sa.BigInteger(), server_default="0", nullable=False))
    op.add_column("order_points", sa.Column("version", sa.Integer()))
    op.add_column("order_points", sa.Column("context", postgresql.JSONB()))
    op.create_check_constraint("forgiven", "order_points", "forgiven BETWEEN 0 AND posted")


def redemption() -> None:
    op.create_table(
        "hold",
        *owned(),
        sa.Column("account_id", sa.Uuid(), nullable=False),
        sa.Column("points", sa.BigInteger(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("subject", sa.Text(), nullable=False),
        sa.Column("opened_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("settled_at", sa.DateTime(timezone=True)),
        sa.CheckConstraint("points > 0", name=op.f("ck_hold_points")),
        sa.CheckConstraint("state IN ('OPEN', 'CAPTURED', 'RELEASED')", name=op.f("ck_hold_state")),
        sa.PrimaryKeyConstraint("installation_id", "shard_key", "id", name=op.f("pk_hold")),
    )
    op.create_index(
        "ix_hold_open", "hold", ["installation_id", "expires_at"], postgresql_where=sa.text("state = 'OPEN'")
    )
    # one open hold for one thing, such as a checkout
    op.create_index(
        "uq_hold_subject",
        "hold",
        ["installation_id", "shard_key", "subject"],
        unique=True,
        postgresql_where=sa.text("state = 'OPEN'"),
    )
    op.create_table(
        "hold_lot",
        sa.Column("installation_id", sa.Uuid(), nullable=False),
        sa.Column("shard_key", sa.BigInteger(), nullable=False),
        sa.Column("hold_id", sa.Uuid(), nullable=False),
        sa.Column("lot_id", sa.Uuid(), nullable=False),
        sa.Column("points", sa.BigInteger(), nullable=False),
        sa.CheckConstraint("points > 0", name=op.f("ck_hold_lot_points")),
        sa.PrimaryKeyConstraint("installation_id", "shard_key", "hold_id", "lot_id", name=op.f("pk_hold_lot")),
    )
    op.create_table(
        "redemption",
        *owned(),
        sa.Column("account_id", sa.Uuid(), nullable=False),
        sa.Column("order_id", sa.Uuid()),
        sa.Column("points", sa.BigInteger(), nullable=False),
        sa.Column("returned", sa.BigInteger(), server_default="0", nullable=False),
        sa.Column("postings", sa.Integer(), nullable=False),
        sa.Column("redeemed_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("returned BETWEEN 0 AND points", name=op.f("ck_redemption_returned")),
        sa.PrimaryKeyConstraint("installation_id", "shard_key", "id", name=op.f("pk_redemption")),
    )
    op.create_index("ix_redemption_by_order", "redemption", ["installation_id", "order_id"])
    op.create_index("ix_entry_by_subject", "entry", ["installation_id", "shard_key", "subject_id"],
                    postgresql_where=sa.text("subject_id IS NOT NULL"))  # fmt: skip
    # text about people lies beside the ledger, so that it can be erased
    op.create_table(
        "entry_note",
        sa.Column("installation_id", sa.Uuid(), nullable=False),
        sa.Column("shard_key", sa.BigInteger(), nullable=False),
        sa.Column("entry_id", sa.Uuid(), nullable=False),
        sa.Column("reason_code", sa.Text(), nullable=False),
        sa.Column("reason", sa.Text()),
        sa.Column("actor", sa.Text()),
        sa.Column("actor_name", sa.Text()),
        sa.Column("cost_center", sa.Text()),
        sa.PrimaryKeyConstraint("installation_id", "shard_key", "entry_id", name=op.f("pk_entry_note")),
    )


def owned() -> tuple[sa.Column[object], ...]:
    return (
        sa.Column("installation_id", sa.Uuid(), nullable=False),
        sa.Column("shard_key", sa.BigInteger(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
    )


def downgrade() -> None:
    """Goes only while nothing was posted that the ledger of before has no place for."""
    for table in TABLES:
        op.drop_table(table)
    op.drop_index("ix_entry_by_subject", "entry")
    for column in ("forgiven", "reversed", "version", "context"):
        op.drop_column("order_points", column)
    op.drop_index("ix_lot_lapsing", "lot")
    op.drop_constraint("terms", "lot", type_="check")
    op.create_check_constraint("terms", "lot", "(activates_at IS NULL) = (expires_at IS NULL)")
    for column in ("held", "source", "origin_lot", "cost_center"):
        op.drop_column("lot", column)
    op.drop_constraint("points", "entry", type_="check")
    op.create_check_constraint("points", "entry", "points <> 0")
    op.drop_column("entry", "subject_id")
    for column in ("status", "merged_into", "last_active_at"):
        op.drop_column("account", column)
    op.add_column("program", sa.Column("expire_after_days", sa.Integer(), server_default="365", nullable=False))
    op.alter_column("program", "expire_after_days", server_default=None)
    for column in ("settings", "paused_at"):
        op.drop_column("program", column)
