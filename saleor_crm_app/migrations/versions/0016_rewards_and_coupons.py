"""Rewards, coupons and their codes, campaigns' batches of codes, and incidents."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0016"
down_revision = "0015"
branch_labels = None
depends_on = None

OWN = "nullif(current_setting('crm.installation', true), '')::uuid"
TABLES = ("reward", "reward_voucher", "coupon", "coupon_use", "coupon_batch", "incident")


def upgrade() -> None:
    rename_codes("tender_code", "voucher_code")
    op.alter_column("voucher_code", "saleor_id", nullable=True)
    make_reward()
    make_reward_voucher()
    make_coupon()
    make_coupon_use()
    make_coupon_batch()
    make_incident()
    for table in TABLES:
        op.execute(f"ALTER TABLE {table} ENABLE ROW LEVEL SECURITY")
        op.execute(f"ALTER TABLE {table} FORCE ROW LEVEL SECURITY")
        op.execute(
            f"CREATE POLICY own_shop ON {table} TO crm_app"
            f" USING (installation_id = {OWN}) WITH CHECK (installation_id = {OWN})"
        )
        op.execute(f"CREATE POLICY purge ON {table} FOR ALL TO CURRENT_USER USING (installation_id = {OWN})")
        op.execute(f"GRANT SELECT, INSERT, UPDATE ON {table} TO crm_app")


def rename_codes(old: str, new: str) -> None:
    """The codes of tenders and of coupons are one pool, which has the name of what they are."""
    op.rename_table(old, new)
    op.execute(f"ALTER TABLE {new} RENAME CONSTRAINT pk_{old} TO pk_{new}")
    op.execute(f"ALTER TABLE {new} RENAME CONSTRAINT uq_{old}_installation_id_mac TO uq_{new}_installation_id_mac")
    op.execute(f"ALTER INDEX ix_{old}_free RENAME TO ix_{new}_free")
    op.execute(f"ALTER INDEX uq_{old}_taken_by RENAME TO uq_{new}_taken_by")


def make_reward() -> None:
    op.create_table(
        "reward",
        sa.Column("installation_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("program_id", sa.Uuid(), nullable=False),
        sa.Column("version", sa.Integer(), server_default="1", nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("terms", postgresql.JSONB(), nullable=False),
        sa.Column("stock_left", sa.BigInteger()),
        sa.Column("committed", sa.BigInteger(), server_default="0", nullable=False),
        sa.Column("made_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("retired_at", sa.DateTime(timezone=True)),
        sa.CheckConstraint("state IN ('ACTIVE', 'RETIRED')", name=op.f("ck_reward_state")),
        sa.CheckConstraint("stock_left >= 0", name=op.f("ck_reward_stock")),
        sa.CheckConstraint("committed >= 0", name=op.f("ck_reward_committed")),
        sa.PrimaryKeyConstraint("installation_id", "id", name=op.f("pk_reward")),
    )
    op.create_index("ix_reward_by_program", "reward", ["installation_id", "program_id", "id"])


def make_reward_voucher() -> None:
    op.create_table(
        "reward_voucher",
        sa.Column("installation_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("reward_id", sa.Uuid(), nullable=False),
        sa.Column("batch_id", sa.Uuid()),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("digest", sa.LargeBinary(), nullable=False),
        sa.Column("plan", postgresql.JSONB(), nullable=False),
        sa.Column("is_current", sa.Boolean(), nullable=False),
        sa.Column("voucher_id", sa.Text()),
        sa.Column("made_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ended_at", sa.DateTime(timezone=True)),
        sa.Column("checked_at", sa.DateTime(timezone=True)),
        sa.Column("drift", postgresql.JSONB()),
        sa.Column("busy_until", sa.DateTime(timezone=True)),
        sa.PrimaryKeyConstraint("installation_id", "id", name=op.f("pk_reward_voucher")),
    )
    op.create_index("ix_reward_voucher_by_reward", "reward_voucher", ["installation_id", "reward_id"])
    op.create_index("ix_reward_voucher_by_voucher", "reward_voucher", ["installation_id", "voucher_id"])
    op.create_index("ix_reward_voucher_by_name", "reward_voucher", ["installation_id", "name"])
    op.create_index(
        "uq_reward_voucher_current",
        "reward_voucher",
        ["installation_id", "reward_id"],
        unique=True,
        postgresql_where=sa.text("is_current AND batch_id IS NULL"),
    )
    op.create_index("uq_reward_voucher_batch", "reward_voucher", ["installation_id", "batch_id"], unique=True)


def make_coupon() -> None:
    op.create_table(
        "coupon",
        sa.Column("installation_id", sa.Uuid(), nullable=False),
        sa.Column("shard_key", sa.BigInteger(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("program_id", sa.Uuid(), nullable=False),
        sa.Column("reward_id", sa.Uuid(), nullable=False),
        sa.Column("customer_id", sa.Text()),
        sa.Column("batch_id", sa.Uuid()),
        sa.Column("origin", sa.Text(), nullable=False),
        sa.Column("medium", sa.Text(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("points", sa.BigInteger(), server_default="0", nullable=False),
        sa.Column("redemption_id", sa.Uuid()),
        sa.Column("returned", sa.BigInteger(), server_default="0", nullable=False),
        sa.Column("cost", sa.BigInteger(), server_default="0", nullable=False),
        sa.Column("worth", sa.BigInteger()),
        sa.Column("currency", sa.Text(), nullable=False),
        sa.Column("voucher_key", sa.Uuid()),
        sa.Column("saleor_id", sa.Text()),
        sa.Column("code_mac", sa.LargeBinary()),
        sa.Column("code_sealed", sa.LargeBinary()),
        sa.Column("issued_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True)),
        sa.Column("deliver_by", sa.DateTime(timezone=True)),
        sa.Column("ended_at", sa.DateTime(timezone=True)),
        sa.Column("order_id", sa.Uuid()),
        sa.Column("replaces", sa.Uuid()),
        sa.Column("revoking", sa.Boolean(), server_default=sa.false(), nullable=False),
        sa.Column("busy_until", sa.DateTime(timezone=True)),
        sa.Column("asked_at", sa.DateTime(timezone=True)),
        sa.CheckConstraint(
            "points >= 0 AND returned BETWEEN 0 AND points AND cost >= 0", name=op.f("ck_coupon_amounts")
        ),
        sa.CheckConstraint(
            "state IN ('HELD', 'ISSUED', 'USED', 'EXPIRED', 'REVOKED', 'FAILED')", name=op.f("ck_coupon_state")
        ),
        sa.CheckConstraint("medium IN ('VOUCHER', 'GIFT_CARD', 'NONE')", name=op.f("ck_coupon_medium")),
        sa.CheckConstraint("(code_mac IS NULL) = (code_sealed IS NULL)", name=op.f("ck_coupon_code")),
        sa.PrimaryKeyConstraint("installation_id", "shard_key", "id", name=op.f("pk_coupon")),
    )
    op.create_index(
        "ix_coupon_by_customer", "coupon", ["installation_id", "shard_key", "customer_id", "issued_at", "id"]
    )
    op.create_index("ix_coupon_by_code", "coupon", ["installation_id", "code_mac"])
    op.create_index("ix_coupon_by_card", "coupon", ["installation_id", "saleor_id"])
    op.create_index("ix_coupon_by_reward", "coupon", ["installation_id", "reward_id", "state"])
    op.create_index(
        "ix_coupon_by_batch",
        "coupon",
        ["installation_id", "batch_id", "id"],
        postgresql_where=sa.text("batch_id IS NOT NULL"),
    )
    op.create_index(
        "ix_coupon_open",
        "coupon",
        ["installation_id", "expires_at"],
        postgresql_where=sa.text("state IN ('HELD', 'ISSUED') AND batch_id IS NULL"),
    )
    op.create_index(
        "ix_coupon_held",
        "coupon",
        ["installation_id", "deliver_by"],
        postgresql_where=sa.text("state = 'HELD' AND batch_id IS NULL"),
    )
    op.create_index(
        "ix_coupon_batch_held",
        "coupon",
        ["installation_id", "batch_id", "id"],
        postgresql_where=sa.text("state = 'HELD' AND batch_id IS NOT NULL"),
    )


def make_coupon_use() -> None:
    op.create_table(
        "coupon_use",
        sa.Column("installation_id", sa.Uuid(), nullable=False),
        sa.Column("shard_key", sa.BigInteger(), nullable=False),
        sa.Column("coupon_id", sa.Uuid(), nullable=False),
        sa.Column("order_id", sa.Uuid(), nullable=False),
        sa.Column("batch_id", sa.Uuid()),
        sa.Column("customer_id", sa.Text()),
        sa.Column("ordered_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("amount", sa.BigInteger(), nullable=False),
        sa.Column("is_void", sa.Boolean(), nullable=False),
        sa.Column("outcome", sa.Text(), nullable=False),
        sa.Column("charged", sa.BigInteger(), server_default="0", nullable=False),
        sa.PrimaryKeyConstraint("installation_id", "shard_key", "coupon_id", "order_id", name=op.f("pk_coupon_use")),
    )
    op.create_index("ix_coupon_use_by_order", "coupon_use", ["installation_id", "order_id"])
    op.create_index(
        "ix_coupon_use_by_batch",
        "coupon_use",
        ["installation_id", "batch_id", "ordered_at"],
        postgresql_include=["amount", "is_void"],
        postgresql_where=sa.text("batch_id IS NOT NULL"),
    )


def make_coupon_batch() -> None:
    op.create_table(
        "coupon_batch",
        sa.Column("installation_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("program_id", sa.Uuid(), nullable=False),
        sa.Column("reward_id", sa.Uuid(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("prefix", sa.Text(), server_default="", nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("wanted", sa.Integer(), nullable=False),
        sa.Column("made", sa.Integer(), server_default="0", nullable=False),
        sa.Column("left_out", sa.Integer(), server_default="0", nullable=False),
        sa.Column("is_shared", sa.Boolean(), server_default=sa.false(), nullable=False),
        sa.Column("most_uses", sa.Integer()),
        sa.Column("once_per_customer", sa.Boolean(), server_default=sa.false(), nullable=False),
        sa.Column("budget", sa.BigInteger()),
        sa.Column("spent", sa.BigInteger(), server_default="0", nullable=False),
        sa.Column("uses", sa.Integer(), server_default="0", nullable=False),
        sa.Column("currency", sa.Text(), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True)),
        sa.Column("asked_by", sa.Text(), nullable=False),
        sa.Column("asked_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ended_at", sa.DateTime(timezone=True)),
        sa.Column("end_reason", sa.Text()),
        sa.Column("trouble", sa.Text()),
        sa.CheckConstraint("state IN ('RUNNING', 'READY', 'STOPPED', 'ENDED')", name=op.f("ck_coupon_batch_state")),
        sa.CheckConstraint(
            "(state = 'ENDED') = (end_reason IS NOT NULL AND ended_at IS NOT NULL)", name=op.f("ck_coupon_batch_end")
        ),
        sa.CheckConstraint("end_reason IN ('STAFF', 'BUDGET', 'EXPIRED')", name=op.f("ck_coupon_batch_end_reason")),
        sa.CheckConstraint("made BETWEEN 0 AND wanted", name=op.f("ck_coupon_batch_made")),
        sa.PrimaryKeyConstraint("installation_id", "id", name=op.f("pk_coupon_batch")),
    )
    op.create_index("ix_coupon_batch_newest", "coupon_batch", ["installation_id", "program_id", "id"])


def make_incident() -> None:
    op.create_table(
        "incident",
        sa.Column("installation_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("customer_id", sa.Text()),
        sa.Column("order_id", sa.Uuid()),
        sa.Column("subject_id", sa.Uuid()),
        sa.Column("lost", sa.BigInteger(), server_default="0", nullable=False),
        sa.Column("currency", sa.Text(), nullable=False),
        sa.Column("about", postgresql.JSONB(), server_default=sa.text("'{}'::jsonb"), nullable=False),
        sa.Column("opened_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("closed_at", sa.DateTime(timezone=True)),
        sa.Column("closed_by", sa.Text()),
        sa.CheckConstraint("lost >= 0", name=op.f("ck_incident_lost")),
        sa.PrimaryKeyConstraint("installation_id", "id", name=op.f("pk_incident")),
    )
    op.create_index("ix_incident_newest", "incident", ["installation_id", "opened_at", "id"])
    op.create_index("ix_incident_by_subject", "incident", ["installation_id", "subject_id"])


def downgrade() -> None:
    for table in reversed(TABLES):
        op.drop_table(table)
    op.execute("DELETE FROM voucher_code WHERE saleor_id IS NULL")
    op.alter_column("voucher_code", "saleor_id", nullable=False)
    rename_codes("voucher_code", "tender_code")
