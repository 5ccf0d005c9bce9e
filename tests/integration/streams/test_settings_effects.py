"""What the settings of the streams do, each seen in a real Redis."""

import asyncio
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path

import msgspec
import pytest
import structlog

from actors.janitor import Janitor
from streams import keys
from streams.env import Env, SettingError
from streams.facts import Idempotency, Lane, Lost
from streams.ports import ActorReport, Claim, DeadLetter, LogUnavailableError, Projectable, Topology
from streams.redis import RedisLog, open_log
from streams.settings import (
    DeadLetterSettings,
    RedisSettings,
    StreamSettings,
    dead_letter_settings,
    redis_settings,
    stream_settings,
)
from streams.system import SystemClock
from tests.conftest import STREAM_SETTINGS, RedisServer, free_port
from tests.unit.streams.facts_made import AT, finished, started, submission

SHORT = timedelta(milliseconds=50)


def settings(**environment: str) -> StreamSettings:
    return stream_settings(Env(environment))


@asynccontextmanager
async def opened(server: RedisServer, streams: StreamSettings) -> AsyncIterator[RedisLog]:
    async with open_log(server.settings, streams) as log:
        report = ActorReport(name="e", kind="executor", host="h", pid=1, started_at=AT, language="python")
        await log.report(report, timedelta(seconds=5))
        yield log


async def finish_one(log: RedisLog) -> str:
    """A job's whole life; returns its hash's key."""
    job = await log.submit(submission(), 0)
    (claim,) = await log.claim("python", "a", 1, SHORT)
    assert isinstance(claim, Claim)
    await log.begin(claim, "a", started(job))
    await log.end(claim, "a", finished(job))
    while entries := await log.read_facts("p", 100, SHORT):
        await log.project([entry for entry in entries if isinstance(entry, Projectable)])
    return keys.hash_of(job)


async def test_job_ttl_is_how_long_results_live(redis_server: RedisServer) -> None:
    async with opened(redis_server, settings(JOB_TTL="2h", STREAM_RETENTION="1h")) as log:
        name = await finish_one(log)
    with redis_server.client() as client:
        assert 7_100_000 < client.pttl(name) <= 7_200_000


async def test_stream_retention_is_how_long_entries_live(redis_server: RedisServer) -> None:
    streams = settings(STREAM_RETENTION="1ms")
    async with opened(redis_server, streams) as log:
        await finish_one(log)
        with redis_server.client() as client:
            assert client.xlen(keys.events(0)) == 2
            await Janitor(log, "janitor", SystemClock(), streams.retention, DeadLetterSettings()).tidy()
            assert client.xlen(keys.events(0)) == 0


class InAnHour(SystemClock):
    """When what is made now is an hour old."""

    def now(self) -> datetime:
        return super().now() + timedelta(hours=1)


@pytest.mark.parametrize("bound", [{"DEAD_LETTER_TTL": "59m"}, {"DEAD_LETTERS_SIZE": "1"}])
async def test_dead_letters_are_kept_within_bounds(redis_server: RedisServer, bound: dict[str, str]) -> None:
    """By age, or by size; and the log says what went."""
    async with opened(redis_server, settings()) as log:
        job = await log.submit(submission(), 0)
        (claim,) = await log.claim("python", "a", 1, SHORT)
        assert isinstance(claim, Claim)
        letter = DeadLetter(at=AT, reason="gave up", stream="s", position="1-1")
        await log.end(claim, "a", Lost(at=AT, by="a", job=str(job), attempts=3, reason="gave up"), letter)
        with redis_server.client() as client, structlog.testing.capture_logs() as said:
            for kept, left in ((DeadLetterSettings(), 1), (dead_letter_settings(Env(bound)), 0)):
                await Janitor(log, "janitor", InAnHour(), timedelta(hours=2), kept).tidy()
                assert client.hlen(keys.dead_letters(0)) == left
    assert [(line["event"], line["number"]) for line in said] == [("dead letters dropped", 1)]


async def test_idempotency_ttl_is_how_long_a_key_stands_for_its_job(redis_server: RedisServer) -> None:
    once = msgspec.structs.replace(submission(), idempotency=Idempotency(key="k", body="b"))
    async with opened(redis_server, settings(IDEMPOTENCY_TTL="3h")) as log:
        await log.submit(once, 0)
    with redis_server.client() as client:
        assert 10_700_000 < client.pttl(keys.idempotency(0, "k")) <= 10_800_000


async def test_partitions_and_lanes_divide_the_streams(redis_server: RedisServer) -> None:
    async with opened(redis_server, settings(STREAM_PARTITIONS="3", STREAM_LANES="2")) as log:
        await log.submit(submission(lane=Lane("batch", 1)), 2)
        assert await log.backlog("python") == 1
    with redis_server.client() as client:
        assert client.exists("sandbox:{2}:submissions:python:batch-1") == 1


@pytest.mark.parametrize(("name", "stored"), [("STREAM_PARTITIONS", "1"), ("STREAM_LANES", "4")])
async def test_another_division_than_the_stored_one_is_refused(
    redis_server: RedisServer, name: str, stored: str
) -> None:
    async with opened(redis_server, settings()):
        pass
    with pytest.raises(SettingError, match=f"{name}=7: expected {stored}"):
        async with opened(redis_server, settings(**{name: "7"})):
            pass


async def test_redis_db_is_where_the_keys_are(redis_server: RedisServer) -> None:
    redis = redis_settings(Env({"REDIS_ADDR": f"127.0.0.1:{redis_server.port}", "REDIS_DB": "3"}))
    async with open_log(redis, STREAM_SETTINGS) as log:
        await log.ping()
    with redis_server.client() as first, redis_server.client(db=3) as third:
        assert (first.exists(keys.TOPOLOGY), third.exists(keys.TOPOLOGY)) == (0, 1)


@pytest.fixture
def guarded_redis(tmp_path: Path) -> Iterator[RedisServer]:
    server = RedisServer(tmp_path, free_port())
    server.start()
    with server.client() as client:
        client.config_set("requirepass", "correct horse")
    yield server
    server.stop()


async def test_redis_password_opens_redis(guarded_redis: RedisServer) -> None:
    redis = RedisSettings("127.0.0.1", guarded_redis.port, "correct horse", 0)
    async with open_log(redis, STREAM_SETTINGS) as log:
        await log.ping()


async def test_a_wrong_password_is_said_and_never_shown(guarded_redis: RedisServer) -> None:
    redis = RedisSettings("127.0.0.1", guarded_redis.port, "battery staple", 0)
    async with open_log(redis, STREAM_SETTINGS) as log:
        with pytest.raises(LogUnavailableError, match="WRONGPASS") as caught:
            await log.ping()
    assert "battery" not in str(caught.value)


async def test_a_start_without_redis_goes_on_when_it_is_there(tmp_path: Path) -> None:
    server = RedisServer(tmp_path, free_port())
    async with open_log(server.settings, STREAM_SETTINGS) as log:
        with pytest.raises(LogUnavailableError, match="cannot be reached"):
            await log.submit(submission(), 0)
        server.start()
        try:
            await log.submit(submission(), 0)
        finally:
            server.stop()


async def test_a_start_without_redis_refuses_another_division_later(tmp_path: Path) -> None:
    server = RedisServer(tmp_path, free_port())
    server.start()
    async with open_log(server.settings, STREAM_SETTINGS):
        pass
    server.stop()
    other = replace(STREAM_SETTINGS, topology=Topology(5, 2))
    async with open_log(server.settings, other) as log:
        server.start()
        try:
            async with asyncio.timeout(10):
                while True:
                    try:
                        await log.ping()
                    except LogUnavailableError as error:
                        if "STREAM_PARTITIONS=5: expected 2" in str(error):
                            break
        finally:
            server.stop()
