"""Goods: what is bought together, what is popular, how soon it is bought again, and what is on the shelf."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0021"
down_revision = "0020"
branch_labels = None
depends_on = None

OWN = "nullif(current_setting('crm.installation', true), '')::uuid"
TABLES = ("basket", "goods_learned", "product_pair", "product_popularity", "product_shelf")


def upgrade() -> None:
    op.create_table(
        "basket",
        sa.Column("installation_id", sa.Uuid(), nullable=False),
        sa.Column("order_id", sa.Uuid(), nullable=False),
        sa.Column("customer_id", sa.Text()),
        sa.Column("channel", sa.Text(), nullable=False),
        sa.Column("made_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("goods", postgresql.ARRAY(sa.Text()), nullable=False),
        sa.Column("units", postgresql.ARRAY(sa.Integer()), nullable=False),
        sa.Column("content", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("installation_id", "order_id", name=op.f("pk_basket")),
    )
    op.create_table(
        "goods_learned",
        sa.Column("installation_id", sa.Uuid(), nullable=False),
        sa.Column("orders", sa.BigInteger(), nullable=False),
        sa.Column("learned_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("installation_id", name=op.f("pk_goods_learned")),
    )
    op.create_table(
        "product_pair",
        sa.Column("installation_id", sa.Uuid(), nullable=False),
        sa.Column("product", sa.Text(), nullable=False),
        sa.Column("companion", sa.Text(), nullable=False),
        sa.Column("support", sa.Integer(), nullable=False),
        sa.Column("lift", sa.Float(), nullable=False),
        sa.PrimaryKeyConstraint("installation_id", "product", "companion", name=op.f("pk_product_pair")),
    )
    op.create_table(
        "product_popularity",
        *of_channel(),
        sa.Column("buyers", sa.Integer(), nullable=False),
        sa.Column("units", sa.BigInteger(), nullable=False),
        sa.Column("gaps", sa.Integer(), nullable=False),
        sa.Column("gap_days", sa.Float()),
        sa.PrimaryKeyConstraint("installation_id", "channel", "product", name=op.f("pk_product_popularity")),
    )
    op.create_table(
        "product_shelf",
        *of_channel(),
        sa.Column("is_sold", sa.Boolean(), nullable=False),
        sa.Column("name", sa.Text(), server_default="", nullable=False),
        sa.Column("category", sa.Text()),
        sa.Column("price", sa.BigInteger()),
        sa.Column("currency", sa.Text()),
        sa.Column("seen_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("installation_id", "channel", "product", name=op.f("pk_product_shelf")),
        sa.CheckConstraint(
            "NOT is_sold OR (price IS NOT NULL AND currency IS NOT NULL)", name=op.f("ck_product_shelf_price")
        ),
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
    op.execute("GRANT DELETE ON basket, product_pair, product_popularity, product_shelf TO crm_app")


def of_channel() -> list[sa.Column[object]]:
    return [
        sa.Column("installation_id", sa.Uuid(), nullable=False),
        sa.Column("channel", sa.Text(), nullable=False),
        sa.Column("product", sa.Text(), nullable=False),
    ]


def downgrade() -> None:
    for table in reversed(TABLES):
        op.drop_table(table)
