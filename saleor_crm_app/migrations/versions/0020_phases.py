"""Each change of a customer's phase, when a shop's customers were scored, and in which country customers live."""

import sqlalchemy as sa
from alembic import op

revision = "0020"
down_revision = "0019"
branch_labels = None
depends_on = None

OWN = "nullif(current_setting('crm.installation', true), '')::uuid"
RIGHTS = {"phase_change": "SELECT, INSERT, UPDATE, DELETE", "scoring": "SELECT, INSERT, UPDATE"}


def upgrade() -> None:
    op.create_table(
        "phase_change",
        sa.Column("installation_id", sa.Uuid(), nullable=False),
        sa.Column("shard_key", sa.BigInteger(), nullable=False),
        sa.Column("customer_id", sa.Text(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("from_phase", sa.Text()),
        sa.Column("to_phase", sa.Text(), nullable=False),
        sa.Column("since", sa.DateTime(timezone=True)),
        sa.PrimaryKeyConstraint("installation_id", "shard_key", "customer_id", "at", name=op.f("pk_phase_change")),
    )
    op.create_table(
        "scoring",
        sa.Column("installation_id", sa.Uuid(), nullable=False),
        sa.Column("first_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("last_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("purchasers", sa.BigInteger(), nullable=False),
        sa.Column("gap_days", sa.Float()),
        sa.PrimaryKeyConstraint("installation_id", name=op.f("pk_scoring")),
    )
    op.add_column("customer", sa.Column("country", sa.Text()))
    op.add_column("customer_rollup", sa.Column("country", sa.Text(), server_default="", nullable=False))
    fill_changes()
    for table, rights in RIGHTS.items():
        op.execute(f"ALTER TABLE {table} ENABLE ROW LEVEL SECURITY")
        op.execute(f"ALTER TABLE {table} FORCE ROW LEVEL SECURITY")
        op.execute(
            f"CREATE POLICY own_shop ON {table} TO crm_app"
            f" USING (installation_id = {OWN}) WITH CHECK (installation_id = {OWN})"
        )
        op.execute(f"CREATE POLICY purge ON {table} FOR ALL TO CURRENT_USER USING (installation_id = {OWN})")
        op.execute(f"GRANT {rights} ON {table} TO crm_app")


def fill_changes() -> None:
    """Phases that were told before their changes were kept are first ones; the owner sees them without its guard."""
    op.execute("ALTER TABLE customer_score NO FORCE ROW LEVEL SECURITY")
    op.execute(
        """
        INSERT INTO phase_change (installation_id, shard_key, customer_id, at, to_phase, since)
        SELECT installation_id, shard_key, customer_id, scored_at, phase, phase_since FROM customer_score
        WHERE phase IS NOT NULL AND scored_at IS NOT NULL
        """
    )
    op.execute("ALTER TABLE customer_score FORCE ROW LEVEL SECURITY")


def downgrade() -> None:
    op.drop_column("customer_rollup", "country")
    op.drop_column("customer", "country")
    for table in reversed(RIGHTS):
        op.drop_table(table)
