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
from streams.state import JobState

Gone = Callable[[], Coroutine[Any, Any, None]]
"""Returns when the client has gone, and its answer need not be waited for."""


class Waiters:
    """Waits for jobs to come to their verdicts. `run` must be running for anybody to be woken."""

    def __init__(self, log: SubmissionLog) -> None:
        self._log = log
        self._waiting: dict[str, set[asyncio.Event]] = defaultdict(set)
        self._watching: dict[str, Callable[[], None]] = {}
        self._closing = False

    async def run(self) -> None:
        """Wake those who wait, until cancelled."""
        async with self._log.status_changes() as changes:
            async for change in changes:
                self._wake(change)

    def _wake(self, change: StatusChange | None) -> None:
        if change is None:  # something may have been missed: all read again
            for waiting in self._waiting.values():
                for event in waiting:
                    event.set()
            for tell in self._watching.values():
                tell()
            return
        if change.job_id in self._watching:
            self._watching[change.job_id]()
        if change.status in FINAL:
            for event in self._waiting.get(change.job_id, ()):
                event.set()

    def watch(self, job_id: str, tell: Callable[[], None]) -> None:
        """Call `tell` whenever the job's status may have changed, until `unwatch`."""
        self._watching[job_id] = tell

    def unwatch(self, job_id: str) -> None:
        del self._watching[job_id]

    def release_all(self) -> None:
        """Let everybody go with the state so far, now and from now on: the process is about to stop."""
        self._closing = True
        self._wake(None)

    async def wait(self, job: JobId, patience: timedelta, gone: Gone) -> JobState | None:
        """The job's state once it is final, when `patience` runs out or `gone` returns. None: there is no such job."""
        deadline = asyncio.get_running_loop().time() + patience.total_seconds()
        # Registered before the first read: a verdict that comes in between wakes us all the same.
        with self._registered(str(job)) as event:
            state = await self._log.read(job)
            if self._is_settled(state):  # most jobs that are asked for, and they need no task
                return state
            with _told_when(gone, event) as watcher:
                while not self._is_settled(state) and not watcher.done():
                    try:
                        async with asyncio.timeout_at(deadline):
                            await event.wait()
                    except TimeoutError:
                        return await self._log.read(job)
                    event.clear()
                    state = await self._log.read(job)
                return state

    def _is_settled(self, state: JobState | None) -> bool:
        return state is None or is_final(state) or self._closing

    @contextmanager
    def _registered(self, job_id: str) -> Iterator[asyncio.Event]:
        event = asyncio.Event()
        self._waiting[job_id].add(event)
        try:
            yield event
        finally:
            self._waiting[job_id].discard(event)
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
