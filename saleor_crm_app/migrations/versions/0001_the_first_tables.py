"""The first tables: inbox, facts, programs and the ledger, with the roles that may touch them."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None

SHOP_TABLES = (
    "customer",
    "order_fact",
    "program",
    "program_channel",
    "account",
    "entry",
    "lot",
    "lot_term",
    "allocation",
    "order_points",
)
APPEND_ONLY = ("entry", "allocation", "lot_term")
OWN = "nullif(current_setting('crm.installation', true), '')::uuid"


def upgrade() -> None:
    op.create_table(
        "account",
        sa.Column("installation_id", sa.Uuid(), nullable=False),
        sa.Column("shard_key", sa.BigInteger(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("customer_id", sa.Text(), nullable=False),
        sa.Column("program_id", sa.Uuid(), nullable=False),
        sa.Column("balance", sa.BigInteger(), server_default="0", nullable=False),
        sa.Column("deficit", sa.BigInteger(), server_default="0", nullable=False),
        sa.Column("last_seq", sa.BigInteger(), server_default="0", nullable=False),
        sa.Column("head", sa.LargeBinary(), server_default=sa.text("'\\x'::bytea"), nullable=False),
        sa.Column("opened_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("deficit >= 0", name=op.f("ck_account_deficit")),
        sa.PrimaryKeyConstraint("installation_id", "shard_key", "id", name=op.f("pk_account")),
        sa.UniqueConstraint(
            "installation_id",
            "shard_key",
            "customer_id",
            "program_id",
            name=op.f("uq_account_installation_id_shard_key_customer_id_program_id"),
        ),
    )
    op.create_index("ix_account_newest", "account", ["installation_id", "id"], unique=False)
    op.create_table(
        "allocation",
        sa.Column("installation_id", sa.Uuid(), nullable=False),
        sa.Column("shard_key", sa.BigInteger(), nullable=False),
        sa.Column("entry_id", sa.Uuid(), nullable=False),
        sa.Column("n", sa.SmallInteger(), nullable=False),
        sa.Column("lot_id", sa.Uuid(), nullable=True),
        sa.Column("points", sa.BigInteger(), nullable=False),
        sa.CheckConstraint("points <> 0", name=op.f("ck_allocation_points")),
        sa.PrimaryKeyConstraint("installation_id", "shard_key", "entry_id", "n", name=op.f("pk_allocation")),
    )
    op.create_index("ix_allocation_by_lot", "allocation", ["installation_id", "shard_key", "lot_id"], unique=False)
    op.create_table(
        "customer",
        sa.Column("installation_id", sa.Uuid(), nullable=False),
        sa.Column("shard_key", sa.BigInteger(), nullable=False),
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("is_active", sa.Boolean(), server_default=sa.text("true"), nullable=False),
        sa.Column("is_confirmed", sa.Boolean(), server_default=sa.text("false"), nullable=False),
        sa.Column("is_staff", sa.Boolean(), server_default=sa.text("false"), nullable=False),
        sa.Column("language", sa.Text(), server_default="", nullable=False),
        sa.Column("joined_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("deleted_at", sa.DateTime(timezone=True), nullable=True),
        sa.PrimaryKeyConstraint("installation_id", "shard_key", "id", name=op.f("pk_customer")),
    )
    op.create_table(
        "entry",
        sa.Column("installation_id", sa.Uuid(), nullable=False),
        sa.Column("shard_key", sa.BigInteger(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("account_id", sa.Uuid(), nullable=False),
        sa.Column("seq", sa.BigInteger(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("source", sa.Text(), nullable=False),
        sa.Column("points", sa.BigInteger(), nullable=False),
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("order_id", sa.Uuid(), nullable=True),
        sa.Column("program_version", sa.Integer(), nullable=False),
        sa.Column("explanation", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("occurred_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("recorded_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("hash_version", sa.SmallInteger(), nullable=False),
        sa.Column("prev_hash", sa.LargeBinary(), nullable=False),
        sa.Column("hash", sa.LargeBinary(), nullable=False),
        sa.CheckConstraint(
            "kind IN ('EARN','REDEEM','RETURN','EXPIRE','CLAWBACK','REVERSE','ADJUST','TRANSFER')",
            name=op.f("ck_entry_kind"),
        ),
        sa.CheckConstraint("points <> 0", name=op.f("ck_entry_points")),
        sa.PrimaryKeyConstraint("installation_id", "shard_key", "id", name=op.f("pk_entry")),
        sa.UniqueConstraint("installation_id", "shard_key", "account_id", "key", name="uq_entry_key"),
        sa.UniqueConstraint("installation_id", "shard_key", "account_id", "seq", name="uq_entry_seq"),
    )
    op.create_table(
        "inbox",
        sa.Column("installation_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("digest", sa.LargeBinary(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("source", sa.Text(), nullable=False),
        sa.Column("body", sa.LargeBinary(), nullable=False),
        sa.Column("received_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("state", sa.Text(), server_default="NEW", nullable=False),
        sa.Column("attempts", sa.SmallInteger(), server_default="0", nullable=False),
        sa.Column("fence", sa.BigInteger(), server_default="0", nullable=False),
        sa.Column("lease_until", sa.DateTime(timezone=True), nullable=True),
        sa.Column("applied_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("reason", sa.Text(), nullable=True),
        sa.CheckConstraint("state IN ('NEW', 'APPLIED', 'BURIED')", name=op.f("ck_inbox_state")),
        sa.PrimaryKeyConstraint("installation_id", "id", name=op.f("pk_inbox")),
        sa.UniqueConstraint("installation_id", "digest", name=op.f("uq_inbox_installation_id_digest")),
    )
    op.create_index(
        "ix_inbox_buried",
        "inbox",
        ["installation_id", "id"],
        unique=False,
        postgresql_where=sa.text("state = 'BURIED'"),
    )
    op.create_index("ix_inbox_waiting", "inbox", ["id"], unique=False, postgresql_where=sa.text("state = 'NEW'"))
    op.create_table(
        "installation",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("api_url", sa.Text(), nullable=False),
        sa.Column("app_id", sa.Text(), nullable=False),
        sa.Column("token", sa.LargeBinary(), nullable=False),
        sa.Column("shop_name", sa.Text(), server_default="", nullable=False),
        sa.Column("saleor_version", sa.Text(), server_default="", nullable=False),
        sa.Column("state", sa.Text(), server_default="ACTIVE", nullable=False),
        sa.Column("paused_reason", sa.Text(), nullable=True),
        sa.Column("jwks", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("jwks_fetched_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("jwks_tried_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("storefront_origins", sa.ARRAY(sa.Text()), server_default="{}", nullable=False),
        sa.Column("sandbox", sa.Boolean(), server_default=sa.text("false"), nullable=False),
        sa.Column("clock_offset", sa.Interval(), server_default="0", nullable=False),
        sa.Column("installed_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("registered_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint(
            "sandbox OR clock_offset = '0'::interval", name=op.f("ck_installation_only_a_sandbox_moves_time")
        ),
        sa.CheckConstraint("state IN ('ACTIVE', 'PAUSED')", name=op.f("ck_installation_state")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_installation")),
        sa.UniqueConstraint("api_url", name=op.f("uq_installation_api_url")),
    )
    op.create_table(
        "lot",
        sa.Column("installation_id", sa.Uuid(), nullable=False),
        sa.Column("shard_key", sa.BigInteger(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("account_id", sa.Uuid(), nullable=False),
        sa.Column("order_id", sa.Uuid(), nullable=True),
        sa.Column("granted", sa.BigInteger(), nullable=False),
        sa.Column("remaining", sa.BigInteger(), nullable=False),
        sa.Column("activates_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("terms", sa.Integer(), nullable=False),
        sa.CheckConstraint("(activates_at IS NULL) = (expires_at IS NULL)", name=op.f("ck_lot_terms")),
        sa.CheckConstraint("remaining BETWEEN 0 AND granted", name=op.f("ck_lot_remaining")),
        sa.PrimaryKeyConstraint("installation_id", "shard_key", "id", name=op.f("pk_lot")),
    )
    op.create_index(
        "ix_lot_open",
        "lot",
        ["installation_id", "shard_key", "account_id"],
        unique=False,
        postgresql_where=sa.text("remaining > 0"),
    )
    op.create_table(
        "lot_term",
        sa.Column("installation_id", sa.Uuid(), nullable=False),
        sa.Column("shard_key", sa.BigInteger(), nullable=False),
        sa.Column("lot_id", sa.Uuid(), nullable=False),
        sa.Column("n", sa.Integer(), nullable=False),
        sa.Column("activates_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("recorded_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("installation_id", "shard_key", "lot_id", "n", name=op.f("pk_lot_term")),
    )
    op.create_table(
        "order_fact",
        sa.Column("installation_id", sa.Uuid(), nullable=False),
        sa.Column("shard_key", sa.BigInteger(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("customer_id", sa.Text(), nullable=True),
        sa.Column("number", sa.Text(), nullable=False),
        sa.Column("channel", sa.Text(), nullable=False),
        sa.Column("currency", sa.Text(), nullable=False),
        sa.Column("status", sa.Text(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("issued_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("attached_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("source", sa.Text(), nullable=False),
        sa.Column("display_gross", sa.Boolean(), nullable=False),
        sa.Column("content", sa.LargeBinary(), nullable=False),
        sa.Column("snapshot", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.PrimaryKeyConstraint("installation_id", "shard_key", "id", name=op.f("pk_order_fact")),
    )
    op.create_index(
        "ix_order_fact_by_customer",
        "order_fact",
        ["installation_id", "shard_key", "customer_id", "created_at"],
        unique=False,
    )
    op.create_index("ix_order_fact_by_id", "order_fact", ["installation_id", "id"], unique=False)
    op.create_table(
        "order_points",
        sa.Column("installation_id", sa.Uuid(), nullable=False),
        sa.Column("shard_key", sa.BigInteger(), nullable=False),
        sa.Column("order_id", sa.Uuid(), nullable=False),
        sa.Column("account_id", sa.Uuid(), nullable=False),
        sa.Column("lot_id", sa.Uuid(), nullable=False),
        sa.Column("posted", sa.BigInteger(), nullable=False),
        sa.Column("taken_back", sa.BigInteger(), nullable=False),
        sa.Column("postings", sa.Integer(), nullable=False),
        sa.CheckConstraint("posted >= 0 AND taken_back >= 0", name=op.f("ck_order_points_posted")),
        sa.PrimaryKeyConstraint("installation_id", "shard_key", "order_id", name=op.f("pk_order_points")),
    )
    op.create_index("ix_order_points_by_order", "order_points", ["installation_id", "order_id"], unique=False)
    op.create_table(
        "program",
        sa.Column("installation_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("currency", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("zone", sa.Text(), server_default="UTC", nullable=False),
        sa.Column("version", sa.Integer(), server_default="1", nullable=False),
        sa.Column("is_default", sa.Boolean(), server_default=sa.text("true"), nullable=False),
        sa.Column("earn_points", sa.Integer(), nullable=False),
        sa.Column("earn_minor", sa.Integer(), nullable=False),
        sa.Column("burn_points", sa.Integer(), nullable=False),
        sa.Column("burn_minor", sa.Integer(), nullable=False),
        sa.Column("confirm_after_days", sa.Integer(), nullable=False),
        sa.Column("expire_after_days", sa.Integer(), nullable=False),
        sa.Column("earn_staff_orders", sa.Boolean(), server_default=sa.text("false"), nullable=False),
        sa.CheckConstraint(
            "earn_points >= 0 AND earn_minor > 0 AND burn_points > 0 AND burn_minor > 0", name=op.f("ck_program_rates")
        ),
        sa.PrimaryKeyConstraint("installation_id", "id", name=op.f("pk_program")),
    )
    op.create_index(
        "uq_program_default",
        "program",
        ["installation_id", "currency"],
        unique=True,
        postgresql_where=sa.text("is_default"),
    )
    op.create_table(
        "program_channel",
        sa.Column("installation_id", sa.Uuid(), nullable=False),
        sa.Column("channel", sa.Text(), nullable=False),
        sa.Column("program_id", sa.Uuid(), nullable=False),
        sa.PrimaryKeyConstraint("installation_id", "channel", name=op.f("pk_program_channel")),
    )
    # a row is claimed and finished; its body lies beside it, so that neither writes the body again
    op.execute("ALTER TABLE inbox ALTER COLUMN body SET STORAGE EXTERNAL")
    op.execute("ALTER TABLE inbox SET (toast_tuple_target = 128)")
    make_roles()
    isolate_shops()
    open_intake()
    keep_ledger_whole()


def make_roles() -> None:
    """Roles belong to the whole server, so another database may have made them already."""
    for role in ("crm_app", "crm_intake", "crm_jobs"):
        op.execute(
            f"""
            DO $$ BEGIN
                CREATE ROLE {role} NOLOGIN;
            EXCEPTION WHEN duplicate_object OR unique_violation THEN NULL;
            END $$
            """
        )
    op.execute("GRANT USAGE ON SCHEMA public TO crm_app, crm_intake, crm_jobs")


def isolate_shops() -> None:
    """crm_app sees and writes the rows of the installation set in its transaction, and no others."""
    for table in SHOP_TABLES:
        restrict(table, "installation_id")
        rights = "SELECT, INSERT" if table in APPEND_ONLY else "SELECT, INSERT, UPDATE"
        op.execute(f"GRANT {rights} ON {table} TO crm_app")
    # an order that gets its customer moves to another shard
    op.execute("GRANT DELETE ON order_fact TO crm_app")
    restrict("installation", "id")
    restrict("inbox", "installation_id")
    op.execute("GRANT SELECT, INSERT, UPDATE ON installation TO crm_app")
    op.execute("GRANT SELECT, UPDATE (state, attempts, lease_until, applied_at, reason) ON inbox TO crm_app")


def restrict(table: str, column: str) -> None:
    op.execute(f"ALTER TABLE {table} ENABLE ROW LEVEL SECURITY")
    op.execute(f"ALTER TABLE {table} FORCE ROW LEVEL SECURITY")
    op.execute(f"CREATE POLICY own_shop ON {table} TO crm_app USING ({column} = {OWN}) WITH CHECK ({column} = {OWN})")


def open_intake() -> None:
    """crm_intake appends to and claims from the inbox and reads installations, across shops."""
    op.execute("CREATE POLICY every_shop ON inbox TO crm_intake USING (true) WITH CHECK (true)")
    op.execute("CREATE POLICY every_shop ON installation FOR SELECT TO crm_intake USING (true)")
    op.execute("GRANT SELECT ON installation TO crm_intake")
    op.execute("GRANT SELECT, INSERT, UPDATE (lease_until, fence, attempts) ON inbox TO crm_intake")


def keep_ledger_whole() -> None:
    """Nobody changes what was posted, and an entry that is not fully allotted does not commit."""
    op.execute(
        """
        CREATE FUNCTION refuse_change() RETURNS trigger LANGUAGE plpgsql AS $$
        BEGIN
            RAISE EXCEPTION '% on % is refused: the ledger only grows', TG_OP, TG_TABLE_NAME
                USING ERRCODE = 'restrict_violation';
        END $$
        """
    )
    for table in APPEND_ONLY:
        op.execute(
            f"CREATE TRIGGER only_grows BEFORE UPDATE OR DELETE ON {table} "
            "FOR EACH ROW EXECUTE FUNCTION refuse_change()"
        )
        op.execute(
            f"CREATE TRIGGER only_grows_whole BEFORE TRUNCATE ON {table} "
            "FOR EACH STATEMENT EXECUTE FUNCTION refuse_change()"
        )
    op.execute(
        """
        CREATE FUNCTION demand_allotment() RETURNS trigger LANGUAGE plpgsql AS $$
        BEGIN
            IF (SELECT coalesce(sum(points), 0) FROM allocation
                WHERE installation_id = NEW.installation_id AND shard_key = NEW.shard_key AND entry_id = NEW.id)
               <> NEW.points
            THEN
                RAISE EXCEPTION 'entry % is not fully allotted', NEW.id
                    USING ERRCODE = 'integrity_constraint_violation';
            END IF;
            RETURN NULL;
        END $$
        """
    )
    op.execute(
        "CREATE CONSTRAINT TRIGGER fully_allotted AFTER INSERT ON entry "
        "DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION demand_allotment()"
    )


def downgrade() -> None:
    """Drop everything but the roles, which other databases of the server may use."""
    for table in (*SHOP_TABLES, "inbox", "installation"):
        op.drop_table(table)
    op.execute("DROP FUNCTION refuse_change()")
    op.execute("DROP FUNCTION demand_allotment()")
