"""What executors and edges need of a log for live output. The streams' facts know nothing of it: it may be lost."""

from collections.abc import AsyncIterator, Sequence
from contextlib import AbstractAsyncContextManager
from datetime import timedelta
from typing import Protocol

from streams.jobid import JobId
from streams.output import Mark, Output


class OutputSink(Protocol):
    """An executor's side. All raise LogUnavailableError."""

    async def show(self, job: JobId, outputs: Sequence[Output], keep: timedelta) -> int:
        """Append `outputs` to the job's output stream, which lives for `keep` from now; how many subscriptions heard.

        What is not after the stream's last mark is left out: a repetition after a lost answer changes nothing.
        """
        ...

    def watched_jobs(self) -> AbstractAsyncContextManager[AsyncIterator[str | None]]:
        """Ids of jobs that somebody begins to listen to. None: some may have been missed."""
        ...


class OutputNews(Protocol):
    """Where a process hears that the jobs it listens to have written something: one subscription for all of them."""

    def watch(self, job: JobId) -> None:
        """Tell of this job from now on: once at the beginning, as something may be there already."""
        ...

    def unwatch(self, job: JobId) -> None:
        """Tell no more of it."""
        ...

    def __aiter__(self) -> AsyncIterator[str]:
        """Ids of jobs with new output; after a reconnect, of all that are watched."""
        ...


class OutputSource(Protocol):
    """An edge's side."""

    def output_news(self) -> AbstractAsyncContextManager[OutputNews]: ...

    async def read_output(self, job: JobId, after: Mark) -> Sequence[Output]:
        """What the job's output stream has after that mark. Raises LogUnavailableError."""
        ...
