"""A blocking XREADGROUP that can be cancelled without losing what it was about to return."""

import asyncio
from collections.abc import Sequence
from datetime import timedelta
from typing import Any

from streams.duration import in_milliseconds
from streams.redis.link import ANSWER_DEADLINE
from streams.redis.wire import Wire
from streams.settings import RedisSettings


class BlockingRead:
    """One read at a time on a connection of its own.

    When the caller is cancelled the read goes on: Redis may already have assigned entries to the consumer. What it
    then brings is *late*, and the next caller takes it.
    """

    def __init__(self, redis: RedisSettings) -> None:
        self._wire = Wire(redis)
        self._read: asyncio.Task[Any] | None = None

    async def read(
        self, group: str, consumer: str, count: int, wait: timedelta, streams: Sequence[str]
    ) -> dict[bytes, Any] | None:
        """What XREADGROUP answers: stream -> entries, or None after `wait` without any."""
        if self._read is None:
            self._read = asyncio.create_task(self._start(group, consumer, count, wait, streams))
        read = self._read
        answer: dict[bytes, Any] | None = await asyncio.shield(read)
        self._read = None
        return answer

    def _start(self, group: str, consumer: str, count: int, wait: timedelta, streams: Sequence[str]) -> Any:
        milliseconds = max(in_milliseconds(wait), 1)  # 0 would block for ever
        return self._wire.call(
            *("XREADGROUP", "GROUP", group, consumer, "COUNT", count, "BLOCK", milliseconds, "STREAMS"),
            *streams,
            *(">" for _ in streams),
            deadline=milliseconds / 1000 + ANSWER_DEADLINE,
        )

    def take_late(self) -> dict[bytes, Any] | None:
        """What a read brought after its caller was cancelled."""
        if self._read is None or not self._read.done():
            return None
        read, self._read = self._read, None
        if read.cancelled() or read.exception() is not None:
            return None
        answer: dict[bytes, Any] | None = read.result()
        return answer

    async def stop(self) -> dict[bytes, Any] | None:
        """Wait for the read under way, if any; returns what it brought."""
        if self._read is not None:
            await asyncio.wait([self._read])
        return self.take_late()

    async def close(self) -> None:
        """Break the read under way, if any, and close the connection."""
        await self._wire.close()
        if self._read is not None:
            await asyncio.wait([self._read])
            self.take_late()
