"""What-if runs over a shop's own orders, and recalculations that were asked for."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0015"
down_revision = "0014"
branch_labels = None
depends_on = None

OWN = "nullif(current_setting('crm.installation', true), '')::uuid"


def upgrade() -> None:
    op.create_table(
        "simulation",
        sa.Column("installation_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("program_id", sa.Uuid(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("rules", postgresql.JSONB(), nullable=False),
        sa.Column("based_on", sa.Integer(), nullable=False),
        sa.Column("since", sa.DateTime(timezone=True)),
        sa.Column("until", sa.DateTime(timezone=True), nullable=False),
        sa.Column("asked_by", sa.Text(), nullable=False),
        sa.Column("asked_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ended_at", sa.DateTime(timezone=True)),
        sa.Column("expected", sa.BigInteger(), server_default="0", nullable=False),
        sa.Column("shard_after", sa.BigInteger()),
        sa.Column("customer_after", sa.Text()),
        sa.Column("tally", postgresql.JSONB(), nullable=False),
        sa.CheckConstraint("state IN ('RUNNING', 'DONE', 'STOPPED')", name=op.f("ck_simulation_state")),
        sa.PrimaryKeyConstraint("installation_id", "id", name=op.f("pk_simulation")),
    )
    op.create_index("ix_simulation_newest", "simulation", ["installation_id", "program_id", "id"])
    op.execute("ALTER TABLE simulation ENABLE ROW LEVEL SECURITY")
    op.execute("ALTER TABLE simulation FORCE ROW LEVEL SECURITY")
    op.execute(
        "CREATE POLICY own_shop ON simulation TO crm_app"
        f" USING (installation_id = {OWN}) WITH CHECK (installation_id = {OWN})"
    )
    op.execute(f"CREATE POLICY purge ON simulation FOR ALL TO CURRENT_USER USING (installation_id = {OWN})")
    op.execute("GRANT SELECT, INSERT, UPDATE ON simulation TO crm_app")


def downgrade() -> None:
    op.drop_table("simulation")
