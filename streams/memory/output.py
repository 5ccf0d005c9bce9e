"""Live output in memory."""

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from datetime import timedelta

from streams.jobid import JobId
from streams.memory.contents import MemoryPart, listening
from streams.memory.news import MemoryNews
from streams.output import NOWHERE, Mark, Output


class OutputStreams(MemoryPart):
    """Implements streams.output_ports."""

    async def show(self, job: JobId, outputs: Sequence[Output], keep: timedelta) -> int:
        shown = self._shown(job)
        for output in outputs:
            if output.mark > (shown[-1].mark if shown else NOWHERE):
                shown.append(output)
        self.contents.outputs[job] = (shown, self._clock.now() + keep)
        return sum([listener.tell(job) for listener in self._output_listeners])

    @asynccontextmanager
    async def watched_jobs(self) -> AsyncIterator[AsyncIterator[str | None]]:
        listener: asyncio.Queue[str | None] = asyncio.Queue()
        with listening(listener, self._watch_listeners) as messages:
            yield messages

    async def read_output(self, job: JobId, after: Mark) -> Sequence[Output]:
        return [output for output in self._shown(job) if output.mark > after]

    @asynccontextmanager
    async def output_news(self) -> AsyncIterator[MemoryNews]:
        news = MemoryNews(self._say_watched)
        self._output_listeners.append(news)
        try:
            yield news
        finally:
            self._output_listeners.remove(news)

    def _shown(self, job: JobId) -> list[Output]:
        shown, expires = self.contents.outputs.get(job, ([], self._clock.now()))
        return shown if expires > self._clock.now() else []

    def _say_watched(self, job: JobId) -> None:
        for listener in self._watch_listeners:
            listener.put_nowait(str(job))
