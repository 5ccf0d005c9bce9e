"""Entries as they lie in the streams, and a row for each job."""

from alembic import op

revision = "a0001"
down_revision = None


def upgrade() -> None:
    op.execute("""
        CREATE TABLE fact (
            stream    text    COLLATE "C" NOT NULL,
            ms        bigint  NOT NULL,
            seq       bigint  NOT NULL,
            partition integer NOT NULL,
            job       text    COLLATE "C",  -- as `type` and `at`: null for an entry that is no fact
            type      text,
            at        timestamptz,
            version   integer,
            fact      bytea,        -- the JSON as it was: jsonb would refuse U+0000 and forget the spelling
            other     bytea,        -- the whole entry, where version and fact are not all there is to it
            PRIMARY KEY (stream, ms, seq)
        )
    """)
    op.execute("CREATE INDEX fact_of_job ON fact (job, ms, seq)")
    op.execute("CREATE INDEX fact_by_position ON fact (ms, seq, stream)")
    # Half of all rows change once or twice soon after they came: room in their page saves the indexes from it.
    op.execute("""
        CREATE TABLE job (
            id                text COLLATE "C" PRIMARY KEY,
            partition         integer NOT NULL,
            language          text NOT NULL,
            lane              text NOT NULL,
            account           text,
            submitted         boolean NOT NULL,  -- whether the submission was seen; else the row is made of its address
            created_at        timestamptz NOT NULL,
            attempts          integer NOT NULL,  -- that started
            verdict           text,
            ended_ms          bigint,
            ended_seq         bigint,
            ended_attempts    integer,
            finished_at       timestamptz,
            duration_ms       double precision,
            cpu_ms            double precision,
            compile_cpu_ms    double precision,
            memory_peak_bytes bigint,
            exit_code         bigint,
            signal            text,
            status            text GENERATED ALWAYS AS (
                coalesce(verdict, CASE WHEN attempts > 0 THEN 'running' ELSE 'queued' END)
            ) STORED
        ) WITH (fillfactor = 80)
    """)
    op.execute("CREATE INDEX job_of_account ON job (account, created_at DESC, id DESC)")
    op.execute("CREATE INDEX job_by_time ON job (created_at DESC, id DESC)")


def downgrade() -> None:
    op.execute("DROP TABLE job")
    op.execute("DROP TABLE fact")
