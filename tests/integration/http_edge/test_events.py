"""A job's events over HTTP, while the actors' part is played: live, resumed, shared, by several edges, to the end."""

import asyncio
import socket
import time
from collections.abc import AsyncIterator, Iterator
from contextlib import AsyncExitStack
from datetime import timedelta
from typing import Any

import httpx
import pytest

from streams.facts import Binary
from streams.jobid import JobId
from streams.output import Began, Chunk, Mark
from streams.ports import Claim, LogUnavailableError
from streams.redis import RedisLog
from tests.conftest import RedisServer
from tests.event_source import Heard, listening, texts
from tests.integration.http_edge.actors_played import PlayedActors
from tests.integration.http_edge.client import PATIENCE, Client, ask_until, assert_problem
from tests.integration.http_edge.edge_process import EdgeProcess, running_edge
from tests.unit.streams.facts_made import AT

KEEP = timedelta(minutes=5)


class Shower:
    """Shows output of one attempt, as its executor would."""

    def __init__(self, log: RedisLog, job: JobId, attempt: int = 1) -> None:
        self._log, self._job, self._mark = log, job, Mark(attempt)

    async def began(self) -> None:
        await self._log.show(self._job, [Began(self._mark, AT)], KEEP)

    async def wrote(self, content: bytes, name: Any = "stdout") -> int:
        mark = self._mark.moved(name, len(content))
        told = await self._log.show(self._job, [Chunk(mark, name, content)], KEEP)
        self._mark = mark
        return told


async def running_job(client: Client, actors: PlayedActors) -> Claim:
    """A job that has begun and shown so."""
    await client.submit()
    claim = await actors.claim()
    await actors.begin(claim)
    await Shower(actors.log, claim.job).began()
    return claim


async def take(events: AsyncIterator[Heard], count: int) -> list[Heard]:
    """The next `count` events."""
    async with asyncio.timeout(PATIENCE):
        return [await anext(events) for _ in range(count)]


async def to_the_end(events: AsyncIterator[Heard]) -> list[Heard]:
    async with asyncio.timeout(PATIENCE):
        return [event async for event in events]


@pytest.fixture
async def other(redis_server: RedisServer) -> AsyncIterator[Client]:
    """A client of a second edge over the same Redis."""
    with running_edge(redis_server) as edge:
        async with httpx.AsyncClient(base_url=edge.url, trust_env=False, timeout=30) as http:
            yield Client(http)


async def test_a_job_is_told_from_submission_to_verdict(client: Client, actors: PlayedActors) -> None:
    job = (await client.submit()).json()["id"]
    async with listening(client.http, job) as events:
        assert (await take(events, 1))[0].data["status"] == "queued"
        claim = await actors.claim()
        await actors.begin(claim)
        (running,) = await take(events, 1)
        assert (running.data["status"], running.data["attempt"]) == ("running", 1)
        show = Shower(actors.log, claim.job)
        await show.began()
        await show.wrote(b"one\n")
        await show.wrote(b"two\n", "stderr")
        out, err = await take(events, 2)
        assert (out.name, out.data, err.name, err.data) == ("stdout", {"text": "one\n"}, "stderr", {"text": "two\n"})
        await actors.end(claim, stdout="one\nthree\n")
        rest = await to_the_end(events)
    assert [event.name for event in rest] == ["stdout", "done"]
    assert rest[0].data == {"text": "three\n"}
    assert rest[1].data == (await client.read(job)).json()


async def test_a_finished_job_is_told_from_its_result(client: Client, actors: PlayedActors) -> None:
    """Any number of times, and with bytes that are no text."""
    job = (await client.submit()).json()["id"]
    await actors.run_next(stdout=Binary(b"a\xffb\r\n\xe2\x82"))
    for _ in range(2):
        async with listening(client.http, job) as events:
            told = await to_the_end(events)
        assert [event.name for event in told] == ["status", "stdout", "done"]
        assert texts(told)["stdout"] == (await client.read(job)).json()["stdout"] == "a\ufffdb\r\n\ufffd"


async def test_output_comes_within_a_tenth_of_a_second(client: Client, actors: PlayedActors) -> None:
    """From the log to a client; the executor's own 60 ms are tested where it is."""
    claim = await running_job(client, actors)
    show = Shower(actors.log, claim.job)
    async with listening(client.http, claim.job) as events:
        await take(events, 1)
        await show.wrote(b"first")
        await take(events, 1)
        seconds = []
        for _ in range(20):
            began = time.monotonic()
            await show.wrote(b".")
            await take(events, 1)
            seconds.append(time.monotonic() - began)
    assert sorted(seconds)[10] < 0.04, seconds


async def test_a_reconnect_goes_on_without_gap_or_repetition(
    client: Client, actors: PlayedActors, other: Client
) -> None:
    """After every event, at another edge each time, while more is written, and past the verdict."""
    claim = await running_job(client, actors)
    show = Shower(actors.log, claim.job)
    text = "héllo ☃ wörld\n"
    told: list[Heard] = []
    for number, character in enumerate(text):
        at = (client, other)[number % 2]
        await show.wrote(character.encode())
        async with listening(at.http, claim.job, told[-1].id if told else None) as events:
            told += await take(events, 1 if told else 2)
    assert texts(told)["stdout"] == text
    await actors.end(claim, stdout=text + "end")
    async with listening(client.http, claim.job, told[-1].id) as events:
        told += await to_the_end(events)
    assert texts(told)["stdout"] == text + "end"
    assert [event.name for event in told].count("status") == 1
    again = await client.http.get(f"/v1/execute/{claim.job}/events", headers={"Last-Event-ID": told[-1].id})
    assert (again.status_code, again.content) == (204, b"")


async def test_another_attempt_is_told_apart(client: Client, actors: PlayedActors) -> None:
    """Before the projection knows of it; what the first one printed counts no more."""
    claim = await running_job(client, actors)
    await Shower(actors.log, claim.job).wrote(b"first")
    async with listening(client.http, claim.job) as events:
        told = await take(events, 2)
        second = Shower(actors.log, claim.job, attempt=2)
        await second.began()
        await second.wrote(b"second")
        told += await take(events, 2)
    assert [event.data.get("attempt") for event in told if event.name == "status"] == [1, 2]
    assert texts(told)["stdout"] == "second"


async def test_many_listeners_share_one_subscription(
    client: Client, actors: PlayedActors, redis_server: RedisServer
) -> None:
    """No connection for a listener, and what each of them costs Redis is one look at the job when it comes."""
    claim = await running_job(client, actors)
    show = Shower(actors.log, claim.job)
    with redis_server.client() as redis:
        before = len(redis.client_list())
        async with AsyncExitStack() as stack:
            listeners = [await stack.enter_async_context(listening(client.http, claim.job)) for _ in range(50)]
            for events in listeners:
                await take(events, 1)
            assert len(redis.client_list()) == before
            redis.config_resetstat()
            for _ in range(10):
                assert await show.wrote(b".") == 1
                for events in listeners:
                    await take(events, 1)
            commands = redis.info("commandstats")
        assert commands["cmdstat_xrange"]["calls"] <= 12
        assert commands.get("cmdstat_hmget", {"calls": 0})["calls"] <= 1


async def test_nothing_is_asked_while_nothing_happens(
    client: Client, actors: PlayedActors, redis_server: RedisServer
) -> None:
    """No polling for a silent job, and none when everybody has left."""
    claim = await running_job(client, actors)
    with redis_server.client() as redis:
        async with listening(client.http, claim.job) as events:
            await take(events, 1)
            redis.config_resetstat()
            silence = asyncio.ensure_future(anext(events))
            await asyncio.wait([silence], timeout=0.7)
            commands = redis.info("commandstats")
            assert "cmdstat_xrange" not in commands
            assert "cmdstat_hmget" not in commands
            assert await Shower(actors.log, claim.job).wrote(b"x") == 1
            await silence
        await ask_until(lambda: Shower(actors.log, claim.job, attempt=2).wrote(b"x"), lambda told: told == 0)


async def test_a_stopping_edge_ends_streams_and_another_goes_on(
    client: Client, actors: PlayedActors, redis_server: RedisServer
) -> None:
    """Cleanly: the client sees the end of an answer, comes again with the id it has, and misses nothing."""
    claim = await running_job(client, actors)
    show = Shower(actors.log, claim.job)
    with running_edge(redis_server) as stopping:
        async with (
            httpx.AsyncClient(base_url=stopping.url, trust_env=False, timeout=30) as http,
            listening(http, claim.job) as events,
        ):
            await show.wrote(b"one ")
            told = await take(events, 2)
            stopping.terminate()
            told += await to_the_end(events)
        assert await asyncio.to_thread(stopping.exit_code) == 0
    assert "done" not in [event.name for event in told]
    await show.wrote(b"two ")
    async with listening(client.http, claim.job, told[-1].id) as events:
        told += await take(events, 1)
        await actors.end(claim, stdout="one two three")
        told += await to_the_end(events)
    assert texts(told)["stdout"] == "one two three"


async def test_redis_may_go_and_come_back(redis_server: RedisServer, client: Client, actors: PlayedActors) -> None:
    """Every connection of the edge breaks: listeners stay, and hear what was written meanwhile."""
    claim = await running_job(client, actors)
    show = Shower(actors.log, claim.job)
    async with listening(client.http, claim.job) as events:
        await show.wrote(b"one ")
        told = await take(events, 2)
        with redis_server.client() as redis:
            redis.client_kill_filter(_type="pubsub")
            redis.client_kill_filter(_type="normal", skipme=True)
        await ask_until(lambda: _patiently(show, b"two "), bool)
        await actors.end(claim, stdout="one two three")
        told += await to_the_end(events)
    assert texts(told)["stdout"] == "one two three"


async def _patiently(show: Shower, content: bytes) -> bool:
    """Whether it was written: the test's own connection is broken, too."""
    try:
        await show.wrote(content)
    except LogUnavailableError:
        return False
    return True


@pytest.fixture
def impatient(redis_server: RedisServer) -> Iterator[EdgeProcess]:
    with running_edge(redis_server, HTTP_READ_TIMEOUT="500ms", HTTP_WRITE_TIMEOUT="500ms") as process:
        yield process


async def test_a_quiet_stream_is_not_a_stalled_one(impatient: EdgeProcess, redis_log: RedisLog) -> None:
    """Both deadlines may pass while there is nothing to say."""
    actors = PlayedActors(redis_log)
    await actors.appear()
    async with httpx.AsyncClient(base_url=impatient.url, trust_env=False, timeout=30) as http:
        await Client(http).languages()
        claim = await running_job(Client(http), actors)
        async with listening(http, claim.job) as events:
            await take(events, 1)
            silence = asyncio.ensure_future(anext(events))
            assert not (await asyncio.wait([silence], timeout=1.5))[0]
            await Shower(actors.log, claim.job).wrote(b"x")
            assert (await silence).data == {"text": "x"}


async def test_a_listener_that_reads_nothing_is_ended(impatient: EdgeProcess, redis_log: RedisLog) -> None:
    """And holds up nobody: others hear everything."""
    actors = PlayedActors(redis_log)
    await actors.appear()
    async with httpx.AsyncClient(base_url=impatient.url, trust_env=False, timeout=30) as http:
        await Client(http).languages()
        claim = await running_job(Client(http), actors)
        show = Shower(actors.log, claim.job)
        with socket.socket() as stalled:
            stalled.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
            stalled.connect(("127.0.0.1", impatient.port))
            head = f"GET /v1/execute/{claim.job}/events HTTP/1.1\r\nHost: x\r\nX-Request-Id: stalled\r\n\r\n"
            stalled.sendall(head.encode())
            async with listening(http, claim.job) as events:
                await take(events, 1)
                for _ in range(100):
                    await show.wrote(b"\0" * 10_000)  # six bytes each in JSON
                    await take(events, 1)
                await asyncio.to_thread(impatient.wait_for_line, '"stalled"')
                await show.wrote(b"!")
                assert (await take(events, 1))[0].data == {"text": "!"}


async def test_what_cannot_be_listened_to(client: Client, actors: PlayedActors) -> None:
    """No such job, no such place, and HEAD tells nothing."""
    assert_problem(await client.http.get("/v1/execute/nonsense/events"), 404)
    claim = await running_job(client, actors)
    path = f"/v1/execute/{claim.job}/events"
    assert_problem(await client.http.get(path, headers={"Last-Event-ID": "yesterday"}), 400, "Last-Event-ID")
    head = await client.http.head(path)
    assert (head.status_code, head.headers["Content-Type"]) == (200, "text/event-stream")
    assert (await client.http.post(path)).headers["Allow"] == "GET, HEAD, OPTIONS"
