"""The pool: there before PostgreSQL is, plain about its absence, usable again after it."""

import asyncio
from collections.abc import Callable
from contextlib import ExitStack

import asyncpg
import pytest

from streams.postgres.database import (
    PATIENT,
    PROMPT,
    Database,
    DatabaseUnavailableError,
    Deadlines,
    open_database,
)
from streams.postgres.migrations import Migrations, migrate
from streams.postgres.queries import load_queries
from streams.postgres.settings import DatabaseSettings
from tests.integration.http_edge.client import ask_until
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


async def in_a_transaction(database: Database) -> None:
    async with database.transaction() as connection:
        await connection.fetchval("SELECT 1")


async def amid_a_transaction(database: Database, freeze: Callable[[], object]) -> None:
    async with database.transaction() as connection:
        await connection.fetchval("SELECT 1")
        freeze()
        await connection.fetchval("SELECT 1")


@pytest.mark.parametrize("pooled", [True, False])
async def test_a_server_that_hangs_costs_a_request_its_deadline_once(own_postgres: TestDatabase, pooled: bool) -> None:
    """Neither giving a connection back nor undoing a transaction waits for it again."""
    quick, at_most = Deadlines(1.0, 1.0), 1.8  # less than twice
    loop = asyncio.get_running_loop()
    async with open_database(DatabaseSettings(own_postgres.url), "test", deadlines=quick) as database:
        if pooled:
            await database.ping()
        with own_postgres.server.frozen():
            for ask in (database.ping, lambda: in_a_transaction(database)):
                began = loop.time()
                with pytest.raises(DatabaseUnavailableError):
                    await ask()
                assert loop.time() - began < at_most
        await in_a_transaction(database)
        with ExitStack() as stack:
            began = loop.time()
            with pytest.raises(DatabaseUnavailableError):
                await amid_a_transaction(database, lambda: stack.enter_context(own_postgres.server.frozen()))
            assert loop.time() - began < at_most
        await database.ping()


async def test_a_statement_that_was_given_up_ends_on_the_server(postgres: TestDatabase) -> None:
    quick = Deadlines(5.0, 0.3)
    async with open_database(DatabaseSettings(postgres.url), "given up", deadlines=quick) as database:
        with pytest.raises(DatabaseUnavailableError):
            async with database.transaction() as connection:
                await connection.execute("SELECT pg_sleep(600)")
        active = "SELECT count(*) FROM pg_stat_activity WHERE application_name = 'given up' AND state = 'active'"
        await ask_until(lambda: asyncio.to_thread(postgres.psql, active), lambda count: count == "0")


async def test_a_batch_has_more_time_than_a_request(postgres: TestDatabase) -> None:
    assert PATIENT.answer >= 5 * PROMPT.answer
    async with open_database(DatabaseSettings(postgres.url), "archiver") as database:
        assert database.deadlines is PATIENT
        async with database.connection() as connection:
            await connection.execute("SELECT pg_sleep($1)", PROMPT.answer + 0.2)


async def test_our_own_mistakes_are_not_its_absence(postgres: TestDatabase) -> None:
    async with open_database(DatabaseSettings(postgres.url), "test") as database:
        with pytest.raises(asyncpg.PostgresSyntaxError):
            async with database.connection() as connection:
                await connection.execute("SELEC 1")
        with pytest.raises(asyncpg.DataError):
            async with database.connection() as connection:
                await connection.fetchval("SELECT $1::int", "one")
