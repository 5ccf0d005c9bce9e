"""An event stream over the log in memory: heartbeats, the end, who may listen, and nobody left behind."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import timedelta
from typing import Any

from http_edge.events import HEARTBEAT, EventStream
from http_edge.listening import Listening
from http_edge.waiters import Waiters
from streams.memory import MemoryLog
from streams.output import Began, Chunk, Mark
from streams.ports import LogUnavailableError
from tests.conftest import STREAM_SETTINGS
from tests.unit.actors.virtual_time import VirtualClock
from tests.unit.http_edge.edge_in_memory import fields, problem, running_edge
from tests.unit.http_edge.virtual import in_virtual_time
from tests.unit.streams.facts_made import AT, submission

KEEP = timedelta(minutes=5)


class BrokenLog(MemoryLog):
    """A log whose output cannot be read: `broken` is what it says instead."""

    broken: Exception | None = None

    async def read_output(self, *arguments: Any) -> Any:
        if self.broken is not None:
            raise self.broken
        return await super().read_output(*arguments)


class Listened:
    """One stream, with the connection played: what it sent, and whether it has ended."""

    def __init__(self) -> None:
        self.log = BrokenLog(STREAM_SETTINGS, VirtualClock())
        self.waiters = Waiters(self.log)
        self.listening = Listening(self.log, self.waiters)
        self.said = b""
        self.headers: dict[bytes, bytes] = {}
        self.ended = asyncio.Event()
        self.client_left = asyncio.Event()

    async def begin(self) -> None:
        self.job = await self.log.submit(submission(), 0)
        state = await self.log.read(self.job)
        assert state is not None
        self.stream = EventStream(self.listening, self.job, state, None)

    async def serve(self) -> None:
        await self.stream({"type": "http"}, self._receive, self._send)

    async def write(self, content: bytes, mark: Mark) -> None:
        await self.log.show(self.job, [Chunk(mark, "stdout", content)], KEEP)

    async def _receive(self) -> dict[str, Any]:
        await self.client_left.wait()
        return {"type": "http.disconnect"}

    async def _send(self, message: Any) -> None:
        if message["type"] == "http.response.start":
            self.headers = dict(message["headers"])
            return
        self.said += message["body"]
        if not message["more_body"]:
            self.ended.set()


@asynccontextmanager
async def listened() -> AsyncIterator[Listened]:
    at = Listened()
    await at.begin()
    tasks = [asyncio.create_task(work()) for work in (at.waiters.run, at.listening.run, at.serve)]
    await asyncio.sleep(0.001)
    try:
        yield at
    finally:
        at.client_left.set()
        await tasks.pop()
        assert not at.listening._followed  # noqa: SLF001 - nobody is left behind
        assert not at.waiters._watching  # noqa: SLF001
        for task in tasks:
            task.cancel()
        await asyncio.wait(tasks)
        assert len(asyncio.all_tasks()) == 1


@in_virtual_time
async def test_silence_is_broken_by_heartbeats() -> None:
    async with listened() as at:
        assert at.said.startswith(b"retry: 1000\n\nevent: status\n")
        told = len(at.said)
        await asyncio.sleep(3 * HEARTBEAT + 1)
        assert at.said[told:] == b": heartbeat\n\n" * 3


@in_virtual_time
async def test_nobody_on_the_way_keeps_or_holds_it() -> None:
    async with listened() as at:
        assert at.headers[b"content-type"] == b"text/event-stream"
        assert at.headers[b"cache-control"] == b"no-store"
        assert at.headers[b"x-accel-buffering"] == b"no"
        assert b"content-length" not in at.headers


@in_virtual_time
async def test_a_log_that_is_away_is_asked_again() -> None:
    async with listened() as at:
        await at.log.show(at.job, [Began(Mark(1), AT)], KEEP)
        at.log.broken = LogUnavailableError("away")
        await at.write(b"hello", Mark(1, 5))
        await asyncio.sleep(2)
        assert b"hello" not in at.said
        at.log.broken = None
        await asyncio.sleep(1)
        assert b'{"text":"hello"}' in at.said
        assert not at.ended.is_set()


@in_virtual_time
async def test_a_fault_of_ours_lets_the_client_come_again() -> None:
    async with listened() as at:
        at.log.broken = ZeroDivisionError("a bug")
        await at.write(b"hello", Mark(1, 5))
        await asyncio.wait_for(at.ended.wait(), 1)


@in_virtual_time
async def test_stopping_ends_streams_that_are_open_and_those_that_come() -> None:
    async with listened() as at:
        at.listening.release_all()
        await asyncio.wait_for(at.ended.wait(), 1)
        at.ended.clear()
        await at.serve()
        assert at.ended.is_set()


@in_virtual_time
async def test_a_job_that_is_gone_ends_its_stream() -> None:
    """After a flush, say: the client comes again and is told that there is none."""
    async with listened() as at:
        at.log.contents.streams.clear()
        at.log.contents.hashes.clear()
        at.waiters._wake(None)  # noqa: SLF001 - as after a reconnect
        await asyncio.wait_for(at.ended.wait(), 1)


async def test_a_finished_job_is_told_to_who_may_read_it() -> None:
    async with running_edge() as at:
        job = (await at.submit()).json()["id"]
        await at.run_next("42\n")
        path = f"/v1/execute/{job}/events"
        told = await at.http.get(path)
        assert [line for line in told.text.split("\n") if line.startswith("event: ")] == [
            "event: status",
            "event: stdout",
            "event: done",
        ]
        assert (await at.http.get(path, headers={"Last-Event-ID": "1-18446744073709551615"})).status_code == 204
        assert "Last-Event-ID" in fields(await at.http.get(path, headers={"Last-Event-ID": "x"}))
        problem(await at.http.get(f"/v1/execute/{job[:-1]}/events"), 404)


async def test_listening_needs_access() -> None:
    async with running_edge(ALLOW_ANONYMOUS="false") as at:
        problem(await at.http.get("/v1/execute/x/events"), 401)
