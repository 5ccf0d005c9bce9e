"""Who listens to which jobs' output, in memory."""

import asyncio
from collections.abc import AsyncIterator, Callable

from streams.jobid import JobId


class MemoryNews:
    """Implements streams.output_ports.OutputNews. `on_watch` is told of each job that is watched."""

    def __init__(self, on_watch: Callable[[JobId], None]) -> None:
        self._on_watch = on_watch
        self._jobs: set[JobId] = set()
        self._news: asyncio.Queue[str] = asyncio.Queue()

    def watch(self, job: JobId) -> None:
        self._jobs.add(job)
        self._on_watch(job)
        self._news.put_nowait(str(job))

    def unwatch(self, job: JobId) -> None:
        self._jobs.discard(job)

    def tell(self, job: JobId) -> bool:
        """Whether anybody here listens to `job`; if so, they hear of it."""
        if job in self._jobs:
            self._news.put_nowait(str(job))
        return job in self._jobs

    async def __aiter__(self) -> AsyncIterator[str]:
        while True:
            yield await self._news.get()
