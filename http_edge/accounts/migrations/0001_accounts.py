"""Accounts, sessions, API keys and the audit log."""

from alembic import op

revision = "0001"
down_revision = None

TABLES = (
    """
    CREATE TABLE account (
        id text PRIMARY KEY,
        email text NOT NULL,
        email_key text NOT NULL UNIQUE,
        display_name text NOT NULL,
        password_hash text NOT NULL,
        plan text NOT NULL,
        admin boolean NOT NULL DEFAULT false,
        created_at timestamptz NOT NULL,
        verified_at timestamptz,
        disabled_at timestamptz
    )
    """,
    "CREATE INDEX account_newest ON account (created_at DESC, id DESC)",
    """
    CREATE TABLE session (
        id text PRIMARY KEY,
        account_id text NOT NULL REFERENCES account ON DELETE CASCADE,
        token_digest bytea NOT NULL UNIQUE CHECK (length(token_digest) = 32),
        created_at timestamptz NOT NULL,
        last_used_at timestamptz NOT NULL,
        expires_at timestamptz NOT NULL,
        user_agent text NOT NULL,
        address text NOT NULL
    )
    """,
    "CREATE INDEX session_of_account ON session (account_id)",
    """
    CREATE TABLE api_key (
        id text PRIMARY KEY,
        account_id text NOT NULL REFERENCES account ON DELETE CASCADE,
        name text NOT NULL,
        prefix text NOT NULL UNIQUE,
        key_digest bytea NOT NULL CHECK (length(key_digest) = 32),
        scopes text[] NOT NULL,
        created_at timestamptz NOT NULL,
        expires_at timestamptz,
        last_used_at timestamptz
    )
    """,
    "CREATE INDEX api_key_of_account ON api_key (account_id)",
    """
    CREATE TABLE fact (
        position bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
        at timestamptz NOT NULL,
        account_id text,  -- no reference: facts outlive the account
        version smallint NOT NULL,
        fact json NOT NULL
    )
    """,
    "CREATE INDEX fact_of_account ON fact (account_id, position)",
)

# The log of facts only grows, whatever code connects.
APPEND_ONLY = (
    """
    CREATE FUNCTION refuse_change() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN
        RAISE EXCEPTION 'facts are appended and never changed';
    END
    $$
    """,
    """
    CREATE TRIGGER fact_is_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON fact
        FOR EACH STATEMENT EXECUTE FUNCTION refuse_change()
    """,
)

# Edges keep callers in memory for a while; whoever takes rights away, psql included, tells them so.
TELLING = (
    """
    CREATE FUNCTION tell_account() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN
        PERFORM pg_notify('accounts_changed', OLD.id);
        RETURN NULL;
    END
    $$
    """,
    """
    CREATE FUNCTION tell_owner() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN
        PERFORM pg_notify('accounts_changed', OLD.account_id);
        RETURN NULL;
    END
    $$
    """,
    """
    CREATE TRIGGER account_changed AFTER DELETE OR UPDATE OF plan, admin, disabled_at, password_hash ON account
        FOR EACH ROW EXECUTE FUNCTION tell_account()
    """,
    "CREATE TRIGGER session_ended AFTER DELETE ON session FOR EACH ROW EXECUTE FUNCTION tell_owner()",
    """
    CREATE TRIGGER api_key_changed AFTER DELETE OR UPDATE OF key_digest, scopes, expires_at ON api_key
        FOR EACH ROW EXECUTE FUNCTION tell_owner()
    """,
)


def upgrade() -> None:
    for statement in (*TABLES, *APPEND_ONLY, *TELLING):
        op.execute(statement)


def downgrade() -> None:
    op.execute("DROP TABLE fact, api_key, session, account")
    op.execute("DROP FUNCTION refuse_change, tell_account, tell_owner")
