"""Dead letters are kept, and bounded by age and size."""

from datetime import timedelta

import msgspec
from msgspec.structs import replace

from streams import keys
from streams.facts import Lost
from streams.jobid import JobId
from streams.memory import MemoryLog
from streams.ports import Claim, DeadLetter
from streams.redis import RedisLog
from streams.replay.deadletters import dead_letters
from streams.replay.layout import Layout
from streams.system import SystemClock
from tests.conftest import STREAM_SETTINGS, RedisServer
from tests.integration.streams.conformance.lives import LONG, SHORT, Log, report
from tests.unit.streams.facts_made import AT, submission

HOUR = timedelta(hours=1)
PLENTY = 1 << 20
LETTER = DeadLetter(at=AT, reason="gave up", stream="s", position="1-1")
SIZE = len(msgspec.json.encode(LETTER))


async def lose(log: Log, partition: int = 0) -> JobId:
    """A job that is given up, with `LETTER` as its dead letter."""
    job = await log.submit(submission(), partition)
    (claim,) = await log.claim("python", "a", 1, SHORT)
    assert isinstance(claim, Claim)
    await log.end(claim, "a", Lost(at=AT, by="a", job=str(job), attempts=3, reason="gave up"), LETTER)
    return job


async def kept(log: Log) -> set[str]:
    """The positions of the entries whose dead letters are there."""
    if isinstance(log, MemoryLog):
        names = list(log.contents.dead_letters)
    else:
        wire = log._context.wire  # noqa: SLF001 - what the commands for operators read with
        names = [
            letter.field for letter in await dead_letters(wire, Layout(STREAM_SETTINGS.topology, (("python",),) * 2))
        ]
    return {name.rpartition(" ")[2] for name in names}


def positions(*jobs: JobId) -> set[str]:
    return {str(job.address.position) for job in jobs}


async def test_young_and_few_ones_stay(log: Log) -> None:
    jobs = [await lose(log) for _ in range(3)]
    assert await log.drop_dead_letters(SystemClock().now() - HOUR, PLENTY) == 0
    assert await kept(log) == positions(*jobs)


async def test_what_is_too_old_goes(log: Log) -> None:
    await lose(log)
    await lose(log, partition=1)
    assert await log.drop_dead_letters(SystemClock().now() + HOUR, PLENTY) == 2
    assert await kept(log) == set()
    assert await log.drop_dead_letters(SystemClock().now() + HOUR, PLENTY) == 0


async def test_of_too_many_the_oldest_go(log: Log) -> None:
    """In each partition, so that a flood in one costs the others nothing."""
    other = await lose(log, partition=1)
    jobs = [await lose(log) for _ in range(5)]
    assert await log.drop_dead_letters(SystemClock().now() - HOUR, 2 * SIZE) == 3
    assert await kept(log) == positions(other, *jobs[3:])


async def test_a_field_that_nobody_of_ours_wrote_stops_no_janitor(
    redis_log: RedisLog, redis_server: RedisServer
) -> None:
    """It counts as the oldest."""
    with redis_server.client() as client:
        client.hset(keys.dead_letters(0), "no position", "{}")
    assert await redis_log.drop_dead_letters(SystemClock().now() - HOUR, PLENTY) == 1


async def test_names_outlive_who_reported_them(log: Log) -> None:
    await log.report(replace(report("executor-2", "python"), aliases=("py",)), LONG)
    for name in ("executor-1", "executor-2"):
        await log.withdraw(name)
    assert await log.names() == {"py": "python", "python": "python"}
