"""Deliveries hold personal data, so those that were applied or buried long ago may be deleted."""

from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.execute("GRANT DELETE ON inbox TO crm_app")
    op.execute("CREATE INDEX ix_inbox_done ON inbox (installation_id, applied_at) WHERE state <> 'NEW'")


def downgrade() -> None:
    op.execute("DROP INDEX ix_inbox_done")
    op.execute("REVOKE DELETE ON inbox FROM crm_app")
