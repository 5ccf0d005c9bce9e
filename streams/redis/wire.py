"""One Redis connection shared by concurrent callers, opened when first needed and again after it broke."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

from streams.ports import LogUnavailableError
from streams.redis.link import ANSWER_DEADLINE, Argument, Link, open_link
from streams.settings import RedisSettings


class Wire:
    """Calls over one link at a time.

    A broken connection fails every call in flight with LogUnavailableError: whether Redis did what they asked is
    unknown, and the caller's to handle. A blocking command holds up all others on its wire, so it gets its own.
    """

    def __init__(self, settings: RedisSettings) -> None:
        self._settings = settings
        self._link: Link | None = None
        self._opening = asyncio.Lock()
        self._refusal: str | None = None

    async def call(self, *command: Argument, deadline: float = ANSWER_DEADLINE) -> Any:
        """Redis's answer to `command`. Raises ResponseError for what Redis refuses, LogUnavailableError otherwise."""
        if self._refusal is not None:
            raise LogUnavailableError(self._refusal)
        link = self._link
        if link is None or not link.is_open:
            link = await self._open()
        return await link.send(command, deadline)

    def refuse(self, reason: str) -> None:
        """Fail every later call with `reason`."""
        self._refusal = reason

    async def close(self) -> None:
        """Close the connection; calls in flight fail."""
        if self._link is not None:
            self._link.abort("the connection was closed")

    async def _open(self) -> Link:
        async with self._opening:
            if self._link is None or not self._link.is_open:
                self._link = await open_link(self._settings)
            return self._link


@asynccontextmanager
async def wire_to(settings: RedisSettings) -> AsyncIterator[Wire]:
    """A wire that closes on the way out."""
    wire = Wire(settings)
    try:
        yield wire
    finally:
        await wire.close()
