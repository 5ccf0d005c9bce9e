"""What a flush of Redis does to those at work: what they held is nobody's, and the rest goes on."""

from datetime import UTC, datetime, timedelta

from streams.facts import Cancelled
from streams.ports import ActorReport, Claim, Refusal
from streams.redis import RedisLog
from streams.redis.wire import Wire
from streams.replay.layout import read_layout
from tests.conftest import STREAM_SETTINGS, RedisServer
from tests.unit.streams.facts_made import finished, started, submission

AT = datetime(2026, 1, 2, tzinfo=UTC)
SHORT = timedelta(milliseconds=50)


async def claimed(log: RedisLog) -> Claim:
    await log.submit(submission(), 0)
    (claim,) = await log.claim("python", "a", 1, SHORT)
    assert isinstance(claim, Claim)
    return claim


async def test_what_was_held_is_nobodys(redis_log: RedisLog, redis_server: RedisServer) -> None:
    """An executor is told so, in the ordinary way, and does not break over it."""
    claim = await claimed(redis_log)
    with redis_server.client() as client:
        client.flushall()
    assert list(await redis_log.renew([claim], "a")) == [claim]
    assert await redis_log.begin(claim, "a", started(claim.job)) is Refusal.NOT_OURS
    assert await redis_log.end(claim, "a", finished(claim.job)) is Refusal.NOT_OURS
    ending = Cancelled(at=AT, by="a", job=str(claim.job))
    assert await redis_log.end(claim, "a", ending) is Refusal.NOT_OURS
    await redis_log.hand_back([claim], "a")
    with redis_server.client() as client:
        assert client.keys("*:job:*") == []


async def test_the_next_submission_is_claimed(redis_log: RedisLog, redis_server: RedisServer) -> None:
    await claimed(redis_log)
    with redis_server.client() as client:
        client.flushall()
    job = await redis_log.submit(submission(), 0)
    (claim,) = await redis_log.claim("python", "a", 1, SHORT)
    assert isinstance(claim, Claim)
    assert claim.job == job


async def test_whoever_looks_from_outside_finds_the_streams_again(
    redis_log: RedisLog, redis_server: RedisServer
) -> None:
    """By what processes agreed on when they started, which they say again with their heartbeats."""
    with redis_server.client() as client:
        client.flushall()
    report = ActorReport(name="e", kind="executor", host="h", pid=1, started_at=AT, language="python")
    await redis_log.report(report, timedelta(minutes=1))
    wire = Wire(redis_server.settings)
    layout = await read_layout(wire)
    await wire.close()
    assert layout.topology == STREAM_SETTINGS.topology
    assert layout.languages == (("python",), ("python",))
