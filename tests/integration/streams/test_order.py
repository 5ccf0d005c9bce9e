"""The order of facts over all streams: a cause before its effect."""

import time
from datetime import timedelta

from streams import keys
from streams.codec import entry_fields
from streams.ports import ActorReport, Claim
from streams.position import Position
from streams.redis import RedisLog
from tests.conftest import RedisServer
from tests.unit.streams.facts_made import AT, started, submission

SHORT, LONG = timedelta(milliseconds=50), timedelta(minutes=10)


async def begun(log: RedisLog, server: RedisServer, position: Position) -> Position:
    """Where the start of a job lies whose submission is at `position`."""
    stream = keys.submissions(0, "python", submission().lane)
    with server.client() as client:
        client.xadd(stream, entry_fields(submission()), id=str(position))
    (claim,) = await log.claim("python", "a", 1, SHORT)
    assert isinstance(claim, Claim)
    assert claim.job.address.position == position
    answer = await log.begin(claim, "a", started(claim.job))
    assert isinstance(answer, Position)
    return answer


async def test_a_start_is_after_its_submission_wherever_the_clock_is(
    redis_log: RedisLog, redis_server: RedisServer
) -> None:
    report = ActorReport(name="e", kind="executor", host="h", pid=1, started_at=AT, language="python")
    await redis_log.report(report, LONG)
    soon = int(time.time() * 1000) + 60_000
    assert await begun(redis_log, redis_server, Position(soon, 7)) == Position(soon, 8)
    # The stream of events is past these already: what comes next there is later, too.
    assert await begun(redis_log, redis_server, Position(soon, 8)) == Position(soon, 9)
    assert await begun(redis_log, redis_server, Position(soon + 1, 0)) == Position(soon + 1, 1)


async def test_a_start_that_is_late_is_where_its_time_is(redis_log: RedisLog, redis_server: RedisServer) -> None:
    report = ActorReport(name="e", kind="executor", host="h", pid=1, started_at=AT, language="python")
    await redis_log.report(report, LONG)
    now = int(time.time() * 1000)
    position = await begun(redis_log, redis_server, Position(now - 60_000, 7))
    assert now - 1000 <= position.ms <= now + 60_000
    assert position.seq == 0
