"""Mails: those that wait to be sent, and the tokens that went out in them.

The outbox holds no token: one is made when its mail is sent, and only its digest is kept.
"""

from alembic import op

revision = "0002"
down_revision = "0001"

TABLES = (
    """
    CREATE TABLE mail_token (
        token_digest bytea PRIMARY KEY CHECK (length(token_digest) = 32),
        account_id text NOT NULL REFERENCES account ON DELETE CASCADE,
        purpose text NOT NULL CHECK (purpose IN ('verify', 'reset')),
        expires_at timestamptz NOT NULL,
        -- What a later registration of an unverified address chose; it counts once the address is known to be theirs.
        password_hash text,
        display_name text
    )
    """,
    "CREATE INDEX mail_token_of_account ON mail_token (account_id)",
    """
    CREATE TABLE outbox (
        id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
        account_id text NOT NULL REFERENCES account ON DELETE CASCADE,
        kind text NOT NULL CHECK (kind IN ('verify', 'taken', 'reset', 'password_changed')),
        password_hash text,
        display_name text,
        created_at timestamptz NOT NULL,
        due_at timestamptz NOT NULL,
        attempts integer NOT NULL DEFAULT 0
    )
    """,
    "CREATE INDEX outbox_due ON outbox (due_at)",
    "CREATE INDEX outbox_of_account ON outbox (account_id)",
)

TELLING = (
    """
    CREATE FUNCTION tell_outbox() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN
        PERFORM pg_notify('accounts_outbox', '');
        RETURN NULL;
    END
    $$
    """,
    "CREATE TRIGGER outbox_filled AFTER INSERT ON outbox FOR EACH STATEMENT EXECUTE FUNCTION tell_outbox()",
)


def upgrade() -> None:
    for statement in (*TABLES, *TELLING):
        op.execute(statement)


def downgrade() -> None:
    op.execute("DROP TABLE outbox, mail_token")
    op.execute("DROP FUNCTION tell_outbox")
