"""Earning rules and the versions they make, the example carts kept with each, and what budgets gave."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None

OWN = "nullif(current_setting('crm.installation', true), '')::uuid"
RIGHTS = {
    "earning_rule": "SELECT, INSERT, UPDATE",
    "rule_set": "SELECT, INSERT",
    "golden_cart": "SELECT, INSERT, UPDATE",
    "rule_budget": "SELECT, INSERT, UPDATE",
}


def upgrade() -> None:
    op.create_table(
        "earning_rule",
        sa.Column("installation_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("program_id", sa.Uuid(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("document", postgresql.JSONB(), nullable=False),
        sa.Column("author", sa.Text(), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("retired_at", sa.DateTime(timezone=True)),
        sa.CheckConstraint("version > 0", name=op.f("ck_earning_rule_version")),
        sa.PrimaryKeyConstraint("installation_id", "id", name=op.f("pk_earning_rule")),
    )
    op.create_index("ix_earning_rule_by_program", "earning_rule", ["installation_id", "program_id"])
    op.create_table(
        "rule_set",
        sa.Column("installation_id", sa.Uuid(), nullable=False),
        sa.Column("program_id", sa.Uuid(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("based_on", sa.Integer(), nullable=False),
        sa.Column("rules", postgresql.JSONB(), nullable=False),
        sa.Column("live_from", sa.DateTime(timezone=True), nullable=False),
        sa.Column("author", sa.Text(), nullable=False),
        sa.Column("published_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("note", sa.Text(), server_default="", nullable=False),
        # version 1 is the program's own rate, and never stored
        sa.CheckConstraint("version > 1 AND based_on < version", name=op.f("ck_rule_set_version")),
        sa.CheckConstraint("live_from >= published_at", name=op.f("ck_rule_set_live_from")),
        sa.PrimaryKeyConstraint("installation_id", "program_id", "version", name=op.f("pk_rule_set")),
    )
    op.create_table(
        "golden_cart",
        sa.Column("installation_id", sa.Uuid(), nullable=False),
        sa.Column("program_id", sa.Uuid(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("cart", postgresql.JSONB(), nullable=False),
        sa.Column("expected", sa.BigInteger(), nullable=False),
        sa.Column("removed_at", sa.DateTime(timezone=True)),
        sa.PrimaryKeyConstraint("installation_id", "program_id", "version", "name", name=op.f("pk_golden_cart")),
    )
    op.create_table(
        "rule_budget",
        sa.Column("installation_id", sa.Uuid(), nullable=False),
        sa.Column("rule_id", sa.Uuid(), nullable=False),
        sa.Column("granted", sa.BigInteger(), server_default="0", nullable=False),
        sa.CheckConstraint("granted >= 0", name=op.f("ck_rule_budget_granted")),
        sa.PrimaryKeyConstraint("installation_id", "rule_id", name=op.f("pk_rule_budget")),
    )
    for table, rights in RIGHTS.items():
        op.execute(f"ALTER TABLE {table} ENABLE ROW LEVEL SECURITY")
        op.execute(f"ALTER TABLE {table} FORCE ROW LEVEL SECURITY")
        op.execute(
            f"CREATE POLICY own_shop ON {table} TO crm_app"
            f" USING (installation_id = {OWN}) WITH CHECK (installation_id = {OWN})"
        )
        op.execute(f"CREATE POLICY purge ON {table} FOR ALL TO CURRENT_USER USING (installation_id = {OWN})")
        op.execute(f"GRANT {rights} ON {table} TO crm_app")
    # entries name the version they were granted by, so a version is never changed
    op.execute(
        "CREATE TRIGGER only_grows BEFORE UPDATE OR DELETE ON rule_set FOR EACH ROW EXECUTE FUNCTION refuse_change()"
    )
    op.execute(
        "CREATE TRIGGER only_grows_whole BEFORE TRUNCATE ON rule_set"
        " FOR EACH STATEMENT EXECUTE FUNCTION refuse_change()"
    )


def downgrade() -> None:
    """Forget the rules; what they granted stays in the ledger."""
    for table in RIGHTS:
        op.drop_table(table)
