"""What Redis counts of groups is right again after a restart and after a failover."""

import asyncio
from collections.abc import AsyncIterator, Iterator
from datetime import timedelta
from pathlib import Path

import pytest

from streams import keys
from streams.ports import ActorReport, Claim, LogUnavailableError
from streams.redis import RedisLog, open_log
from tests.conftest import STREAM_SETTINGS, RedisServer, free_port
from tests.unit.streams.facts_made import AT, submission

SHORT = timedelta(milliseconds=50)
STREAM = keys.submissions(0, "python", submission().lane)


@pytest.fixture
def server(tmp_path: Path) -> Iterator[RedisServer]:
    server = RedisServer(tmp_path, free_port())
    server.start()
    yield server
    server.stop()


@pytest.fixture
async def log(server: RedisServer) -> AsyncIterator[RedisLog]:
    async with open_log(server.settings, STREAM_SETTINGS) as log:
        report = ActorReport(name="e", kind="executor", host="h", pid=1, started_at=AT, language="python")
        await log.report(report, timedelta(minutes=1))
        yield log


async def submitted_and_claimed(log: RedisLog, submitted: int, claimed: int) -> None:
    for _ in range(submitted):
        await log.submit(submission(), 0)
    assert (
        len([entry for entry in await log.claim("python", "a", claimed, SHORT) if isinstance(entry, Claim)]) == claimed
    )


async def restarted(server: RedisServer, log: RedisLog) -> None:
    await asyncio.to_thread(server.stop)
    await asyncio.to_thread(server.start)
    async with asyncio.timeout(10):
        while True:
            try:
                return await log.ping()
            except LogUnavailableError:  # this is how the log learns that its connection is gone
                continue


async def test_after_a_restart_a_queue_is_as_long_as_it_is(server: RedisServer, log: RedisLog) -> None:
    """And not as long as all that is kept."""
    await submitted_and_claimed(log, 1200, 600)
    await restarted(server, log)
    assert await log.mend_counts() >= 1
    assert await log.backlog("python") == 600
    await submitted_and_claimed(log, 3, 1)
    assert await log.backlog("python") == 602
    assert await log.mend_counts() == 0


async def test_a_count_that_is_wrong_is_right_once_all_is_read(server: RedisServer, log: RedisLog) -> None:
    """As on a replica that took over."""
    await submitted_and_claimed(log, 10, 10)
    with server.client() as client:
        last = client.xinfo_stream(STREAM)["last-generated-id"]
        client.execute_command("XGROUP", "SETID", STREAM, keys.EXECUTORS, last, "ENTRIESREAD", 3)
        assert await log.backlog("python") == 7
    assert await log.mend_counts() == 1
    assert await log.backlog("python") == 0
    await submitted_and_claimed(log, 4, 1)
    assert await log.backlog("python") == 3


async def test_counts_that_are_right_are_left_alone(log: RedisLog) -> None:
    await submitted_and_claimed(log, 5, 2)
    assert await log.mend_counts() == 0
    assert await log.backlog("python") == 3
