"""Seals over all accounts: what they cover, what waits for one, their keys, and the verdicts on the books."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0011"
down_revision = "0010"
branch_labels = None
depends_on = None

OWN = "nullif(current_setting('crm.installation', true), '')::uuid"
RIGHTS = {
    "seal": "SELECT, INSERT",
    "sealed": "SELECT, INSERT",
    "unsealed": "SELECT, INSERT, DELETE",
    "seal_node": "SELECT, INSERT, UPDATE",
    "seal_key": "SELECT, INSERT, UPDATE (private_key, retired_at)",
    "verification": "SELECT, INSERT",
}
APPEND_ONLY = ("seal", "sealed")
INTAKE = {
    # which shops have something to seal, the keys that everybody may know, and the figures of the monitoring
    "unsealed": "installation_id",
    "seal_key": "id, public_key, made_at, retired_at",
    "verification": "installation_id, id, finished_at, broken",
}


def upgrade() -> None:
    op.create_table(
        "seal",
        sa.Column("installation_id", sa.Uuid(), nullable=False),
        sa.Column("n", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("accounts", sa.BigInteger(), nullable=False),
        sa.Column("root", sa.LargeBinary(), nullable=False),
        sa.Column("terms", sa.LargeBinary(), nullable=False),
        sa.Column("previous", sa.LargeBinary(), nullable=False),
        sa.Column("key_id", sa.Text(), nullable=False),
        sa.Column("signature", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("installation_id", "n", name=op.f("pk_seal")),
    )
    op.create_table(
        "sealed",
        *subject(),
        sa.Column("n", sa.BigInteger(), nullable=False),
        sa.Column("mark", sa.LargeBinary(), nullable=False),
        sa.CheckConstraint("kind IN ('ENTRY', 'TERM')", name=op.f("ck_sealed_kind")),
        sa.PrimaryKeyConstraint("installation_id", "shard_key", "subject_id", "seq", name=op.f("pk_sealed")),
    )
    op.create_table(
        "unsealed",
        *subject(),
        sa.CheckConstraint("kind IN ('ENTRY', 'TERM')", name=op.f("ck_unsealed_kind")),
        sa.PrimaryKeyConstraint("installation_id", "shard_key", "subject_id", "seq", name=op.f("pk_unsealed")),
    )
    op.create_table(
        "seal_node",
        sa.Column("installation_id", sa.Uuid(), nullable=False),
        sa.Column("number", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("hash", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("installation_id", "number", name=op.f("pk_seal_node")),
    )
    op.create_table(
        "seal_key",
        sa.Column("installation_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("public_key", sa.LargeBinary(), nullable=False),
        sa.Column("private_key", sa.LargeBinary(), nullable=False),
        sa.Column("made_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("retired_at", sa.DateTime(timezone=True)),
        sa.PrimaryKeyConstraint("installation_id", "id", name=op.f("pk_seal_key")),
    )
    signs = sa.text("retired_at IS NULL")
    op.create_index("uq_seal_key_current", "seal_key", ["installation_id"], unique=True, postgresql_where=signs)
    op.create_table(
        "verification",
        sa.Column("installation_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("started_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("finished_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("accounts", sa.BigInteger(), nullable=False),
        sa.Column("entries", sa.BigInteger(), nullable=False),
        sa.Column("points", sa.BigInteger(), nullable=False),
        sa.Column("seals", sa.BigInteger(), nullable=False),
        sa.Column("broken", sa.Integer(), nullable=False),
        sa.Column("findings", postgresql.JSONB(), nullable=False),
        sa.PrimaryKeyConstraint("installation_id", "id", name=op.f("pk_verification")),
    )
    isolate_shops()
    keep_whole()
    fill_queue()


def subject() -> tuple[sa.Column[object], ...]:
    return (
        sa.Column("installation_id", sa.Uuid(), nullable=False),
        sa.Column("shard_key", sa.BigInteger(), nullable=False),
        sa.Column("subject_id", sa.Uuid(), nullable=False),
        sa.Column("seq", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
    )


def isolate_shops() -> None:
    for table, rights in RIGHTS.items():
        op.execute(f"ALTER TABLE {table} ENABLE ROW LEVEL SECURITY")
        op.execute(f"ALTER TABLE {table} FORCE ROW LEVEL SECURITY")
        op.execute(
            f"CREATE POLICY own_shop ON {table} TO crm_app"
            f" USING (installation_id = {OWN}) WITH CHECK (installation_id = {OWN})"
        )
        op.execute(f"CREATE POLICY purge ON {table} FOR ALL TO CURRENT_USER USING (installation_id = {OWN})")
        op.execute(f"GRANT {rights} ON {table} TO crm_app")
    for table, columns in INTAKE.items():
        op.execute(f"CREATE POLICY every_shop ON {table} FOR SELECT TO crm_intake USING (true)")
        op.execute(f"GRANT SELECT ({columns}) ON {table} TO crm_intake")


def keep_whole() -> None:
    """Nobody changes a seal, and nothing is posted that does not wait for the next one."""
    for table in APPEND_ONLY:
        op.execute(
            f"CREATE TRIGGER only_grows BEFORE UPDATE OR DELETE ON {table} "
            "FOR EACH ROW EXECUTE FUNCTION refuse_change()"
        )
        op.execute(
            f"CREATE TRIGGER only_grows_whole BEFORE TRUNCATE ON {table} "
            "FOR EACH STATEMENT EXECUTE FUNCTION refuse_change()"
        )
    # one statement posts many entries: of each account the last one is what a seal covers
    op.execute(
        """
        CREATE FUNCTION await_seal_of_entries() RETURNS trigger LANGUAGE plpgsql AS $$
        BEGIN
            INSERT INTO unsealed (installation_id, shard_key, subject_id, seq, kind)
            SELECT installation_id, shard_key, account_id, max(seq), 'ENTRY' FROM fresh
            GROUP BY installation_id, shard_key, account_id;
            RETURN NULL;
        END $$
        """
    )
    op.execute(
        """
        CREATE FUNCTION await_seal_of_terms() RETURNS trigger LANGUAGE plpgsql AS $$
        BEGIN
            INSERT INTO unsealed (installation_id, shard_key, subject_id, seq, kind)
            SELECT installation_id, shard_key, lot_id, n, 'TERM' FROM fresh;
            RETURN NULL;
        END $$
        """
    )
    for table, function in (("entry", "await_seal_of_entries"), ("lot_term", "await_seal_of_terms")):
        op.execute(
            f"CREATE TRIGGER awaits_seal AFTER INSERT ON {table} REFERENCING NEW TABLE AS fresh "
            f"FOR EACH STATEMENT EXECUTE FUNCTION {function}()"
        )


def fill_queue() -> None:
    """What was posted before there were seals waits for the first one; the owner sees it only without its guard."""
    for table in ("account", "lot_term", "unsealed"):
        op.execute(f"ALTER TABLE {table} NO FORCE ROW LEVEL SECURITY")
    op.execute(
        """
        INSERT INTO unsealed (installation_id, shard_key, subject_id, seq, kind)
        SELECT installation_id, shard_key, id, last_seq, 'ENTRY' FROM account WHERE last_seq > 0
        UNION ALL SELECT installation_id, shard_key, lot_id, n, 'TERM' FROM lot_term
        """
    )
    for table in ("account", "lot_term", "unsealed"):
        op.execute(f"ALTER TABLE {table} FORCE ROW LEVEL SECURITY")


def downgrade() -> None:
    """The ledger stays as it is; only its seals are lost."""
    for table in ("entry", "lot_term"):
        op.execute(f"DROP TRIGGER awaits_seal ON {table}")
    op.execute("DROP FUNCTION await_seal_of_entries()")
    op.execute("DROP FUNCTION await_seal_of_terms()")
    for table in RIGHTS:
        op.drop_table(table)
