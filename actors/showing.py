"""What a running job writes, shown to those who listen: nothing for short jobs, little while nobody does.

The first 50 ms of a job cost a timer. After them its output goes to the log in pieces: at most 25 a second while
somebody listens and one a second while nobody does, which also learns whether anybody came. What is not shown when the
job ends is not lost: listeners get it from the result.
"""

import asyncio
from contextlib import suppress
from datetime import timedelta
from typing import Any

import structlog

from streams.jobid import JobId
from streams.output import Began, Chunk, Mark, Output, OutputName, whole_characters
from streams.output_ports import OutputSink
from streams.ports import Clock, LogUnavailableError

AFTER = timedelta(milliseconds=50)
"""The age from which a job's output is shown."""
WATCHED_PACE = 0.04
"""Seconds between two pieces; with the agent's 20 ms, a byte is with its listeners in less than 100."""
UNWATCHED_PACE = 1.0
MOST_PIECES = 2000
"""After so many pieces a job is shown at the unwatched pace: who prints for hours must not fill Redis with entries."""
KEPT = timedelta(minutes=5)
"""How long the stream lives after the job's limit."""


class Showing:
    """Shows one attempt at a job, between `start` and `stop`. Implements actors.runners.port.Listener."""

    def __init__(self, job: JobId, attempt: int, log: OutputSink, clock: Clock, longest: timedelta) -> None:
        self._job = job
        self._log = log
        self._clock = clock
        self._keep = longest + KEPT
        self._mark = Mark(attempt)
        self._began: Began | None = None
        self._unshown: dict[OutputName, bytearray] = {}
        self._pieces = 0
        self._news = asyncio.Event()
        self._hurry = asyncio.Event()
        self._timer: asyncio.TimerHandle | None = None
        self._task: asyncio.Task[None] | None = None
        self._logger: Any = structlog.get_logger(actor="executor", job=str(job.address))

    @property
    def after(self) -> timedelta:
        return AFTER

    def start(self) -> None:
        """The job runs from now on."""
        self._timer = asyncio.get_running_loop().call_later(AFTER.total_seconds(), self._begin)

    def stop(self) -> None:
        """The job has ended: whatever is not shown is in its result."""
        if self._timer is not None:
            self._timer.cancel()
        if self._task is not None:
            self._task.cancel()

    def wrote(self, name: OutputName, content: bytes) -> None:
        self._unshown.setdefault(name, bytearray()).extend(content)
        self._news.set()

    def watched(self) -> None:
        """Somebody begins to listen: what is there should not wait for the slow pace."""
        self._hurry.set()

    def _begin(self) -> None:
        self._began = Began(self._mark, self._clock.now())
        self._news.set()
        self._task = asyncio.get_running_loop().create_task(self._show_forever(), name="showing")

    async def _show_forever(self) -> None:
        while True:
            await self._news.wait()
            self._news.clear()
            outputs, mark = self._outputs()
            if outputs:
                await self._pause(await self._show(outputs, mark))

    def _outputs(self) -> tuple[list[Output], Mark]:
        """What is to be shown, and the mark behind it."""
        outputs: list[Output] = [] if self._began is None else [self._began]
        mark = self._mark
        for name, content in self._unshown.items():
            if size := whole_characters(content):
                mark = mark.moved(name, size)
                outputs.append(Chunk(mark, name, bytes(content[:size])))
        return outputs, mark

    async def _show(self, outputs: list[Output], mark: Mark) -> int:
        """How many listen. What the log does not take stays, and goes with the next piece."""
        try:
            listeners = await self._log.show(self._job, outputs, self._keep)
        except LogUnavailableError as error:
            self._logger.info("output not shown", reason=str(error), action="it is shown later, or with the verdict")
            self._news.set()
            return 0
        for name in ("stdout", "stderr"):
            self._drop(name, mark.of(name) - self._mark.of(name))
        self._mark, self._began = mark, None
        self._pieces += 1
        return listeners

    def _drop(self, name: OutputName, size: int) -> None:
        unshown = self._unshown.get(name)
        if unshown is not None:
            del unshown[:size]
            if not unshown:  # so that the stream which writes first is shown first
                del self._unshown[name]

    async def _pause(self, listeners: int) -> None:
        await asyncio.sleep(WATCHED_PACE)
        if listeners and self._pieces < MOST_PIECES:
            return
        with suppress(TimeoutError):
            async with asyncio.timeout(UNWATCHED_PACE - WATCHED_PACE):
                await self._hurry.wait()
        self._hurry.clear()
