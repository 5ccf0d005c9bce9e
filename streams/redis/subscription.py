"""Redis channels as an endless iterator that survives reconnects and says when something may have been missed."""

import asyncio
import math
from collections.abc import AsyncGenerator, AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from typing import TypeVar

from redis.asyncio.connection import Connection
from redis.exceptions import RedisError

T = TypeVar("T")
_FIRST_PAUSE, _LONGEST_PAUSE = 0.05, 1.0  # seconds between attempts to reconnect


@asynccontextmanager
async def subscription(
    connect: Callable[[], Connection], channels: Sequence[str], parse: Callable[[bytes], T]
) -> AsyncIterator[AsyncIterator[T | None]]:
    """Messages on `channels` through `parse`; None after each (re)connect, when messages may have been missed."""
    messages = _messages(connect, channels, parse)
    try:
        yield messages
    finally:
        await messages.aclose()


async def _messages(
    connect: Callable[[], Connection], channels: Sequence[str], parse: Callable[[bytes], T]
) -> AsyncGenerator[T | None, None]:
    pause = _FIRST_PAUSE
    while True:
        connection = connect()
        try:
            await connection.connect()  # type: ignore[no-untyped-call]
            await connection.send_command("SUBSCRIBE", *channels)
            yield None
            pause = _FIRST_PAUSE
            while True:
                kind, _, body = await connection.read_response(timeout=math.inf, push_request=True)
                if kind == b"message":
                    yield parse(body)
        except (RedisError, OSError):
            await asyncio.sleep(pause)
            pause = min(2 * pause, _LONGEST_PAUSE)
        finally:
            await connection.disconnect(nowait=True)
