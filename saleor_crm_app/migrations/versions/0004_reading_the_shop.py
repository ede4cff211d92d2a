"""How far each shop was read, and whose turn it is to read it."""

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None

OWN = "nullif(current_setting('crm.installation', true), '')::uuid"
TABLES = ("reading", "shop_turn")
COUNTS = ("seen", "untold", "missing", "stale", "equal", "gone", "unusable")


def upgrade() -> None:
    op.create_table(
        "reading",
        sa.Column("installation_id", sa.Uuid(), nullable=False),
        sa.Column("subject", sa.Text(), nullable=False),
        sa.Column("since", sa.DateTime(timezone=True)),
        sa.Column("cursor", sa.Text()),
        sa.Column("reached", sa.DateTime(timezone=True)),
        sa.Column("known_until", sa.DateTime(timezone=True)),
        sa.Column("expected", sa.BigInteger()),
        *(sa.Column(name, sa.BigInteger(), server_default="0", nullable=False) for name in COUNTS),
        sa.Column("started_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("finished_at", sa.DateTime(timezone=True)),
        sa.Column("trouble", sa.Text()),
        sa.PrimaryKeyConstraint("installation_id", "subject", name=op.f("pk_reading")),
    )
    op.create_table(
        "shop_turn",
        sa.Column("installation_id", sa.Uuid(), nullable=False),
        sa.Column("fence", sa.BigInteger(), server_default="0", nullable=False),
        sa.Column("lease_until", sa.DateTime(timezone=True), server_default="epoch", nullable=False),
        sa.Column("probe_at", sa.DateTime(timezone=True), server_default="epoch", nullable=False),
        sa.PrimaryKeyConstraint("installation_id", name=op.f("pk_shop_turn")),
    )
    for table in TABLES:
        # nothing worth a proof is kept here, so it may go with its shop
        op.create_foreign_key(
            f"fk_{table}_installation_id", table, "installation", ["installation_id"], ["id"], ondelete="CASCADE"
        )
        op.execute(f"ALTER TABLE {table} ENABLE ROW LEVEL SECURITY")
        op.execute(f"ALTER TABLE {table} FORCE ROW LEVEL SECURITY")
        op.execute(
            f"CREATE POLICY own_shop ON {table} TO crm_app"
            f" USING (installation_id = {OWN}) WITH CHECK (installation_id = {OWN})"
        )
        op.execute(f"CREATE POLICY purge ON {table} FOR ALL TO CURRENT_USER USING (installation_id = {OWN})")
        op.execute(f"GRANT SELECT, INSERT, UPDATE ON {table} TO crm_app")


def downgrade() -> None:
    """What was read stays; only how far is forgotten, so the next reading begins again."""
    for table in TABLES:
        op.drop_table(table)
