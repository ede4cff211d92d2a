"""Facts about customers: the rollup of their orders, their scores, what loyalty and others told of them."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0017"
down_revision = "0016"
branch_labels = None
depends_on = None

OWN = "nullif(current_setting('crm.installation', true), '')::uuid"
TABLES = ("customer_rollup", "customer_score", "member_fact", "fact")


def upgrade() -> None:
    make_rollup()
    make_score()
    make_member_fact()
    make_fact()
    for table in TABLES:
        op.execute(f"ALTER TABLE {table} ENABLE ROW LEVEL SECURITY")
        op.execute(f"ALTER TABLE {table} FORCE ROW LEVEL SECURITY")
        op.execute(
            f"CREATE POLICY own_shop ON {table} TO crm_app"
            f" USING (installation_id = {OWN}) WITH CHECK (installation_id = {OWN})"
        )
        op.execute(f"CREATE POLICY purge ON {table} FOR ALL TO CURRENT_USER USING (installation_id = {OWN})")
        op.execute(f"GRANT SELECT, INSERT, UPDATE, DELETE ON {table} TO crm_app")


def of_customer() -> list[sa.Column[object]]:
    return [
        sa.Column("installation_id", sa.Uuid(), nullable=False),
        sa.Column("shard_key", sa.BigInteger(), nullable=False),
        sa.Column("customer_id", sa.Text(), nullable=False),
    ]


def moment(name: str, *, nullable: bool = True) -> sa.Column[object]:
    return sa.Column(name, sa.DateTime(timezone=True), nullable=nullable)


def counts(name: str) -> sa.Column[object]:
    return sa.Column(name, postgresql.JSONB(), server_default=sa.text("'{}'::jsonb"), nullable=False)


def make_rollup() -> None:
    op.create_table(
        "customer_rollup",
        *of_customer(),
        sa.Column("is_confirmed", sa.Boolean(), server_default=sa.false(), nullable=False),
        sa.Column("is_staff", sa.Boolean(), server_default=sa.false(), nullable=False),
        sa.Column("language", sa.Text(), server_default="", nullable=False),
        moment("joined_at"),
        sa.Column("birth_month", sa.SmallInteger()),
        sa.Column("currency", sa.Text()),
        sa.Column("orders", sa.Integer(), server_default="0", nullable=False),
        sa.Column("orders_365", sa.Integer(), server_default="0", nullable=False),
        sa.Column("revenue", sa.BigInteger(), server_default="0", nullable=False),
        sa.Column("revenue_365", sa.BigInteger(), server_default="0", nullable=False),
        moment("first_order_at"),
        moment("last_order_at"),
        sa.Column("second_day", sa.Date()),
        sa.Column("discount_permille", sa.Integer()),
        sa.Column("returned_permille", sa.Integer()),
        sa.Column("gaps", sa.Integer(), server_default="0", nullable=False),
        sa.Column("gap_days", sa.Float()),
        counts("channels"),
        counts("categories"),
        counts("collections"),
        counts("products"),
        moment("rolled_at", nullable=False),
        moment("look_at"),
        sa.CheckConstraint("birth_month BETWEEN 1 AND 12", name=op.f("ck_customer_rollup_birth_month")),
        sa.PrimaryKeyConstraint("installation_id", "shard_key", "customer_id", name=op.f("pk_customer_rollup")),
    )
    op.create_index(
        "ix_customer_rollup_look_at",
        "customer_rollup",
        ["installation_id", "look_at"],
        postgresql_where=sa.text("look_at IS NOT NULL"),
    )


def make_score() -> None:
    op.create_table(
        "customer_score",
        *of_customer(),
        sa.Column("recency", sa.SmallInteger()),
        sa.Column("frequency", sa.SmallInteger()),
        sa.Column("monetary", sa.SmallInteger()),
        sa.Column("cell", sa.Text()),
        moment("scored_at"),
        sa.Column("phase", sa.Text()),
        moment("phase_since"),
        sa.PrimaryKeyConstraint("installation_id", "shard_key", "customer_id", name=op.f("pk_customer_score")),
    )


def make_member_fact() -> None:
    op.create_table(
        "member_fact",
        *of_customer(),
        sa.Column("program_id", sa.Uuid(), nullable=False),
        sa.Column("tier", sa.Text()),
        moment("tier_since"),
        sa.Column("available", sa.BigInteger(), nullable=False),
        sa.Column("expiring", sa.BigInteger(), nullable=False),
        moment("last_active_at"),
        moment("observed_at", nullable=False),
        sa.PrimaryKeyConstraint(
            "installation_id", "shard_key", "customer_id", "program_id", name=op.f("pk_member_fact")
        ),
    )


def make_fact() -> None:
    op.create_table(
        "fact",
        *of_customer(),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("value", postgresql.JSONB(), nullable=False),
        sa.Column("source", sa.Text(), nullable=False),
        sa.Column("purpose", sa.Text()),
        moment("observed_at", nullable=False),
        moment("recorded_at", nullable=False),
        sa.CheckConstraint("source IN ('EVENT', 'STAFF', 'APP')", name=op.f("ck_fact_source")),
        sa.PrimaryKeyConstraint("installation_id", "shard_key", "customer_id", "name", name=op.f("pk_fact")),
    )


def downgrade() -> None:
    for table in reversed(TABLES):
        op.drop_table(table)
