"""The life of installations: when they were paused and synced, their removal, its certificate, and API keys."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None

OWN = "nullif(current_setting('crm.installation', true), '')::uuid"
LEDGER = ("allocation", "lot_term", "entry")
OTHERS = ("lot", "order_points", "account", "program_channel", "program", "order_fact", "customer", "inbox", "api_key")


def upgrade() -> None:
    op.add_column("installation", sa.Column("paused_at", sa.DateTime(timezone=True)))
    op.add_column("installation", sa.Column("synced_at", sa.DateTime(timezone=True)))
    op.create_table(
        "certificate",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("installation_id", sa.Uuid(), nullable=False),
        sa.Column("api_url", sa.Text(), nullable=False),
        sa.Column("made_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("content", postgresql.JSONB(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_certificate"),
    )
    op.create_table(
        "api_key",
        sa.Column("installation_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("scopes", postgresql.ARRAY(sa.Text()), nullable=False),
        sa.Column("mac", sa.LargeBinary(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("revoked_at", sa.DateTime(timezone=True)),
        sa.PrimaryKeyConstraint("installation_id", "id", name="pk_api_key"),
    )
    op.create_index("uq_api_key_id", "api_key", ["id"], unique=True)
    for table, column in (("api_key", "installation_id"), ("certificate", "installation_id")):
        op.execute(f"ALTER TABLE {table} ENABLE ROW LEVEL SECURITY")
        op.execute(f"ALTER TABLE {table} FORCE ROW LEVEL SECURITY")
        op.execute(
            f"CREATE POLICY own_shop ON {table} TO crm_app USING ({column} = {OWN}) WITH CHECK ({column} = {OWN})"
        )
        # a caller who shows a key, or asks for a certificate, has not said yet which shop it is for
        op.execute(f"CREATE POLICY every_shop ON {table} FOR SELECT TO crm_intake USING (true)")
        op.execute(f"GRANT SELECT ON {table} TO crm_intake")
    op.execute("GRANT SELECT, INSERT, UPDATE ON api_key TO crm_app")
    op.execute("GRANT SELECT, INSERT ON certificate TO crm_app")
    let_purge()


def let_purge() -> None:
    """The ledger still refuses every change but one: a paused shop's rows may go all together, by this function."""
    op.execute(
        """
        CREATE OR REPLACE FUNCTION refuse_change() RETURNS trigger LANGUAGE plpgsql AS $$
        BEGIN
            IF TG_OP = 'DELETE' AND current_setting('crm.purging', true) = OLD.installation_id::text THEN
                RETURN OLD;
            END IF;
            RAISE EXCEPTION '% on % is refused: the ledger only grows', TG_OP, TG_TABLE_NAME
                USING ERRCODE = 'restrict_violation';
        END $$
        """
    )
    op.execute(
        f"""
        CREATE FUNCTION purge_installation() RETURNS boolean
        LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
        DECLARE gone uuid := {OWN}; held text;
        BEGIN
            PERFORM FROM installation WHERE id = gone AND state = 'PAUSED' FOR UPDATE;
            IF NOT FOUND THEN RETURN false; END IF;
            PERFORM set_config('crm.purging', gone::text, true);
            -- tables of later revisions too: whatever is a shop's goes, but for its certificate
            FOR held IN SELECT table_name FROM information_schema.columns
                        WHERE table_schema = 'public' AND column_name = 'installation_id'
                          AND table_name <> 'certificate'
            LOOP EXECUTE format('DELETE FROM %I WHERE installation_id = $1', held) USING gone; END LOOP;
            DELETE FROM installation WHERE id = gone;
            PERFORM set_config('crm.purging', '', true);
            RETURN true;
        END $$
        """
    )
    op.execute("REVOKE EXECUTE ON FUNCTION purge_installation() FROM PUBLIC")
    op.execute("GRANT EXECUTE ON FUNCTION purge_installation() TO crm_app")
    # the function acts as the owner, whom row-level security binds too
    for table in (*LEDGER, *OTHERS):
        op.execute(f"CREATE POLICY purge ON {table} FOR ALL TO CURRENT_USER USING (installation_id = {OWN})")
    op.execute(f"CREATE POLICY purge ON installation FOR ALL TO CURRENT_USER USING (id = {OWN})")


def downgrade() -> None:
    op.execute("DROP FUNCTION purge_installation()")
    for table in (*LEDGER, *OTHERS, "installation"):
        op.execute(f"DROP POLICY purge ON {table}")
    op.drop_table("api_key")
    op.drop_table("certificate")
    op.drop_column("installation", "synced_at")
    op.drop_column("installation", "paused_at")
    op.execute(
        """
        CREATE OR REPLACE FUNCTION refuse_change() RETURNS trigger LANGUAGE plpgsql AS $$
        BEGIN
            RAISE EXCEPTION '% on % is refused: the ledger only grows', TG_OP, TG_TABLE_NAME
                USING ERRCODE = 'restrict_violation';
        END $$
        """
    )
