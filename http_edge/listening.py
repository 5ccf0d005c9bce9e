"""Who listens to which job: each job is read once for all listeners of this process, when there is news of it."""

import asyncio
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Protocol

import structlog

from http_edge.waiters import Waiters
from streams.jobid import JobId
from streams.output import NOWHERE, Began, Output
from streams.output_ports import OutputNews, OutputSource
from streams.ports import LogUnavailableError, SubmissionLog
from streams.state import JobState

RETRY = 0.5
"""Seconds until what the log could not answer is asked again."""


class ListeningLog(SubmissionLog, OutputSource, Protocol):
    """What listening needs of a log."""


class Followed:
    """A job that somebody here listens to. `outputs` are the last attempt's, as much as the job's limit allows; another
    attempt makes another list. `over`: nothing can be told any more, and whoever listens may come again.
    """

    def __init__(self, job: JobId, state: JobState) -> None:
        self.job = job
        self.state = state
        self.outputs: list[Output] = []
        self.over = False
        self.bells: set[asyncio.Event] = set()
        self._mark = NOWHERE
        self._news = asyncio.Event()
        self._old: set[str] = set()
        self.state_changed()  # between the reading of `state` and now, both may have
        self.output_grew()

    def state_changed(self) -> None:
        self._old.add("state")
        self._news.set()

    def output_grew(self) -> None:
        self._old.add("output")
        self._news.set()

    def end(self) -> None:
        """Let everybody go."""
        self.over = True
        self._ring()

    async def follow(self, log: ListeningLog) -> None:
        """Read what there is news of, and tell all who listen, until cancelled."""
        while not self.over:
            await self._news.wait()
            self._news.clear()
            try:
                await self._read(log)
            except LogUnavailableError as error:
                structlog.get_logger().warning("listening interrupted", reason=str(error))
                await asyncio.sleep(RETRY)
                self._news.set()
            except Exception:  # noqa: BLE001 - whatever it is, they had better come again than wait for ever
                structlog.get_logger().exception("listening broke")
                self.end()
            else:
                self._ring()

    async def _read(self, log: ListeningLog) -> None:
        old, self._old = self._old, set()
        try:
            if "output" in old:
                self._take(await log.read_output(self.job, self._mark))
            if "state" in old:
                state = await log.read(self.job)
                self.over = self.over or state is None  # after a flush, say
                self.state = state or self.state
        except LogUnavailableError:
            self._old |= old
            raise

    def _take(self, outputs: Sequence[Output]) -> None:
        for output in outputs:
            self._mark = output.mark
            if isinstance(output, Began):
                self.outputs = []
            self.outputs.append(output)

    def _ring(self) -> None:
        for bell in self.bells:
            bell.set()


class Listening:
    """All listeners of this process. `run` must be running for them to hear of output."""

    def __init__(self, log: ListeningLog, waiters: Waiters) -> None:
        self._log = log
        self._waiters = waiters
        self._followed: dict[str, Followed] = {}
        self._tasks: dict[Followed, asyncio.Task[None]] = {}
        self._news: OutputNews | None = None
        self._closing = False

    async def run(self) -> None:
        """Pass the news on, until cancelled."""
        async with self._log.output_news() as news:
            self._news = news
            try:
                for followed in self._followed.values():
                    news.watch(followed.job)
                async for job_id in news:
                    if job_id in self._followed:
                        self._followed[job_id].output_grew()
            finally:
                self._news = None

    def release_all(self) -> None:
        """Let everybody go, now and from now on: the process is about to stop, and another one goes on."""
        self._closing = True
        for followed in self._followed.values():
            followed.end()

    @contextmanager
    def following(self, job: JobId, state: JobState, bell: asyncio.Event) -> Iterator[Followed]:
        """While inside, `bell` is set whenever there may be something to tell of `job`, which was in `state`."""
        followed = self._followed.get(str(job)) or self._follow(job, state)
        if self._closing:
            followed.end()
        followed.bells.add(bell)
        try:
            yield followed
        finally:
            followed.bells.remove(bell)
            if not followed.bells:
                self._forget(followed)

    def _follow(self, job: JobId, state: JobState) -> Followed:
        followed = self._followed[str(job)] = Followed(job, state)
        self._tasks[followed] = asyncio.get_running_loop().create_task(followed.follow(self._log), name="following")
        self._waiters.watch(str(job), followed.state_changed)
        if self._news is not None:
            self._news.watch(job)
        return followed

    def _forget(self, followed: Followed) -> None:
        del self._followed[str(followed.job)]
        self._tasks.pop(followed).cancel()
        self._waiters.unwatch(str(followed.job))
        if self._news is not None:
            self._news.unwatch(followed.job)
