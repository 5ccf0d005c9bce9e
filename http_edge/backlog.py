"""How many submissions wait, per language: asked for in the background, so that no request pays for it."""

import asyncio

import structlog

from http_edge.problems import Problem
from streams.ports import LogUnavailableError, SubmissionLog

REFRESH = 0.25
"""Seconds between looks, for the languages in use; in between, what this process submitted is added."""
SURE_FOR = 0.05
"""Seconds for which a full queue is taken to be full still; a flood must not become a flood of looks."""
FORGET_AFTER = 10.0
"""Seconds without a submission after which a language's backlog is no longer asked for."""


class Backlog:
    """Refuses submissions to a language whose queue is full. `run` must be running to see it drain."""

    def __init__(self, log: SubmissionLog, limit: int) -> None:
        self._log = log
        self._limit = limit
        self._waiting: dict[str, int] = {}
        self._looked_at: dict[str, float] = {}
        self._used_at: dict[str, float] = {}
        self._looks: dict[str, asyncio.Task[None]] = {}

    async def run(self) -> None:
        """Keep the counts fresh, until cancelled."""
        while True:
            await asyncio.sleep(REFRESH)
            now = asyncio.get_running_loop().time()
            for language in list(self._waiting):
                if now - self._used_at[language] > FORGET_AFTER:
                    del self._waiting[language]
                    continue
                try:
                    await self._look(language)
                except LogUnavailableError as error:
                    structlog.get_logger().warning("backlog unavailable", reason=str(error))

    async def enter(self, language: str) -> None:
        """Count one submission. Raises Problem when the queue is full."""
        now = asyncio.get_running_loop().time()
        self._used_at[language] = now
        if self._may_be_full(language) and now - self._looked_at.get(language, float("-inf")) > SURE_FOR:
            await self._look(language)
        waiting = self._waiting.get(language, self._limit)
        if waiting >= self._limit:
            detail = f"The queue for {language} is full: {waiting} submissions wait."
            raise Problem(429, detail, headers={"Retry-After": "1"})
        self._waiting[language] = waiting + 1

    def leave(self, language: str) -> None:
        """Take back what `enter` counted: nothing was appended."""
        if language in self._waiting:
            self._waiting[language] -= 1

    def _may_be_full(self, language: str) -> bool:
        return self._waiting.get(language, self._limit) >= self._limit

    async def _look(self, language: str) -> None:
        """Ask the log; who comes while that is under way waits for the same answer."""
        look = self._looks.get(language)
        if look is None:
            look = self._looks[language] = asyncio.create_task(self._ask(language))
            look.add_done_callback(lambda _: self._looks.pop(language))
        await asyncio.shield(look)  # the first of those who wait may leave before the others

    async def _ask(self, language: str) -> None:
        self._waiting[language] = await self._log.backlog(language)
        self._looked_at[language] = asyncio.get_running_loop().time()
