"""What every log promises of live output: one suite over Redis and memory."""

import asyncio
from datetime import timedelta

from streams import keys
from streams.output import NOWHERE, Began, Chunk, Mark, Output
from streams.redis import RedisLog
from tests.conftest import RedisServer
from tests.integration.http_edge.client import ask_until
from tests.integration.streams.conformance.lives import Log
from tests.unit.streams.facts_made import AT, job_id

KEEP = timedelta(minutes=5)
JOB = job_id()
OTHER = job_id(partition=1)
BEGAN = Began(Mark(1), AT)
HELLO = Chunk(Mark(1, 5), "stdout", b"hello")
OUCH = Chunk(Mark(1, 5, 4), "stderr", b"ouch")
NOT_TEXT = Chunk(Mark(1, 9, 4), "stdout", b"\xff\0\r\n")


async def test_what_is_shown_is_read_from_any_mark(log: Log) -> None:
    """In order, bytes as they are, and nothing of another job."""
    await log.show(JOB, [BEGAN, HELLO], KEEP)
    await log.show(OTHER, [Began(Mark(1), AT)], KEEP)
    await log.show(JOB, [OUCH, NOT_TEXT], KEEP)
    everything: list[Output] = [BEGAN, HELLO, OUCH, NOT_TEXT]
    assert await log.read_output(JOB, NOWHERE) == everything
    for number, output in enumerate(everything, 1):
        assert await log.read_output(JOB, output.mark) == everything[number:]


async def test_a_repetition_changes_nothing(log: Log) -> None:
    """As after an answer that was lost: only what is new is appended."""
    await log.show(JOB, [BEGAN, HELLO], KEEP)
    await log.show(JOB, [BEGAN, HELLO, OUCH], KEEP)
    assert await log.read_output(JOB, NOWHERE) == [BEGAN, HELLO, OUCH]


async def test_who_lost_the_job_shows_nothing_more(log: Log) -> None:
    """The next attempt has begun: what the executor of an earlier one still writes is not taken."""
    second = Began(Mark(2), AT)
    await log.show(JOB, [BEGAN, HELLO], KEEP)
    await log.show(JOB, [second], KEEP)
    await log.show(JOB, [OUCH], KEEP)
    assert await log.read_output(JOB, HELLO.mark) == [second]


async def test_of_a_job_that_showed_nothing_there_is_nothing(log: Log) -> None:
    assert await log.read_output(JOB, NOWHERE) == []


async def test_it_expires(log: Log) -> None:
    """Also when nobody cleans up: with the time that was given last."""
    await log.show(JOB, [BEGAN], KEEP)
    await log.show(JOB, [HELLO], timedelta(milliseconds=30))
    await ask_until(lambda: log.read_output(JOB, NOWHERE), lambda read: not read)


async def test_it_expires_in_redis_itself(redis_log: RedisLog, redis_server: RedisServer) -> None:
    await redis_log.show(JOB, [BEGAN], KEEP)
    with redis_server.client() as client:
        assert 0 < client.ttl(keys.output(JOB.address.partition, str(JOB))) <= KEEP.total_seconds()


async def test_who_listens_is_told_and_the_executor_learns_how_many_do(log: Log) -> None:
    """First once for what may be there already, then at every growth, of the watched jobs only."""
    assert await log.show(JOB, [BEGAN], KEEP) == 0
    async with log.output_news() as news, asyncio.timeout(5):
        heard = news.__aiter__()
        news.watch(JOB)
        assert await anext(heard) == str(JOB)
        assert await log.show(JOB, [HELLO], KEEP) == 1
        assert await log.show(OTHER, [BEGAN], KEEP) == 0
        assert await anext(heard) == str(JOB)
        news.watch(OTHER)
        assert await anext(heard) == str(OTHER)
        news.unwatch(JOB)
        await ask_until(lambda: log.show(JOB, [OUCH], KEEP), lambda told: not told)  # Redis hears it a moment later


async def test_an_executor_hears_of_who_begins_to_listen(log: Log) -> None:
    async with log.watched_jobs() as watched, log.output_news() as news, asyncio.timeout(5):
        assert await anext(watched) is None
        heard = news.__aiter__()
        news.watch(JOB)
        assert await anext(heard) == str(JOB)
        assert await anext(watched) == str(JOB)


async def test_after_a_reconnect_all_that_is_watched_is_told_again(
    redis_log: RedisLog, redis_server: RedisServer
) -> None:
    """What was said meanwhile is lost; what was shown is not."""
    async with redis_log.output_news() as news, asyncio.timeout(10):
        heard = news.__aiter__()
        news.watch(JOB)
        news.watch(OTHER)
        assert {await anext(heard), await anext(heard)} == {str(JOB), str(OTHER)}
        with redis_server.client() as client:
            client.client_kill_filter(_type="pubsub")
        assert {await anext(heard), await anext(heard)} == {str(JOB), str(OTHER)}
        assert await redis_log.show(JOB, [BEGAN], KEEP) == 1
        assert await anext(heard) == str(JOB)
