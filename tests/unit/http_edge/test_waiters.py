"""Who waits is woken by the verdict, by a reconnect, by the end of its patience, of its client or of the process."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

import pytest

from http_edge.waiters import LATELY, Waiters
from streams.facts import AnyFact
from streams.jobid import JobId
from streams.ports import StatusChange
from streams.position import Position
from streams.state import JobState, fold, state_from_fields
from tests.unit.http_edge.virtual import in_virtual_time
from tests.unit.streams.facts_made import finished, job_id, started, submission

JOB = job_id()
FACTS: tuple[AnyFact, ...] = (submission(), started(JOB), finished(JOB))
MINUTE = timedelta(minutes=1)


@dataclass
class FakeLog:
    """As much of a log as waiting needs. `known` is how many of FACTS are projected."""

    known: int = 1
    reads: int = 0
    messages: asyncio.Queue[StatusChange | None] = field(default_factory=asyncio.Queue)

    async def read(self, job: JobId) -> JobState | None:
        self.reads += 1
        if job != JOB or not self.known:
            return None
        return state_from_fields(fold((Position(n, 0), fact) for n, fact in enumerate(FACTS[: self.known])))

    @asynccontextmanager
    async def status_changes(self) -> AsyncIterator[AsyncIterator[StatusChange | None]]:
        yield self._all()

    async def _all(self) -> AsyncIterator[StatusChange | None]:
        while True:
            yield await self.messages.get()

    def tell(self, job: JobId = JOB, status: Any = "succeeded", *, whole: bool = False) -> None:
        fields = fold((Position(n, 0), fact) for n, fact in enumerate(FACTS)) if whole else None
        self.messages.put_nowait(StatusChange(str(job), status, fields))


class Waiting:
    """Waiters over a fake log, at work."""

    def __init__(self) -> None:
        self.log = FakeLog()
        self.waiters = Waiters(self.log)  # type: ignore[arg-type]  # only what is used is there
        self.client_left = asyncio.Event()
        self.running = asyncio.create_task(self.waiters.run())

    def start(self, patience: timedelta = MINUTE, since: int | None = None) -> "asyncio.Task[JobState | None]":
        return asyncio.create_task(self.waiters.wait(JOB, patience, self._gone, since))

    async def _gone(self) -> None:
        await self.client_left.wait()


async def a_moment() -> float:
    """Let everybody do what they can without time passing; returns the time."""
    await asyncio.sleep(0.001)
    return asyncio.get_running_loop().time()


@asynccontextmanager
async def waiting() -> AsyncIterator[Waiting]:
    made = Waiting()
    await a_moment()
    try:
        yield made
    finally:
        made.running.cancel()
        await asyncio.wait([made.running])
        assert not made.waiters._waiting  # noqa: SLF001 - nobody is left behind
        assert len(asyncio.all_tasks()) == 1


@in_virtual_time
async def test_a_verdict_wakes_at_once() -> None:
    async with waiting() as at:
        wait = at.start()
        await a_moment()
        at.log.known = 3
        at.log.tell()
        state = await wait
        assert state is not None
        assert state.status == "succeeded"
        assert await a_moment() < 0.1
        assert at.log.reads == 2


@in_virtual_time
async def test_an_ending_that_says_all_need_not_be_read() -> None:
    """Nor anything before it, for a job that was submitted just now."""
    async with waiting() as at:
        for since, reads in ((None, 1), (at.waiters.mark(), 1)):
            wait = at.start(since=since)
            await a_moment()
            at.log.tell(whole=True)
            state = await wait
            assert (state and state.status, at.log.reads) == ("succeeded", reads)


@in_virtual_time
@pytest.mark.parametrize(("whole", "reads"), [(True, 0), (False, 1)])
async def test_an_ending_heard_before_its_job_is_waited_for_is_not_missed(whole: bool, reads: int) -> None:
    """The answer to a submission and the word of its ending may come at once."""
    async with waiting() as at:
        mark = at.waiters.mark()
        at.log.known = 3
        at.log.tell(whole=whole)
        await a_moment()
        state = await at.start(since=mark)
        assert (state and state.status, at.log.reads) == ("succeeded", reads)
        assert await a_moment() < 0.1


@in_virtual_time
@pytest.mark.parametrize("missed", [False, True])
async def test_what_may_not_be_remembered_any_more_is_read(missed: bool) -> None:
    """After too many other endings, or after a reconnect, when the ending itself may not have been heard."""
    async with waiting() as at:
        mark = at.waiters.mark()
        at.log.known = 3
        if missed:
            at.log.messages.put_nowait(None)
        else:
            at.log.tell(whole=True)
            for number in range(LATELY):
                at.log.tell(job_id(Position(number, 0)))
        await a_moment()
        state = await at.start(since=mark)
        assert (state and state.status, at.log.reads) == ("succeeded", 1)


@in_virtual_time
async def test_nothing_is_read_while_nothing_happens() -> None:
    """No polling: one read before, one after."""
    async with waiting() as at:
        state = await at.start()
        assert state is not None
        assert (state.status, at.log.reads) == ("queued", 2)
        assert await a_moment() >= 60


@in_virtual_time
async def test_a_change_that_is_no_verdict_wakes_nobody() -> None:
    async with waiting() as at:
        wait = at.start()
        at.log.known = 2
        at.log.tell(status="running")
        at.log.tell(job_id(Position(2, 0)))
        await a_moment()
        assert at.log.reads == 1
        state = await wait
        assert state is not None
        assert state.status == "running"  # at the end of its patience


@in_virtual_time
async def test_after_a_reconnect_all_read_again() -> None:
    """What was said meanwhile was not heard."""
    async with waiting() as at:
        waits = [at.start(), at.start()]
        await a_moment()
        at.log.messages.put_nowait(None)
        await a_moment()
        assert at.log.reads == 4
        at.log.known = 3
        at.log.messages.put_nowait(None)
        assert [state and state.status for state in await asyncio.gather(*waits)] == ["succeeded"] * 2


@in_virtual_time
async def test_a_verdict_during_the_first_read_is_not_missed() -> None:
    """Registered first, then read."""
    async with waiting() as at:
        stale = await at.log.read(JOB)
        reading = asyncio.Event()

        async def slow_read(_: JobId) -> JobState | None:
            at.log.read = FakeLog.read.__get__(at.log)  # type: ignore[method-assign]
            reading.set()
            await asyncio.sleep(1)
            return stale

        at.log.read = slow_read  # type: ignore[assignment, method-assign]
        wait = at.start()
        await reading.wait()
        at.log.known = 3
        at.log.tell()
        state = await wait
        assert state is not None
        assert state.status == "succeeded"
        assert await a_moment() < 2


@in_virtual_time
async def test_a_job_that_is_done_or_unknown_is_not_waited_for() -> None:
    async with waiting() as at:
        at.log.known = 3
        assert await at.start() is not None
        at.log.known = 0
        assert await at.start() is None
        assert await a_moment() < 0.1


@in_virtual_time
async def test_a_client_that_left_is_not_waited_for() -> None:
    async with waiting() as at:
        wait = at.start()
        await a_moment()
        at.client_left.set()
        await wait
        assert await a_moment() < 0.1


@in_virtual_time
async def test_a_stop_lets_everybody_go_with_the_state_so_far() -> None:
    """Those who wait, and those who come now."""
    async with waiting() as at:
        wait = at.start()
        await a_moment()
        at.waiters.release_all()
        states = [await wait, await at.start()]
        assert [state and state.status for state in states] == ["queued"] * 2
        assert await a_moment() < 0.1
