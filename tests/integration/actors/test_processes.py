"""Projector and janitor as processes: heartbeats, a stop that is clean, a Redis that comes late."""

import asyncio
import os
import signal
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest

from streams.ports import ActorReport
from streams.redis import RedisLog
from tests.conftest import RedisServer, free_port

pytestmark = pytest.mark.redis
DEADLINE = 20.0
KINDS = pytest.mark.parametrize("kind", ["projector", "janitor"])


@asynccontextmanager
async def actor(kind: str, port: int) -> AsyncIterator[asyncio.subprocess.Process]:
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-W", "error", "-m", "actors", *kind.split()),
        env={
            "PATH": os.environ["PATH"],
            "REDIS_ADDR": f"127.0.0.1:{port}",
            "STREAM_PARTITIONS": "2",
            "STREAM_LANES": "2",
            "JOB_TTL": "1h",
            "STREAM_RETENTION": "1h",
        },
        stderr=asyncio.subprocess.PIPE,
    )
    try:
        yield process
    finally:
        if process.returncode is None:
            process.kill()
        await process.communicate()


async def reported(log: RedisLog) -> ActorReport:
    async with asyncio.timeout(DEADLINE):
        while not (found := await log.actors()):  # noqa: ASYNC110 -- heartbeats are state, not messages
            await asyncio.sleep(0.05)
    return found[0]


@KINDS
async def test_it_reports_and_leaves_cleanly(kind: str, redis_log: RedisLog, redis_server: RedisServer) -> None:
    async with actor(kind, redis_server.port) as process:
        report = await reported(redis_log)
        assert (report.kind, report.state, report.pid) == (kind, "running", process.pid)
        assert report.name.split("-")[-2] == str(process.pid)
        process.send_signal(signal.SIGTERM)
        async with asyncio.timeout(DEADLINE):
            assert await process.wait() == 0
    assert await redis_log.actors() == []


@pytest.mark.parametrize("kind", ["projector", "janitor", "executor python"])
async def test_a_stop_while_redis_is_away_is_clean_too(kind: str) -> None:
    async with actor(kind, free_port()) as process:
        assert process.stderr is not None
        async with asyncio.timeout(DEADLINE):
            await process.stderr.readline()  # it says that Redis is away; from then on it waits
        process.send_signal(signal.SIGTERM)
        async with asyncio.timeout(DEADLINE):
            assert await process.wait() == 0


async def test_other_numbers_of_partitions_than_the_streams_have_are_refused(
    redis_log: RedisLog, redis_server: RedisServer
) -> None:
    await redis_log.ping()
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "actors", "projector"),
        env={"REDIS_ADDR": f"127.0.0.1:{redis_server.port}", "STREAM_PARTITIONS": "3", "STREAM_LANES": "2"},
        stderr=asyncio.subprocess.PIPE,
    )
    async with asyncio.timeout(DEADLINE):
        _, stderr = await process.communicate()
    assert process.returncode == 2
    assert stderr.decode().splitlines() == [
        "STREAM_PARTITIONS=3: expected 2, with which the streams in this Redis were made"
    ]
