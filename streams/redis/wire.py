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
        self._opening: asyncio.Task[Link] | None = None
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
        """Close the connection; calls in flight, or waiting for it to open, fail."""
        if self._opening is not None:
            self._opening.cancel()
            await asyncio.wait((self._opening,))
        if self._link is not None:
            self._link.abort("the connection was closed")

    async def _open(self) -> Link:
        """One attempt for all who wait: each on its own would be refused that much later than the one before it."""
        opening = self._opening
        if opening is None:
            opening = self._opening = asyncio.get_running_loop().create_task(open_link(self._settings), name="wire")
            opening.add_done_callback(self._opened)
        try:
            return await asyncio.shield(opening)
        except asyncio.CancelledError:
            if opening.cancelled():
                raise LogUnavailableError("the connection was closed") from None
            raise

    def _opened(self, opening: asyncio.Task[Link]) -> None:
        self._opening = None
        if not opening.cancelled() and opening.exception() is None:
            self._link = opening.result()


@asynccontextmanager
async def wire_to(settings: RedisSettings) -> AsyncIterator[Wire]:
    """A wire that closes on the way out."""
    wire = Wire(settings)
    try:
        yield wire
    finally:
        await wire.close()
