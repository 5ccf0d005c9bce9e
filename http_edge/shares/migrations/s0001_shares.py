"""Public links to jobs. A job may be in the streams only, so nothing here refers to the archive's tables."""

from alembic import op

revision = "s0001"
down_revision = None


def upgrade() -> None:
    op.execute(
        """
        CREATE TABLE share (
            digest text PRIMARY KEY CHECK (digest ~ '^[0-9a-f]{64}$'),
            job text NOT NULL,
            account text,
            created_at timestamptz NOT NULL
        )
        """
    )
    op.execute("CREATE INDEX share_of_job ON share (job)")


def downgrade() -> None:
    op.execute("DROP TABLE share")
