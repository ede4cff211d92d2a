"""The job queue's own tables, as the library ships them, with the rights to owe jobs and to run them."""

from alembic import op
from procrastinate.schema import SchemaManager

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """The library's schema as of its version 3.10; its later changes come as revisions of their own."""
    # the raw cursor, since the library's SQL holds percent signs and colons that bound statements would read
    op.get_bind().connection.cursor().execute(SchemaManager.get_schema().encode())
    # whoever owes a job may call this one function and can read or change no job
    op.execute("ALTER FUNCTION procrastinate_defer_jobs_v1 SECURITY DEFINER SET search_path = public, pg_temp")
    op.execute("REVOKE EXECUTE ON FUNCTION procrastinate_defer_jobs_v1 FROM PUBLIC")
    op.execute("GRANT EXECUTE ON FUNCTION procrastinate_defer_jobs_v1 TO crm_app, crm_jobs")
    tables = "procrastinate_jobs, procrastinate_events, procrastinate_periodic_defers, procrastinate_workers"
    op.execute(f"GRANT SELECT, INSERT, UPDATE, DELETE ON {tables} TO crm_jobs")
    op.execute("GRANT USAGE ON ALL SEQUENCES IN SCHEMA public TO crm_jobs")


def downgrade() -> None:
    """Drop the queue with everything that waits in it."""
    op.execute(
        """
        DROP TABLE procrastinate_events, procrastinate_periodic_defers, procrastinate_jobs,
            procrastinate_workers CASCADE
        """
    )
    op.execute(
        """
        DO $$ DECLARE gone record; BEGIN
            FOR gone IN SELECT oid::regprocedure AS name FROM pg_proc
                        WHERE proname LIKE 'procrastinate%' AND pronamespace = 'public'::regnamespace
            LOOP EXECUTE 'DROP FUNCTION ' || gone.name || ' CASCADE'; END LOOP;
            FOR gone IN SELECT typname AS name FROM pg_type WHERE typname LIKE 'procrastinate%'
                        AND typtype IN ('e', 'c') AND typnamespace = 'public'::regnamespace
            LOOP EXECUTE 'DROP TYPE ' || gone.name || ' CASCADE'; END LOOP;
        END $$
        """
    )
