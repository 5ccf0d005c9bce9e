"""Who waits for which job: one subscription per process wakes them all, and nobody polls."""

import asyncio
from collections import defaultdict
from collections.abc import Callable, Coroutine, Iterator
from contextlib import contextmanager
from datetime import timedelta
from typing import Any

from http_edge.rendering import FINAL, is_final
from streams.jobid import JobId
from streams.ports import StatusChange, SubmissionLog
from streams.state import JobState, state_from_fields

Gone = Callable[[], Coroutine[Any, Any, None]]
"""Returns when the client has gone, and its answer need not be waited for."""


LATELY = 256
"""Endings that are remembered for those who come for their own new job: with what they say, some MiB at most."""


class _Waiting:
    """Who waits for a job: woken by `news`, perhaps told how the job ended."""

    __slots__ = ("news", "told")

    def __init__(self) -> None:
        self.news = asyncio.Event()
        self.told: StatusChange | None = None


class Waiters:
    """Waits for jobs to come to their verdicts. `run` must be running for anybody to be woken."""

    def __init__(self, log: SubmissionLog) -> None:
        self._log = log
        self._waiting: dict[str, set[_Waiting]] = defaultdict(set)
        self._lately: dict[str, StatusChange] = {}
        self._heard = 0  # endings so far; more than there were, where some may have been missed
        self._watching: dict[str, Callable[[], None]] = {}
        self._closing = False

    async def run(self) -> None:
        """Wake those who wait, until cancelled."""
        async with self._log.status_changes() as changes:
            async for change in changes:
                self._wake(change)

    def _wake(self, change: StatusChange | None) -> None:
        if change is None:  # something may have been missed: all read again
            self._heard += LATELY + 1
            for all_of_a_job in self._waiting.values():
                for waiting in all_of_a_job:
                    waiting.news.set()
            for tell in self._watching.values():
                tell()
            return
        if change.job_id in self._watching:
            self._watching[change.job_id]()
        if change.status in FINAL:
            self._remember(change)
            for waiting in self._waiting.get(change.job_id, ()):
                waiting.told = change
                waiting.news.set()

    def _remember(self, change: StatusChange) -> None:
        self._heard += 1
        self._lately[change.job_id] = change
        if len(self._lately) > LATELY:
            del self._lately[next(iter(self._lately))]

    def mark(self) -> int:
        """A moment, for `wait`: the endings that are heard from it on are remembered for a while."""
        return self._heard

    def watch(self, job_id: str, tell: Callable[[], None]) -> None:
        """Call `tell` whenever the job's status may have changed, until `unwatch`."""
        self._watching[job_id] = tell

    def unwatch(self, job_id: str) -> None:
        del self._watching[job_id]

    def release_all(self) -> None:
        """Let everybody go with the state so far, now and from now on: the process is about to stop."""
        self._closing = True
        self._wake(None)

    async def wait(
        self, job: JobId, patience: timedelta, gone: Gone, submitted_after: int | None = None
    ) -> JobState | None:
        """The job's state once it is final, when `patience` runs out or `gone` returns. None: there is no such job.

        `submitted_after` is the `mark` before the job was submitted: then its ending can have been heard only since,
        and nothing needs to be read before it comes.
        """
        deadline = asyncio.get_running_loop().time() + patience.total_seconds()
        # Registered before the first read: a verdict that comes in between wakes us all the same.
        with self._registered(str(job)) as waiting:
            if submitted_after is None or self._heard - submitted_after > LATELY or self._closing:
                state = await self._log.read(job)
                if self._is_settled(state):  # most jobs that are asked for, and they need no task
                    return state
            elif (told := self._lately.get(str(job))) is not None:
                return await self._state(job, told)
            with _told_when(gone, waiting.news) as watcher:
                while True:
                    try:
                        async with asyncio.timeout_at(deadline):
                            await waiting.news.wait()
                    except TimeoutError:
                        return await self._log.read(job)
                    waiting.news.clear()
                    state = await self._state(job, waiting.told)
                    if self._is_settled(state) or watcher.done():
                        return state

    async def _state(self, job: JobId, told: StatusChange | None) -> JobState | None:
        """What the hash says, which an ending may have told already."""
        if told is None or told.fields is None:
            return await self._log.read(job)
        return state_from_fields(told.fields)

    def _is_settled(self, state: JobState | None) -> bool:
        return state is None or is_final(state) or self._closing

    @contextmanager
    def _registered(self, job_id: str) -> Iterator[_Waiting]:
        waiting = _Waiting()
        self._waiting[job_id].add(waiting)
        try:
            yield waiting
        finally:
            self._waiting[job_id].discard(waiting)
            if not self._waiting[job_id]:
                del self._waiting[job_id]


@contextmanager
def _told_when(gone: Gone, event: asyncio.Event) -> Iterator[asyncio.Task[None]]:
    """While inside, `event` is set when `gone` returns."""
    watcher = asyncio.create_task(gone())
    watcher.add_done_callback(lambda _: event.set())
    try:
        yield watcher
    finally:
        watcher.cancel()
