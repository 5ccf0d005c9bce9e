"""`codeportal archive` as people type it, against a real Redis and a real PostgreSQL."""

import json
from datetime import timedelta
from typing import Any

from streams.ports import ActorReport
from streams.redis import RedisLog
from tests.conftest import RedisServer
from tests.integration.archive.conftest import Archived
from tests.integration.archive.test_archiver import caught_up, running, submit, until
from tests.integration.command import CommandLine
from tests.postgres_server import TestDatabase
from tests.unit.streams.facts_made import AT


async def command(redis: RedisServer, postgres: TestDatabase, *words: str, code: int = 0) -> str:
    return await CommandLine(redis, postgres)("archive", *words, code=code)


async def status(redis: RedisServer, postgres: TestDatabase) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(await command(redis, postgres, "--json"))
    return found


async def test_it_tells_what_waits_and_what_is_there(
    redis_log: RedisLog, redis_server: RedisServer, postgres: TestDatabase, archived: Archived
) -> None:
    assert "no archive is kept" in await command(redis_server, postgres, code=1)
    await redis_log.keep_archive()
    await submit(redis_log, 5)
    found = await status(redis_server, postgres)
    assert (found["on"], found["waiting"], found["first_ms"]) == (True, 5, None)
    async with running(archived.archiver(redis_log)):
        await until(caught_up(redis_log))
    found = await status(redis_server, postgres)
    assert (found["waiting"], found["entries"]) == (0, 5)
    assert found["first_ms"] <= found["last_ms"]
    assert "it has every fact of the streams" in await command(redis_server, postgres)


async def test_an_archive_is_ended_only_while_no_archiver_runs(
    redis_log: RedisLog, redis_server: RedisServer, postgres: TestDatabase
) -> None:
    await redis_log.keep_archive()
    report = ActorReport(name="archiver-1", kind="archiver", host="h", pid=1, started_at=AT)
    await redis_log.report(report, timedelta(minutes=1))
    assert "stop it first" in await command(redis_server, postgres, "off", code=2)
    assert await redis_log.archive_lag() is not None
    await redis_log.withdraw("archiver-1")
    await command(redis_server, postgres, "off")
    assert await redis_log.archive_lag() is None


async def test_without_postgresql_it_says_so(
    redis_log: RedisLog, redis_server: RedisServer, own_postgres: TestDatabase
) -> None:
    await redis_log.keep_archive()
    own_postgres.server.stop()
    said = await command(redis_server, own_postgres, code=69)
    assert said.startswith("codeportal: PostgreSQL: ")
    assert "Traceback" not in said
