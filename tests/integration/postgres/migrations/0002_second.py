"""What the first version called a name is now in two columns."""

from alembic import op

revision = "0002"
down_revision = "0001"


def upgrade() -> None:
    op.execute("ALTER TABLE thing ADD COLUMN length integer")
    op.execute("UPDATE thing SET length = length(name)")
    op.execute("ALTER TABLE thing ALTER COLUMN length SET NOT NULL")


def downgrade() -> None:
    op.execute("ALTER TABLE thing DROP COLUMN length")
