"""The pool: there before PostgreSQL is, plain about its absence, usable again after it."""

import asyncpg
import pytest

from streams.postgres.database import DatabaseUnavailableError, open_database
from streams.postgres.migrations import Migrations, migrate
from streams.postgres.queries import load_queries
from streams.postgres.settings import DatabaseSettings
from tests.postgres_server import TestDatabase

TRIED = Migrations("tests.integration.postgres", "tried")


async def test_named_queries_run(postgres: TestDatabase) -> None:
    settings = DatabaseSettings(postgres.url)
    await migrate(settings, TRIED, "0001")
    queries = load_queries("tests.integration.postgres")
    async with open_database(settings, "test") as database:
        async with database.transaction() as connection:
            await connection.execute(queries["add_thing"], 1, "one")
        async with database.connection() as connection:
            assert [row["name"] for row in await connection.fetch(queries["names"])] == ["one"]


async def test_a_failed_transaction_leaves_nothing(postgres: TestDatabase) -> None:
    settings = DatabaseSettings(postgres.url)
    await migrate(settings, TRIED, "0001")
    queries = load_queries("tests.integration.postgres")
    async with open_database(settings, "test") as database:

        async def add_twice() -> None:
            async with database.transaction() as connection:
                await connection.execute(queries["add_thing"], 1, "one")
                await connection.execute(queries["add_thing"], 1, "again")

        with pytest.raises(asyncpg.UniqueViolationError):
            await add_twice()
        assert postgres.psql("SELECT count(*) FROM tried.thing") == "0"


async def test_it_opens_without_postgresql_and_works_once_it_is_there(own_postgres: TestDatabase) -> None:
    own_postgres.server.stop()
    async with open_database(DatabaseSettings(own_postgres.url), "test") as database:
        with pytest.raises(DatabaseUnavailableError):
            await database.ping()
        own_postgres.server.start()
        await database.ping()


@pytest.mark.parametrize("how", ["fast", "immediate"])
async def test_it_is_usable_again_after_a_restart(own_postgres: TestDatabase, how: str) -> None:
    async with open_database(DatabaseSettings(own_postgres.url), "test") as database:

        async def ask_while_it_stops() -> None:
            async with database.connection() as connection:
                own_postgres.server.stop(how)
                await connection.fetchval("SELECT 1")

        with pytest.raises(DatabaseUnavailableError):
            await ask_while_it_stops()
        with pytest.raises(DatabaseUnavailableError):
            await database.ping()
        own_postgres.server.start()
        await database.ping()


async def test_a_server_that_hangs_is_one_that_is_away(own_postgres: TestDatabase) -> None:
    async with open_database(DatabaseSettings(own_postgres.url), "test") as database:
        with own_postgres.server.frozen(), pytest.raises(DatabaseUnavailableError):
            async with database.connection() as connection:
                await connection.fetchval("SELECT 1", timeout=0.5)
        await database.ping()


async def test_our_own_mistakes_are_not_its_absence(postgres: TestDatabase) -> None:
    async with open_database(DatabaseSettings(postgres.url), "test") as database:
        with pytest.raises(asyncpg.PostgresSyntaxError):
            async with database.connection() as connection:
                await connection.execute("SELEC 1")
        with pytest.raises(asyncpg.DataError):
            async with database.connection() as connection:
                await connection.fetchval("SELECT $1::int", "one")
