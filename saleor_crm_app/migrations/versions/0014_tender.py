"""What pays at the shop's checkout for points: gift cards, codes, codes kept ready; and how often one may ask."""

import sqlalchemy as sa
from alembic import op

revision = "0014"
down_revision = "0013"
branch_labels = None
depends_on = None

OWN = "nullif(current_setting('crm.installation', true), '')::uuid"
TABLES = ("tender", "tender_voucher", "tender_code", "act_rate")


def upgrade() -> None:
    op.create_table(
        "tender",
        sa.Column("installation_id", sa.Uuid(), nullable=False),
        sa.Column("shard_key", sa.BigInteger(), nullable=False),
        sa.Column("hold_id", sa.Uuid(), nullable=False),
        sa.Column("customer_id", sa.Text(), nullable=False),
        sa.Column("program_id", sa.Uuid(), nullable=False),
        sa.Column("points", sa.BigInteger(), nullable=False),
        sa.Column("checkout_id", sa.Text(), nullable=False),
        sa.Column("channel", sa.Text(), nullable=False),
        sa.Column("currency", sa.Text(), nullable=False),
        sa.Column("amount", sa.BigInteger(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("saleor_id", sa.Text()),
        sa.Column("voucher_id", sa.Text()),
        sa.Column("code_mac", sa.LargeBinary()),
        sa.Column("code_sealed", sa.LargeBinary()),
        sa.Column("made_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ended_at", sa.DateTime(timezone=True)),
        sa.Column("busy_until", sa.DateTime(timezone=True)),
        sa.Column("turns", sa.Integer(), server_default="0", nullable=False),
        sa.Column("asked_at", sa.DateTime(timezone=True)),
        sa.CheckConstraint("points > 0 AND amount > 0", name=op.f("ck_tender_amount")),
        sa.CheckConstraint("kind IN ('GIFT_CARD', 'VOUCHER')", name=op.f("ck_tender_kind")),
        sa.CheckConstraint("state IN ('OPENING', 'LIVE', 'SPENT', 'DEAD')", name=op.f("ck_tender_state")),
        sa.PrimaryKeyConstraint("installation_id", "shard_key", "hold_id", name=op.f("pk_tender")),
    )
    op.create_index("ix_tender_by_checkout", "tender", ["installation_id", "checkout_id"])
    op.create_index("ix_tender_by_saleor", "tender", ["installation_id", "saleor_id"])
    op.create_index("ix_tender_by_voucher", "tender", ["installation_id", "voucher_id", "hold_id"])
    op.create_index("ix_tender_by_code", "tender", ["installation_id", "code_mac"])
    # one voucher for each amount in each channel: a voucher's worth is the same for all of its codes
    op.create_table(
        "tender_voucher",
        sa.Column("installation_id", sa.Uuid(), nullable=False),
        sa.Column("channel", sa.Text(), nullable=False),
        sa.Column("amount", sa.BigInteger(), nullable=False),
        sa.Column("currency", sa.Text(), nullable=False),
        sa.Column("voucher_id", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("installation_id", "channel", "amount", name=op.f("pk_tender_voucher")),
    )
    op.create_index("ix_tender_voucher_by_voucher", "tender_voucher", ["installation_id", "voucher_id"])
    op.create_table(
        "tender_code",
        sa.Column("installation_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("voucher_id", sa.Text(), nullable=False),
        sa.Column("saleor_id", sa.Text(), nullable=False),
        sa.Column("mac", sa.LargeBinary(), nullable=False),
        sa.Column("sealed", sa.LargeBinary(), nullable=False),
        sa.Column("taken_by", sa.Uuid()),
        sa.PrimaryKeyConstraint("installation_id", "id", name=op.f("pk_tender_code")),
        sa.UniqueConstraint("installation_id", "mac", name=op.f("uq_tender_code_installation_id_mac")),
    )
    op.create_index(
        "ix_tender_code_free",
        "tender_code",
        ["installation_id", "voucher_id", "id"],
        postgresql_where=sa.text("taken_by IS NULL"),
    )
    op.create_index("uq_tender_code_taken_by", "tender_code", ["installation_id", "taken_by"], unique=True)
    # one row for each caller and act, counted anew in each window of time
    op.create_table(
        "act_rate",
        sa.Column("installation_id", sa.Uuid(), nullable=False),
        sa.Column("owner", sa.Text(), nullable=False),
        sa.Column("act", sa.Text(), nullable=False),
        sa.Column("begun_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("acts", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("installation_id", "owner", "act", name=op.f("pk_act_rate")),
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
    op.execute("GRANT DELETE ON act_rate TO crm_app")


def downgrade() -> None:
    for table in TABLES:
        op.drop_table(table)
