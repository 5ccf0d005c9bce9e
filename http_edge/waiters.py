"""Who waits for which job: one subscription per process wakes them all, and nobody polls."""

import asyncio
from collections import defaultdict
from datetime import timedelta

from http_edge.rendering import FINAL, is_final
from streams.jobid import JobId
from streams.ports import StatusChange, SubmissionLog
from streams.state import JobState


class Waiters:
    """Waits for jobs to come to their verdicts. `run` must be running for anybody to be woken."""

    def __init__(self, log: SubmissionLog) -> None:
        self._log = log
        self._waiting: dict[str, set[asyncio.Event]] = defaultdict(set)
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
        elif change.status in FINAL:
            for event in self._waiting.get(change.job_id, ()):
                event.set()

    def release_all(self) -> None:
        """Let everybody go with the state so far, now and from now on: the process is about to stop."""
        self._closing = True
        self._wake(None)

    async def wait(self, job: JobId, patience: timedelta) -> JobState | None:
        """The job's state once it is final, or when `patience` runs out. None: there is no such job."""
        event = asyncio.Event()
        # Registered before the first read: a verdict that comes in between wakes us all the same.
        self._waiting[str(job)].add(event)
        try:
            return await self._read_until_final(job, patience, event)
        finally:
            self._waiting[str(job)].discard(event)
            if not self._waiting[str(job)]:
                del self._waiting[str(job)]

    async def _read_until_final(self, job: JobId, patience: timedelta, event: asyncio.Event) -> JobState | None:
        deadline = asyncio.get_running_loop().time() + patience.total_seconds()
        while True:
            state = await self._log.read(job)
            if state is None or is_final(state) or self._closing:
                return state
            try:
                async with asyncio.timeout_at(deadline):
                    await event.wait()
            except TimeoutError:
                return await self._log.read(job)
            event.clear()
