"""Names of consumers do not pile up: those that hold nothing and are gone are removed, in one step with the check."""

import asyncio
from datetime import timedelta

import pytest

from streams import keys
from streams.ports import ActorReport, Claim, Projectable
from streams.position import Position
from streams.redis import RedisLog
from tests.conftest import RedisServer
from tests.unit.streams.facts_made import AT, finished, started, submission

NOW, SHORT, LONG = timedelta(0), timedelta(milliseconds=50), timedelta(minutes=10)
STREAM = keys.submissions(0, "python", submission().lane)


@pytest.fixture
async def log(redis_log: RedisLog) -> RedisLog:
    """A log that looks after Python's streams."""
    report = ActorReport(name="e", kind="executor", host="h", pid=1, started_at=AT, language="python")
    await redis_log.report(report, LONG)
    return redis_log


async def claimed(log: RedisLog, consumer: str) -> Claim:
    await log.submit(submission(), 0)
    (claim,) = await log.claim("python", consumer, 1, SHORT)
    assert isinstance(claim, Claim)
    return claim


def consumers(server: RedisServer, group: str = keys.EXECUTORS) -> set[str]:
    with server.client() as client:
        return {info["name"].decode() for info in client.xinfo_consumers(STREAM, group)}


async def test_who_is_gone_and_holds_nothing_is_removed(log: RedisLog, redis_server: RedisServer) -> None:
    claim = await claimed(log, "a")
    await log.end(claim, "a", finished(claim.job))
    facts = await log.read_facts("p", 10, SHORT)
    await log.project([fact for fact in facts if isinstance(fact, Projectable)])
    assert set(await log.remove_idle_consumers(NOW)) >= {"a", "p"}
    assert (consumers(redis_server), consumers(redis_server, keys.PROJECTOR)) == (set(), set())


async def test_who_holds_something_stays_and_so_does_what_it_holds(log: RedisLog, redis_server: RedisServer) -> None:
    """Removing a consumer would remove what is pending for it."""
    claim = await claimed(log, "a")
    await log.remove_idle_consumers(NOW)
    assert consumers(redis_server) == {"a"}
    assert [taken.job for taken in await log.reclaim("python", "b", 1, NOW) if isinstance(taken, Claim)] == [claim.job]


async def test_what_was_handed_back_stays(log: RedisLog, redis_server: RedisServer) -> None:
    claim = await claimed(log, "a")
    await log.hand_back([claim], "a")
    await log.remove_idle_consumers(NOW)
    assert consumers(redis_server) == {keys.RETURNED}
    assert [taken.job for taken in await log.claim("python", "b", 1, SHORT) if isinstance(taken, Claim)] == [claim.job]


async def test_who_was_heard_of_lately_stays(log: RedisLog, redis_server: RedisServer) -> None:
    claim = await claimed(log, "a")
    await log.end(claim, "a", finished(claim.job))
    assert list(await log.remove_idle_consumers(LONG)) == []
    assert consumers(redis_server) == {"a"}


async def test_who_was_removed_and_comes_back_works_on(log: RedisLog) -> None:
    """A consumer that was only asleep: Redis makes it anew, and removing it in between loses nothing that it reads."""
    claim = await claimed(log, "a")
    await log.end(claim, "a", finished(claim.job))
    reading = asyncio.ensure_future(log.claim("python", "a", 1, timedelta(seconds=5)))
    await asyncio.wait([reading], timeout=0.05)
    await log.remove_idle_consumers(NOW)
    job = await log.submit(submission(), 0)
    (claim,) = [entry for entry in await reading if isinstance(entry, Claim)]
    assert claim.job == job
    assert isinstance(await log.begin(claim, "a", started(job)), Position)
    assert list(await log.renew([claim], "a")) == []
