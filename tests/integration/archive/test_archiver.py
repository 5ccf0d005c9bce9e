"""The archiver between a real Redis and a real PostgreSQL: every entry once, whoever dies and whatever is away."""

import asyncio
import os
import signal
import sys
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from datetime import timedelta
from operator import itemgetter

import pytest

from actors import archiver as archiver_module
from actors.archiver import Archiver
from actors.supervision import Supervisor
from streams import keys
from streams.archive.reading import JobQuery
from streams.archive.schema import ARCHIVE
from streams.ports import ActorReport
from streams.postgres.database import DatabaseUnavailableError
from streams.postgres.migrations import migrate
from streams.postgres.settings import DatabaseSettings
from streams.redis import RedisLog
from streams.redis.wire import Wire
from streams.replay.layout import read_layout
from streams.replay.reading import read_entries
from tests.conftest import RedisServer
from tests.integration.archive.conftest import Archived
from tests.postgres_server import TestDatabase
from tests.unit.streams.facts_made import AT, submission

DEADLINE = 30.0
Open = Callable[[str], AbstractAsyncContextManager[Archived]]


@pytest.fixture(autouse=True)
def _quick(monkeypatch: pytest.MonkeyPatch) -> None:
    """What takes seconds in production, for the sake of others, takes hundredths here."""
    monkeypatch.setattr(archiver_module, "REST", 0.01)
    monkeypatch.setattr(archiver_module, "WAIT", timedelta(milliseconds=50))
    monkeypatch.setattr(archiver_module, "LOOK_AROUND", 0.05)
    monkeypatch.setattr(archiver_module, "FORGET_EVERY", 0.05)
    monkeypatch.setattr(archiver_module, "LEFT_BEHIND", timedelta(milliseconds=200))


@asynccontextmanager
async def running(*archivers: Archiver) -> AsyncIterator[list[Supervisor]]:
    """Supervised, as their processes have them."""
    supervisors = [Supervisor("archiver", each.run, away=(DatabaseUnavailableError,)) for each in archivers]
    tasks = [asyncio.create_task(supervisor.run()) for supervisor in supervisors]
    try:
        yield supervisors
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)


def held(redis: RedisServer) -> int:
    """How many entries archivers have read and not acknowledged."""
    with redis.client() as client:
        groups = [group for name in client.keys("sandbox:*:submissions:*") for group in client.xinfo_groups(name)]
        return sum(group["pending"] for group in groups if group["name"] == keys.ARCHIVE.encode())


async def submit(log: RedisLog, count: int, first: int = 0) -> None:
    await log.report(ActorReport(name="e", kind="executor", host="h", pid=1, started_at=AT, language="python"), LONG)
    programs = [(submission(code=f"print({number})"), number % 2) for number in range(first, first + count)]
    await asyncio.gather(*(log.submit(program, partition) for program, partition in programs))


LONG = timedelta(minutes=5)


async def until(condition: Callable[[], Awaitable[bool]]) -> None:
    """Returns when it holds. The archive has nothing that could be waited on."""
    async with asyncio.timeout(DEADLINE):
        while not await condition():  # noqa: ASYNC110 - rows and groups are state, not messages
            await asyncio.sleep(0.02)


def caught_up(log: RedisLog) -> Callable[[], Awaitable[bool]]:
    async def is_caught_up() -> bool:
        lag = await log.archive_lag()
        return lag is not None and lag.entries == 0

    return is_caught_up


async def assert_all_there(log: RedisLog, redis: RedisServer, postgres: TestDatabase, archived: Archived) -> None:
    """Once caught up, the archive has exactly the entries of the streams, byte for byte."""
    await until(caught_up(log))
    wire = Wire(redis.settings)
    try:
        layout = await read_layout(wire)
        live = [(e.place.stream, e.position, e.fields) async for b in read_entries(wire, layout.places()) for e in b]
    finally:
        await wire.close()
    kept = [(e.place.stream, e.position, e.fields) async for b in archived.archive.entries() for e in b]
    assert sorted(kept, key=itemgetter(0, 1)) == sorted(live, key=itemgetter(0, 1))
    assert int(postgres.psql("SELECT count(*) FROM archive.fact")) == len(live)


async def test_everything_is_copied_also_what_was_there_before(
    redis_log: RedisLog, redis_server: RedisServer, postgres: TestDatabase, archived: Archived
) -> None:
    await submit(redis_log, 300)
    async with running(archived.archiver(redis_log)):
        await until(caught_up(redis_log))
        await submit(redis_log, 300, 300)
        await assert_all_there(redis_log, redis_server, postgres, archived)
    assert len((await archived.archive.jobs(JobQuery(limit=1000))).jobs) == 600


async def test_several_archivers_share_the_work(
    redis_log: RedisLog, redis_server: RedisServer, postgres: TestDatabase, archived: Archived
) -> None:
    archivers = [archived.archiver(redis_log, name=f"archiver-{number}") for number in range(3)]
    async with running(*archivers):
        await submit(redis_log, 1000)
        await assert_all_there(redis_log, redis_server, postgres, archived)


async def test_a_language_that_appears_later_is_found(
    redis_log: RedisLog, redis_server: RedisServer, postgres: TestDatabase, archived: Archived
) -> None:
    async with running(archived.archiver(redis_log)):
        await submit(redis_log, 1)
        await until(caught_up(redis_log))
        report = ActorReport(name="e", kind="executor", host="h", pid=1, started_at=AT, language="go")
        await redis_log.report(report, LONG)
        await redis_log.submit(submission(language="go"), 0)
        await assert_all_there(redis_log, redis_server, postgres, archived)


async def test_after_a_flush_it_goes_on(redis_log: RedisLog, redis_server: RedisServer, archived: Archived) -> None:
    async with running(archived.archiver(redis_log)):
        await submit(redis_log, 10)
        await until(caught_up(redis_log))
        with redis_server.client() as client:
            client.flushall()
        await submit(redis_log, 10, 10)
        await until(caught_up(redis_log))

        async def has_all() -> bool:
            return len((await archived.archive.jobs(JobQuery(limit=100))).jobs) == 20

        await until(has_all)


async def test_postgresql_that_comes_late_gets_everything(
    redis_log: RedisLog, redis_server: RedisServer, own_postgres: TestDatabase, opened: Open
) -> None:
    own_postgres.server.stop()
    async with opened(own_postgres.url) as archived, running(archived.archiver(redis_log)) as (supervisor,):
        await submit(redis_log, 50)

        async def has_said_so() -> bool:
            return "PostgreSQL" in supervisor.state

        await until(has_said_so)
        own_postgres.server.start()
        await assert_all_there(redis_log, redis_server, own_postgres, archived)


@pytest.mark.parametrize("how", ["fast", "immediate"])
async def test_a_restart_of_postgresql_loses_and_doubles_nothing(
    redis_log: RedisLog, redis_server: RedisServer, own_postgres: TestDatabase, opened: Open, how: str
) -> None:
    async with opened(own_postgres.url) as archived, running(archived.archiver(redis_log)):
        for round_ in range(3):
            submitting = asyncio.create_task(submit(redis_log, 400, 400 * round_))
            await asyncio.to_thread(own_postgres.server.stop, how)
            await submitting
            await asyncio.to_thread(own_postgres.server.start)
        await assert_all_there(redis_log, redis_server, own_postgres, archived)


async def test_a_postgresql_that_hangs_is_waited_for(
    redis_log: RedisLog,
    redis_server: RedisServer,
    own_postgres: TestDatabase,
    opened: Open,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("streams.postgres.database.ANSWER_DEADLINE", 0.3)
    monkeypatch.setattr("streams.postgres.database.CONNECT_DEADLINE", 0.5)
    async with opened(own_postgres.url) as archived, running(archived.archiver(redis_log)) as (supervisor,):
        await submit(redis_log, 20)
        await until(caught_up(redis_log))
        with own_postgres.server.frozen():
            await submit(redis_log, 20, 20)

            async def has_said_so() -> bool:
                return "PostgreSQL" in supervisor.state

            await until(has_said_so)
            lag = await redis_log.archive_lag()
            assert lag is not None
            assert lag.entries == 20
        await assert_all_there(redis_log, redis_server, own_postgres, archived)


async def test_an_archiver_killed_in_the_middle_of_a_batch_loses_and_doubles_nothing(
    redis_log: RedisLog, redis_server: RedisServer, postgres: TestDatabase, archived: Archived
) -> None:
    await submit(redis_log, 500)
    # Whoever stores waits for this lock: the batch was read, its transaction has begun, nothing is acknowledged.
    async with archived.archive.database.transaction() as connection:
        await connection.execute("LOCK TABLE archive.job IN EXCLUSIVE MODE")
        victim = await asyncio.create_subprocess_exec(
            *(sys.executable, "-m", "actors", "archiver"),
            env={
                **os.environ,
                "REDIS_ADDR": f"127.0.0.1:{redis_server.port}",
                "DATABASE_URL": postgres.url,
                "STREAM_PARTITIONS": "2",
                "STREAM_LANES": "2",
            },
            stderr=asyncio.subprocess.DEVNULL,
        )

        async def waits_for_the_lock() -> bool:
            waiting = "SELECT count(*) FROM pg_locks WHERE NOT granted"
            return held(redis_server) > 0 and await asyncio.to_thread(postgres.psql, waiting) != "0"

        await until(waits_for_the_lock)
        victim.send_signal(signal.SIGKILL)
        await victim.wait()
    lag = await redis_log.archive_lag()
    assert lag is not None
    assert lag.entries == 500
    assert held(redis_server) > 0
    async with running(archived.archiver(redis_log)):
        await assert_all_there(redis_log, redis_server, postgres, archived)


async def test_old_entries_are_deleted_while_new_ones_arrive(redis_log: RedisLog, archived: Archived) -> None:
    await submit(redis_log, 10)
    async with running(archived.archiver(redis_log, retention=timedelta(milliseconds=1))):

        async def is_empty() -> bool:
            lag = await redis_log.archive_lag()
            return lag is not None and lag.entries == 0 and (await archived.archive.extent()).first_ms is None

        await until(is_empty)


async def test_a_schema_of_a_newer_release_stops_it_with_a_reason(
    redis_log: RedisLog, postgres: TestDatabase, archived: Archived
) -> None:
    await migrate(DatabaseSettings(postgres.url), ARCHIVE)
    postgres.psql("UPDATE archive.alembic_version SET version_num = 'a9999'")
    async with running(archived.archiver(redis_log)) as (supervisor,):

        async def has_said_so() -> bool:
            return "a9999" in supervisor.state

        await until(has_said_so)
