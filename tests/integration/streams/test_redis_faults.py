"""What becomes of calls when Redis goes away, hangs, refuses or comes back empty."""

import asyncio
import os
import signal
import socket
from collections.abc import AsyncIterator, Iterator
from datetime import timedelta
from pathlib import Path

import pytest
import uvloop

from streams import keys
from streams.facts import CancelRequested, Status
from streams.ports import Claim, LogUnavailableError, Projectable
from streams.redis import RedisLog, open_log
from streams.redis.link import Link, open_link
from streams.redis.wire import Wire
from streams.settings import RedisSettings
from tests.conftest import STREAM_SETTINGS, RedisServer, free_port
from tests.unit.streams.facts_made import finished, started, submission

SHORT = timedelta(milliseconds=50)


@pytest.fixture
def server(tmp_path: Path) -> Iterator[RedisServer]:
    server = RedisServer(tmp_path, free_port())
    server.start()
    yield server
    server.stop()


@pytest.fixture
async def log(server: RedisServer) -> AsyncIterator[RedisLog]:
    async with open_log(server.settings, STREAM_SETTINGS) as log:
        yield log


async def test_a_restart_loses_nothing_and_calls_go_on(server: RedisServer, log: RedisLog) -> None:
    job = await log.submit(submission(), 0)
    server.stop()
    with pytest.raises(LogUnavailableError):
        await log.submit(submission(), 0)
    server.start()
    (claim,) = await log.claim("python", "a", 10, SHORT)
    assert isinstance(claim, Claim)
    assert claim.job == job


async def test_a_kill_loses_nothing_that_was_answered(server: RedisServer, log: RedisLog) -> None:
    jobs = await asyncio.gather(*(log.submit(submission(), 0) for _ in range(200)))
    assert server.process is not None
    server.process.kill()
    server.process.wait(10)
    server.start()
    with pytest.raises(LogUnavailableError):  # this is how the log learns that its connection is gone
        await log.ping()
    claimed = await log.claim("python", "a", 1000, SHORT)
    assert {claim.job for claim in claimed if isinstance(claim, Claim)} == set(jobs)


async def test_news_come_again_when_redis_serves_not_while_it_loads(server: RedisServer, log: RedisLog) -> None:
    """Whoever is told that something may have been missed reads at once, and must be able to."""
    job = await log.submit(submission(), 0)
    with server.client() as client, client.pipeline(transaction=False) as commands:
        for number in range(20_000):  # while it loads them Redis greets, takes subscriptions, and refuses the rest
            commands.set(f"ballast {number}", number)
        commands.execute()
    async with log.status_changes() as changes:
        assert await anext(changes) is None
        server.stop()
        starting = asyncio.create_task(asyncio.to_thread(server.start, "--key-load-delay", "50"))
        assert await anext(changes) is None
        state = await log.read(job)
        assert state is not None
        assert state.status == "queued"
        await starting


async def test_a_connection_that_nobody_waits_for_any_more_is_closed() -> None:
    """As when a process stops that waits for a Redis which does not answer: it would never end."""
    gone = asyncio.Event()
    came = asyncio.Event()

    async def silent(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        came.set()
        while await reader.read(1024):
            pass
        gone.set()
        writer.close()

    async with await asyncio.start_server(silent, "127.0.0.1", 0) as server:
        opening = asyncio.create_task(open_link(RedisSettings("127.0.0.1", server.sockets[0].getsockname()[1], "", 0)))
        async with asyncio.timeout(20):
            await came.wait()
            opening.cancel()
            await gone.wait()


async def test_calls_in_flight_fail_when_the_connection_breaks(server: RedisServer, log: RedisLog) -> None:
    claiming = asyncio.ensure_future(log.claim("python", "a", 1, timedelta(seconds=30)))
    await asyncio.wait([claiming], timeout=0.05)
    server.stop()
    with pytest.raises(LogUnavailableError, match="connection to Redis broke"):
        await claiming
    server.start()


async def test_a_redis_that_hangs_is_given_up_and_used_again(server: RedisServer) -> None:
    wire = Wire(server.settings)
    await wire.call("PING")
    assert server.process is not None
    os.kill(server.process.pid, signal.SIGSTOP)
    try:
        calls = (wire.call("PING", deadline=0.1), wire.call("PING", deadline=5))
        answers = await asyncio.gather(*calls, return_exceptions=True)
    finally:
        os.kill(server.process.pid, signal.SIGCONT)
    assert [type(answer) for answer in answers] == [LogUnavailableError, LogUnavailableError]
    assert await wire.call("PING") == b"PONG"
    await wire.close()


async def test_a_call_may_take_longer_than_those_before_it(server: RedisServer) -> None:
    """One timer watches them all: that of an answered call says nothing about the next."""
    wire = Wire(server.settings)
    assert await wire.call("PING", deadline=0.1) == b"PONG"
    assert await wire.call("BLPOP", "nothing", 0.3, deadline=20) is None
    await wire.close()


async def test_a_call_need_not_wait_as_long_as_those_before_it_may(server: RedisServer) -> None:
    wire = Wire(server.settings)
    calls = (wire.call("BLPOP", "nothing", 0, deadline=60), wire.call("PING", deadline=0.1))
    async with asyncio.timeout(20):
        answers = await asyncio.gather(*calls, return_exceptions=True)
    assert [type(answer) for answer in answers] == [LogUnavailableError, LogUnavailableError]
    await wire.close()


def test_a_call_may_come_in_the_very_moment_of_anothers_deadline() -> None:
    """Where what is left of it is less than the event loop's millisecond."""

    async def calls() -> None:
        loop = asyncio.get_running_loop()
        ours, silent = socket.socketpair()
        with silent:
            _, link = await loop.create_unix_connection(Link, sock=ours)
            due = loop.time() + 0.0504
            first = link.send(("PING",), 0.0504)
            answers = [first]
            async with asyncio.timeout(20):
                while not first.done():
                    if due - loop.time() < 0.005:
                        answers.append(link.send(("PING",), 60))
                    await asyncio.sleep(0)  # the loop's next turn
                given_up = await asyncio.gather(*answers, return_exceptions=True)
        assert {type(answer) for answer in given_up} == {LogUnavailableError}

    for _ in range(20):
        uvloop.run(calls())


async def test_a_burst_waits_on_one_connection(server: RedisServer) -> None:
    wire = Wire(server.settings)
    answers = await asyncio.gather(*(wire.call("ECHO", number) for number in range(5000)))
    assert answers == [str(number).encode() for number in range(5000)]
    with server.client() as client:
        assert client.info("clients")["connected_clients"] == 2  # the wire's, and this one
    await wire.close()


async def test_a_cancelled_call_leaves_the_others_their_answers(server: RedisServer) -> None:
    wire = Wire(server.settings)
    calls = [asyncio.ensure_future(wire.call("ECHO", number)) for number in range(100)]
    await asyncio.sleep(0)  # let them be sent
    for call in calls[::2]:
        call.cancel()
    assert await asyncio.gather(*calls[1::2]) == [str(number).encode() for number in range(1, 100, 2)]
    await wire.close()


async def test_a_full_redis_refuses_and_says_so(server: RedisServer, log: RedisLog) -> None:
    with server.client() as client:
        client.config_set("maxmemory", "1")
        with pytest.raises(LogUnavailableError, match="OOM"):
            await log.submit(submission(), 0)
        client.config_set("maxmemory", "0")
    await log.submit(submission(), 0)


async def test_a_job_that_ends_without_its_hash_is_off_the_cancellations(server: RedisServer, log: RedisLog) -> None:
    job = await log.submit(submission(), 0)
    await log.claim("python", "a", 1, SHORT)
    await log.begin(Claim(job, submission()), "a", started(job))
    await log.request_cancel(job, CancelRequested(at=submission().at, by="test", job=str(job)))
    with server.client() as client:
        assert client.smembers(keys.cancellations(0))
        client.delete(keys.hash_of(job))
        await log.end(Claim(job, submission()), "a", finished(job))
        assert not client.smembers(keys.cancellations(0))


async def test_after_a_flush_everything_is_made_again(server: RedisServer, log: RedisLog) -> None:
    await log.submit(submission(), 0)
    await log.claim("python", "a", 1, SHORT)
    await log.read_facts("p", 10, SHORT)
    with server.client() as client:
        client.flushall()
    assert await whole_life(log) == "succeeded"


async def whole_life(log: RedisLog) -> Status:
    job = await log.submit(submission(), 0)
    (claim,) = await log.claim("python", "a", 1, SHORT)
    assert isinstance(claim, Claim)
    await log.begin(claim, "a", started(job))
    await log.end(claim, "a", finished(job))
    for _ in range(3):  # the first finds that the groups are gone
        entries = await log.read_facts("p", 100, SHORT)
        await log.project([entry for entry in entries if isinstance(entry, Projectable)])
    state = await log.read(job)
    assert state is not None
    return state.status


async def test_a_subscription_says_when_it_may_have_missed_something(server: RedisServer, log: RedisLog) -> None:
    async with log.cancellations() as messages, asyncio.timeout(10):
        assert await anext(messages) is None
        server.stop()
        server.start()
        assert await anext(messages) is None


async def test_scripts_are_sent_again_to_a_server_that_forgot_them(server: RedisServer, log: RedisLog) -> None:
    await log.actors()
    with server.client() as client:
        client.script_flush()
    assert await log.actors() == []
