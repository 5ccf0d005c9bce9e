"""A Redis that says nothing: a connection that died without a word, a server that takes connections and hangs."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from datetime import timedelta

import pytest

from streams.output import Began, Mark
from streams.ports import Claim, LogUnavailableError
from streams.redis import RedisLog, open_log
from streams.redis.link import CONNECT_DEADLINE
from streams.redis.wire import Wire
from streams.settings import RedisSettings
from tests.conftest import STREAM_SETTINGS, RedisServer
from tests.unit.streams.facts_made import AT, job_id, started, submission

DEADLINE = 30.0
SHORT = timedelta(milliseconds=50)


class Firewall:
    """Stands between us and Redis. What it forgets it drops from then on, in both directions, and tells nobody."""

    def __init__(self, server: RedisServer) -> None:
        self._server = server
        self._flows: list[asyncio.Event] = []

    def forget(self) -> None:
        for dropped in self._flows:
            dropped.set()

    async def connected(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        dropped = asyncio.Event()
        self._flows.append(dropped)
        answers, there = await asyncio.open_connection(self._server.settings.host, self._server.settings.port)
        try:
            await asyncio.gather(_pump(reader, there, dropped), _pump(answers, writer, dropped))
        finally:
            there.close()


async def _pump(reader: asyncio.StreamReader, writer: asyncio.StreamWriter, dropped: asyncio.Event) -> None:
    while chunk := await reader.read(65536):
        if not dropped.is_set():
            writer.write(chunk)


@asynccontextmanager
async def listening(
    handle: Callable[[asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]],
) -> AsyncIterator[RedisSettings]:
    """A server whose connections are handled, each in a task that ends with it."""
    handling: set[asyncio.Task[None]] = set()

    async def connected(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        handling.add(task)
        try:
            await handle(reader, writer)
        except asyncio.CancelledError:
            return  # by us, below
        finally:
            writer.close()

    server = await asyncio.start_server(connected, "127.0.0.1", 0)
    try:
        yield RedisSettings("127.0.0.1", server.sockets[0].getsockname()[1], "", 0)
    finally:
        server.close()
        for task in handling:
            task.cancel()
        await asyncio.gather(*handling, return_exceptions=True)


@pytest.fixture
def firewall(redis_server: RedisServer) -> Firewall:
    return Firewall(redis_server)


async def test_news_come_again_after_a_connection_died_without_a_word(firewall: Firewall, redis_log: RedisLog) -> None:
    async with (
        listening(firewall.connected) as through,
        open_log(through, STREAM_SETTINGS) as log,
        asyncio.timeout(DEADLINE),
        log.status_changes() as changes,
    ):
        assert await anext(changes) is None
        firewall.forget()
        job = await redis_log.submit(submission(), 0)
        (claim,) = await redis_log.claim("python", "a", 1, SHORT)
        assert isinstance(claim, Claim)
        assert await anext(changes) is None  # it is told to read again, as it may have missed something
        await redis_log.begin(claim, "a", started(job))
        change = await anext(changes)
        assert change is not None
        assert (change.job_id, change.status) == (str(job), "running")


async def test_so_do_those_of_live_output(firewall: Firewall, redis_log: RedisLog) -> None:
    job = job_id()
    async with (
        listening(firewall.connected) as through,
        open_log(through, STREAM_SETTINGS) as log,
        asyncio.timeout(DEADLINE),
        log.output_news() as news,
    ):
        heard = news.__aiter__()
        news.watch(job)
        assert await anext(heard) == str(job)
        firewall.forget()
        assert await anext(heard) == str(job)
        await redis_log.show(job, [Began(Mark(1), AT)], timedelta(minutes=1))
        assert await anext(heard) == str(job)


async def test_who_wait_for_a_connection_are_refused_together() -> None:
    """And not one after the other, each after a try of its own."""
    connections = []

    async def silent(reader: asyncio.StreamReader, _writer: asyncio.StreamWriter) -> None:
        connections.append(reader)
        await reader.read()

    async with listening(silent) as settings:
        wire = Wire(settings)
        async with asyncio.timeout(2 * CONNECT_DEADLINE):
            calls = [wire.call("PING") for _ in range(10)]
            answers = await asyncio.gather(*calls, return_exceptions=True)
        assert {type(answer) for answer in answers} == {LogUnavailableError}
        assert len(connections) == 1
        await wire.close()


async def test_who_gives_up_waiting_for_a_connection_takes_it_from_nobody(redis_server: RedisServer) -> None:
    wire = Wire(redis_server.settings)
    first, second = (asyncio.ensure_future(wire.call("PING")) for _ in range(2))
    await asyncio.sleep(0)  # let both begin to wait
    first.cancel()
    assert await second == b"PONG"
    await wire.close()


async def test_a_wire_that_is_closed_while_it_opens_leaves_no_connection() -> None:
    closed = asyncio.Event()

    async def silent(reader: asyncio.StreamReader, _writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"HELLO")
        greeted.set()
        await reader.read()
        closed.set()

    greeted = asyncio.Event()
    async with listening(silent) as settings, asyncio.timeout(CONNECT_DEADLINE):
        wire = Wire(settings)
        call = asyncio.ensure_future(wire.call("PING"))
        await greeted.wait()
        await wire.close()
        with pytest.raises(LogUnavailableError, match="closed"):
            await call
        await closed.wait()
