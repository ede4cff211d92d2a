"""The months of programs that are closed, with their numbers as they were then; they never change."""

import sqlalchemy as sa
from alembic import op

revision = "0012"
down_revision = "0011"
branch_labels = None
depends_on = None

OWN = "nullif(current_setting('crm.installation', true), '')::uuid"
MOVEMENTS = ("issued", "redeemed", "returned", "clawed_back", "expired", "adjusted", "transferred")


def upgrade() -> None:
    op.create_table(
        "accounting_month",
        sa.Column("installation_id", sa.Uuid(), nullable=False),
        sa.Column("program_id", sa.Uuid(), nullable=False),
        sa.Column("month", sa.Date(), nullable=False),
        sa.Column("closed_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("closed_by", sa.Text(), nullable=False),
        sa.Column("entries", sa.BigInteger(), nullable=False),
        sa.Column("opening", sa.BigInteger(), nullable=False),
        *(sa.Column(name, sa.BigInteger(), nullable=False) for name in MOVEMENTS),
        sa.Column("closing", sa.BigInteger(), nullable=False),
        sa.Column("burn_points", sa.Integer(), nullable=False),
        sa.Column("burn_minor", sa.Integer(), nullable=False),
        sa.CheckConstraint("extract(day FROM month) = 1", name=op.f("ck_accounting_month_month")),
        sa.CheckConstraint("burn_points > 0 AND burn_minor > 0", name=op.f("ck_accounting_month_rate")),
        # whatever our code does: opening and movements are the closing
        sa.CheckConstraint(f"closing = opening + {' + '.join(MOVEMENTS)}", name=op.f("ck_accounting_month_balanced")),
        sa.PrimaryKeyConstraint("installation_id", "program_id", "month", name=op.f("pk_accounting_month")),
    )
    op.execute("ALTER TABLE accounting_month ENABLE ROW LEVEL SECURITY")
    op.execute("ALTER TABLE accounting_month FORCE ROW LEVEL SECURITY")
    op.execute(
        "CREATE POLICY own_shop ON accounting_month TO crm_app"
        f" USING (installation_id = {OWN}) WITH CHECK (installation_id = {OWN})"
    )
    op.execute(f"CREATE POLICY purge ON accounting_month FOR ALL TO CURRENT_USER USING (installation_id = {OWN})")
    op.execute("GRANT SELECT, INSERT ON accounting_month TO crm_app")
    op.execute(
        "CREATE TRIGGER only_grows BEFORE UPDATE OR DELETE ON accounting_month "
        "FOR EACH ROW EXECUTE FUNCTION refuse_change()"
    )
    op.execute(
        "CREATE TRIGGER only_grows_whole BEFORE TRUNCATE ON accounting_month "
        "FOR EACH STATEMENT EXECUTE FUNCTION refuse_change()"
    )


def downgrade() -> None:
    """The entries stay; which months were closed, and with which numbers, is forgotten."""
    op.drop_table("accounting_month")
