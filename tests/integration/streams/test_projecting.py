"""What travels to Redis for a projection: not what it has already, and all of it where a job's hash is gone."""

from datetime import timedelta

import pytest

from streams import keys
from streams.ports import ActorReport, Claim, Projectable
from streams.redis import RedisLog
from tests.conftest import RedisServer
from tests.unit.streams.facts_made import AT, finished, started, submission

SHORT, LONG = timedelta(milliseconds=50), timedelta(minutes=10)
OUTPUT = "x" * 500_000


@pytest.fixture
async def claim(redis_log: RedisLog) -> Claim:
    """A job that has ended, with much to say, and of which no projector has heard."""
    report = ActorReport(name="e", kind="executor", host="h", pid=1, started_at=AT, language="python")
    await redis_log.report(report, LONG)
    await redis_log.submit(submission(), 0)
    (claim,) = await redis_log.claim("python", "a", 1, SHORT)
    assert isinstance(claim, Claim)
    await redis_log.begin(claim, "a", started(claim.job))
    await redis_log.end(claim, "a", finished(claim.job, "a", OUTPUT))
    return claim


async def projected(log: RedisLog, server: RedisServer) -> int:
    """Have all that is pending joined; how many bytes Redis was sent for it."""
    facts = [fact for fact in await log.read_facts("p", 10, SHORT) if isinstance(fact, Projectable)]
    assert len(facts) == 3
    with server.client() as client:
        before: int = client.info("stats")["total_net_input_bytes"]
        await log.project(facts)
        sent: int = client.info("stats")["total_net_input_bytes"] - before
    assert not await log.read_facts("p", 10, SHORT)
    assert not await log.reclaim_facts("p", 10, timedelta(0)), "all of it is acknowledged"
    return sent


async def test_an_output_that_redis_has_is_not_sent_again(
    redis_log: RedisLog, redis_server: RedisServer, claim: Claim
) -> None:
    before = await redis_log.read(claim.job)
    assert await projected(redis_log, redis_server) < 10_000
    assert await redis_log.read(claim.job) == before


async def test_it_is_sent_where_the_hash_is_gone(redis_log: RedisLog, redis_server: RedisServer, claim: Claim) -> None:
    """After a flush of some keys, say, or when it expired before a projector came by."""
    before = await redis_log.read(claim.job)
    with redis_server.client() as client:
        assert client.delete(keys.hash_of(claim.job)) == 1
    assert await projected(redis_log, redis_server) > len(OUTPUT)
    assert await redis_log.read(claim.job) == before
