"""Migrations on a real PostgreSQL: from empty, down and up, several processes at once, and newer than this release."""

import asyncio
import subprocess
import sys

import asyncpg
import pytest

from streams.postgres.database import DatabaseUnavailableError
from streams.postgres.migrations import Migrations, SchemaUnknownError, migrate
from streams.postgres.settings import DatabaseSettings
from tests.postgres_server import TestDatabase

TRIED = Migrations("tests.integration.postgres", "tried")
COLUMNS = "SELECT string_agg(column_name, ' ' ORDER BY ordinal_position) FROM information_schema.columns"
MIGRATING = """
import asyncio, sys
from streams.postgres.migrations import Migrations, migrate
from streams.postgres.settings import DatabaseSettings
print(asyncio.run(migrate(DatabaseSettings(sys.argv[1]), Migrations("tests.integration.postgres", "tried"))))
"""


def columns(postgres: TestDatabase, schema: str = "tried") -> str:
    return postgres.psql(f"{COLUMNS} WHERE table_schema = '{schema}' AND table_name = 'thing'")


async def test_from_empty_to_the_newest_and_again(postgres: TestDatabase) -> None:
    settings = DatabaseSettings(postgres.url)
    assert await migrate(settings, TRIED) == "0002"
    assert columns(postgres) == "id name length"
    postgres.psql("INSERT INTO tried.thing VALUES (1, 'one', 3)")
    assert await migrate(settings, TRIED) == "0002"
    assert postgres.psql("SELECT * FROM tried.thing") == "1|one|3"


async def test_down_and_up_with_data_from_the_version_before(postgres: TestDatabase) -> None:
    settings = DatabaseSettings(postgres.url)
    assert await migrate(settings, TRIED, "0001") == "0001"
    postgres.psql("INSERT INTO tried.thing VALUES (1, 'three')")
    assert await migrate(settings, TRIED) == "0002"
    assert postgres.psql("SELECT * FROM tried.thing") == "1|three|5"
    assert await migrate(settings, TRIED, "0001") == "0001"
    assert postgres.psql("SELECT * FROM tried.thing") == "1|three"
    assert await migrate(settings, TRIED, "base") is None
    assert columns(postgres) == ""


async def test_two_schemas_keep_their_own_versions(postgres: TestDatabase) -> None:
    settings = DatabaseSettings(postgres.url)
    other = Migrations("tests.integration.postgres", "other")
    assert await migrate(settings, TRIED, "0001") == "0001"
    assert await migrate(settings, other) == "0002"
    assert (columns(postgres), columns(postgres, "other")) == ("id name", "id name length")


async def test_processes_that_start_at_once_migrate_once(postgres: TestDatabase) -> None:
    def start() -> subprocess.Popen[str]:
        command = [sys.executable, "-c", MIGRATING, postgres.url]
        return subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)

    processes = [start() for _ in range(4)]
    said = [await asyncio.to_thread(process.communicate, timeout=60) for process in processes]
    assert said == [("0002\n", "")] * 4
    assert columns(postgres) == "id name length"


async def test_schemas_migrated_at_once_in_one_process_do_not_meet(postgres: TestDatabase) -> None:
    settings = DatabaseSettings(postgres.url)
    schemas = [Migrations("tests.integration.postgres", f"at_once_{number}") for number in range(6)]
    assert await asyncio.gather(*(migrate(settings, schema) for schema in schemas)) == ["0002"] * 6
    assert {columns(postgres, schema.schema) for schema in schemas} == {"id name length"}


async def test_who_migrates_waits_for_the_lock_of_another(postgres: TestDatabase) -> None:
    settings = DatabaseSettings(postgres.url)
    holder = await asyncpg.connect(postgres.url)
    try:
        await holder.execute(f"SELECT pg_advisory_lock({TRIED.lock})")
        migrating = asyncio.create_task(migrate(settings, TRIED))
        waiting = "SELECT count(*) FROM pg_locks WHERE locktype = 'advisory' AND NOT granted"
        async with asyncio.timeout(10):
            while await asyncio.to_thread(postgres.psql, waiting) != "1":
                assert not migrating.done()
        assert columns(postgres) == ""
        await holder.execute(f"SELECT pg_advisory_unlock({TRIED.lock})")
        assert await migrating == "0002"
    finally:
        await holder.close()


async def test_a_failing_revision_leaves_everything_as_it_was(postgres: TestDatabase) -> None:
    settings = DatabaseSettings(postgres.url)
    await migrate(settings, TRIED, "0001")
    postgres.psql("ALTER TABLE tried.thing ADD COLUMN length text")  # so that 0002 cannot add it
    with pytest.raises(Exception, match='column "length" of relation "thing" already exists'):
        await migrate(settings, TRIED)
    assert postgres.psql("SELECT version_num FROM tried.alembic_version") == "0001"


async def test_a_schema_of_a_newer_release_is_left_alone(postgres: TestDatabase) -> None:
    settings = DatabaseSettings(postgres.url)
    await migrate(settings, TRIED)
    postgres.psql("UPDATE tried.alembic_version SET version_num = '0099'")
    with pytest.raises(SchemaUnknownError, match="0099"):
        await migrate(settings, TRIED)
    assert postgres.psql("SELECT version_num FROM tried.alembic_version") == "0099"


async def test_without_postgresql_it_says_so() -> None:
    settings = DatabaseSettings("postgresql://nobody@127.0.0.1:1/nothing")
    with pytest.raises(DatabaseUnavailableError, match="Connect call failed"):
        await migrate(settings, TRIED)
