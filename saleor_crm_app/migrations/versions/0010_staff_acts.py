"""The audit trail, acts done once, and what staff may move alone or ask each other to approve."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None

OWN = "nullif(current_setting('crm.installation', true), '')::uuid"
RIGHTS = {
    "audit_trail": "SELECT, INSERT, UPDATE (actor_name, reason)",
    "idempotency": "SELECT, INSERT, DELETE",
    "staff_day": "SELECT, INSERT, UPDATE",
    "staff_request": "SELECT, INSERT, UPDATE",
}


def upgrade() -> None:
    make_trail()
    make_idempotency()
    make_approvals()
    for table, rights in RIGHTS.items():
        op.execute(f"ALTER TABLE {table} ENABLE ROW LEVEL SECURITY")
        op.execute(f"ALTER TABLE {table} FORCE ROW LEVEL SECURITY")
        op.execute(
            f"CREATE POLICY own_shop ON {table} TO crm_app"
            f" USING (installation_id = {OWN}) WITH CHECK (installation_id = {OWN})"
        )
        op.execute(f"CREATE POLICY purge ON {table} FOR ALL TO CURRENT_USER USING (installation_id = {OWN})")
        op.execute(f"GRANT {rights} ON {table} TO crm_app")
    keep_trail_whole()


def make_trail() -> None:
    op.create_table(
        "audit_trail",
        sa.Column("installation_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("actor_id", sa.Text(), nullable=False),
        sa.Column("actor_name", sa.Text()),
        sa.Column("act", sa.Text(), nullable=False),
        sa.Column("subject_kind", sa.Text()),
        sa.Column("subject_id", sa.Text()),
        sa.Column("before", postgresql.JSONB()),
        sa.Column("after", postgresql.JSONB()),
        sa.Column("reason", sa.Text()),
        sa.Column("request_id", sa.Text(), nullable=False),
        sa.CheckConstraint("(subject_kind IS NULL) = (subject_id IS NULL)", name=op.f("ck_audit_trail_subject")),
        sa.PrimaryKeyConstraint("installation_id", "id", name=op.f("pk_audit_trail")),
    )
    op.create_index("ix_audit_trail_by_subject", "audit_trail", ["installation_id", "subject_kind", "subject_id", "id"])
    op.create_index("ix_audit_trail_by_actor", "audit_trail", ["installation_id", "actor_id", "id"])


def make_idempotency() -> None:
    op.create_table(
        "idempotency",
        sa.Column("installation_id", sa.Uuid(), nullable=False),
        sa.Column("owner", sa.Text(), nullable=False),
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("input", sa.LargeBinary(), nullable=False),
        sa.Column("answer", postgresql.JSONB(), nullable=False),
        sa.Column("recorded_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("installation_id", "owner", "key", name=op.f("pk_idempotency")),
    )
    op.create_index("ix_idempotency_oldest", "idempotency", ["installation_id", "recorded_at"])


def make_approvals() -> None:
    op.create_table(
        "staff_day",
        sa.Column("installation_id", sa.Uuid(), nullable=False),
        sa.Column("actor_id", sa.Text(), nullable=False),
        sa.Column("program_id", sa.Uuid(), nullable=False),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("points", sa.BigInteger(), nullable=False),
        sa.CheckConstraint("points > 0", name=op.f("ck_staff_day_points")),
        sa.PrimaryKeyConstraint("installation_id", "actor_id", "program_id", "day", name=op.f("pk_staff_day")),
    )
    op.create_table(
        "staff_request",
        sa.Column("installation_id", sa.Uuid(), nullable=False),
        sa.Column("shard_key", sa.BigInteger(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("account_id", sa.Uuid(), nullable=False),
        sa.Column("points", sa.BigInteger(), nullable=False),
        sa.Column("act", postgresql.JSONB(), nullable=False),
        sa.Column("reason", sa.Text()),
        sa.Column("requester_id", sa.Text(), nullable=False),
        sa.Column("requester_name", sa.Text()),
        sa.Column("requested_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("state", sa.Text(), server_default="WAITING", nullable=False),
        sa.Column("decider_id", sa.Text()),
        sa.Column("decider_name", sa.Text()),
        sa.Column("decided_at", sa.DateTime(timezone=True)),
        sa.Column("entry_id", sa.Uuid()),
        sa.CheckConstraint(
            "state IN ('WAITING', 'APPROVED', 'REJECTED')",  # EXPIRED is read from the time
            name=op.f("ck_staff_request_state"),
        ),
        sa.CheckConstraint("(state = 'WAITING') = (decider_id IS NULL)", name=op.f("ck_staff_request_decided")),
        sa.CheckConstraint("(state = 'APPROVED') = (entry_id IS NOT NULL)", name=op.f("ck_staff_request_entry")),
        # whatever our code does, nobody approves what they asked for themselves
        sa.CheckConstraint(
            "state <> 'APPROVED' OR decider_id <> requester_id", name=op.f("ck_staff_request_four_eyes")
        ),
        sa.PrimaryKeyConstraint("installation_id", "shard_key", "id", name=op.f("pk_staff_request")),
    )
    op.create_index("ix_staff_request_newest", "staff_request", ["installation_id", "id"])


def keep_trail_whole() -> None:
    """Nobody changes what was done; a name and a reason may be erased, and a shop's rows may go all together."""
    op.execute(
        """
        CREATE FUNCTION refuse_audit_change() RETURNS trigger LANGUAGE plpgsql AS $$
        BEGIN
            IF TG_OP = 'DELETE' AND current_setting('crm.purging', true) = OLD.installation_id::text THEN
                RETURN OLD;
            END IF;
            IF TG_OP = 'UPDATE'
               AND (NEW.actor_name IS NULL OR NEW.actor_name = OLD.actor_name)
               AND (NEW.reason IS NULL OR NEW.reason = OLD.reason)
               AND to_jsonb(NEW) - '{actor_name,reason}'::text[] = to_jsonb(OLD) - '{actor_name,reason}'::text[]
            THEN
                RETURN NEW;
            END IF;
            RAISE EXCEPTION '% on % is refused: the audit trail only grows', TG_OP, TG_TABLE_NAME
                USING ERRCODE = 'restrict_violation';
        END $$
        """
    )
    op.execute(
        "CREATE TRIGGER only_grows BEFORE UPDATE OR DELETE ON audit_trail "
        "FOR EACH ROW EXECUTE FUNCTION refuse_audit_change()"
    )
    op.execute(
        "CREATE TRIGGER only_grows_whole BEFORE TRUNCATE ON audit_trail "
        "FOR EACH STATEMENT EXECUTE FUNCTION refuse_audit_change()"
    )


def downgrade() -> None:
    for table in RIGHTS:
        op.drop_table(table)
    op.execute("DROP FUNCTION refuse_audit_change()")
