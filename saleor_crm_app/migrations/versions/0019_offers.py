"""Campaigns and offers: their terms, what was published, and what customers answered."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0019"
down_revision = "0018"
branch_labels = None
depends_on = None

OWN = "nullif(current_setting('crm.installation', true), '')::uuid"
TABLES = ("campaign", "offer", "offer_policy", "offer_decision", "offer_response")


def upgrade() -> None:
    op.create_table(
        "campaign",
        *of_shop(),
        sa.Column("program_id", sa.Uuid(), nullable=False),
        sa.Column("version", sa.Integer(), server_default="1", nullable=False),
        sa.Column("state", sa.Text(), server_default="DRAFT", nullable=False),
        sa.Column("terms", postgresql.JSONB(), nullable=False),
        sa.Column("committed", sa.BigInteger(), server_default="0", nullable=False),
        sa.Column("made_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ended_at", sa.DateTime(timezone=True)),
        sa.CheckConstraint("state IN ('DRAFT', 'LIVE', 'ENDED')", name=op.f("ck_campaign_state")),
        sa.CheckConstraint("committed >= 0", name=op.f("ck_campaign_committed")),
        sa.PrimaryKeyConstraint("installation_id", "id", name=op.f("pk_campaign")),
    )
    op.create_index("ix_campaign_by_program", "campaign", ["installation_id", "program_id", "id"])
    op.create_table(
        "offer",
        *of_shop(),
        sa.Column("campaign_id", sa.Uuid(), nullable=False),
        sa.Column("program_id", sa.Uuid(), nullable=False),
        sa.Column("version", sa.Integer(), server_default="1", nullable=False),
        sa.Column("terms", postgresql.JSONB(), nullable=False),
        sa.Column("shown", sa.BigInteger(), server_default="0", nullable=False),
        sa.Column("accepted", sa.BigInteger(), server_default="0", nullable=False),
        sa.Column("made_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("retired_at", sa.DateTime(timezone=True)),
        sa.PrimaryKeyConstraint("installation_id", "id", name=op.f("pk_offer")),
    )
    op.create_index("ix_offer_by_campaign", "offer", ["installation_id", "campaign_id", "id"])
    op.create_index("ix_offer_by_program", "offer", ["installation_id", "program_id", "id"])
    op.create_table(
        "offer_policy",
        sa.Column("installation_id", sa.Uuid(), nullable=False),
        sa.Column("program_id", sa.Uuid(), nullable=False),
        sa.Column("revision", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("installation_id", "program_id", name=op.f("pk_offer_policy")),
    )
    op.create_table(
        "offer_decision",
        *of_customer(),
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("program_id", sa.Uuid(), nullable=False),
        sa.Column("placement", sa.Text(), nullable=False),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("revision", sa.BigInteger(), nullable=False),
        sa.Column("is_exploring", sa.Boolean(), nullable=False),
        sa.Column("recorded_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("installation_id", "shard_key", "customer_id", "id", name=op.f("pk_offer_decision")),
    )
    op.create_table(
        "offer_response",
        *of_customer(),
        sa.Column("offer_id", sa.Uuid(), nullable=False),
        sa.Column("response", sa.Text(), nullable=False),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("number", sa.SmallInteger(), server_default="0", nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("decision_id", sa.Text(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("coupon_id", sa.Uuid()),
        sa.Column("cost", sa.BigInteger(), server_default="0", nullable=False),
        sa.CheckConstraint(
            "response IN ('SEEN', 'CLICKED', 'NOT_FOR_ME', 'DISMISSED', 'ACCEPTED')",
            name=op.f("ck_offer_response_response"),
        ),
        sa.PrimaryKeyConstraint(
            "installation_id",
            "shard_key",
            "customer_id",
            "offer_id",
            "response",
            "day",
            "number",
            name=op.f("pk_offer_response"),
        ),
    )
    op.create_index("ix_offer_response_by_offer", "offer_response", ["installation_id", "offer_id", "response", "day"])
    for table in TABLES:
        op.execute(f"ALTER TABLE {table} ENABLE ROW LEVEL SECURITY")
        op.execute(f"ALTER TABLE {table} FORCE ROW LEVEL SECURITY")
        op.execute(
            f"CREATE POLICY own_shop ON {table} TO crm_app"
            f" USING (installation_id = {OWN}) WITH CHECK (installation_id = {OWN})"
        )
        op.execute(f"CREATE POLICY purge ON {table} FOR ALL TO CURRENT_USER USING (installation_id = {OWN})")
        op.execute(f"GRANT SELECT, INSERT, UPDATE ON {table} TO crm_app")
    op.execute("GRANT DELETE ON offer_decision, offer_response TO crm_app")


def of_shop() -> list[sa.Column[object]]:
    return [
        sa.Column("installation_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
    ]


def of_customer() -> list[sa.Column[object]]:
    return [
        sa.Column("installation_id", sa.Uuid(), nullable=False),
        sa.Column("shard_key", sa.BigInteger(), nullable=False),
        sa.Column("customer_id", sa.Text(), nullable=False),
    ]


def downgrade() -> None:
    for table in reversed(TABLES):
        op.drop_table(table)
