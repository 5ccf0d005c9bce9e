"""Redis channels as an endless iterator that survives reconnects and says when something may have been missed."""

import asyncio
from collections.abc import AsyncGenerator, AsyncIterator, Callable, Sequence
from contextlib import aclosing, asynccontextmanager
from typing import Any, TypeVar

from streams.ports import LogUnavailableError
from streams.redis.link import open_link
from streams.settings import RedisSettings

T = TypeVar("T")
_FIRST_PAUSE, _LONGEST_PAUSE = 0.05, 1.0  # seconds between attempts to reconnect


@asynccontextmanager
async def subscription(
    settings: RedisSettings, channels: Sequence[str], parse: Callable[[bytes], T]
) -> AsyncIterator[AsyncIterator[T | None]]:
    """Messages on `channels` through `parse`; None after each (re)connect, when messages may have been missed."""
    messages = _messages(settings, channels, parse)
    try:
        yield messages
    finally:
        await messages.aclose()


async def _messages(
    settings: RedisSettings, channels: Sequence[str], parse: Callable[[bytes], T]
) -> AsyncGenerator[T | None, None]:
    async for body in paced(lambda: _one_connection(settings, channels)):
        yield None if body is None else parse(body)


async def paced(connect: Callable[[], AsyncGenerator[T, None]]) -> AsyncGenerator[T, None]:
    """What one connection after the other says, with growing pauses between those that say nothing."""
    pause = _FIRST_PAUSE
    while True:
        async with aclosing(connect()) as messages:
            async for message in messages:
                yield message
                pause = _FIRST_PAUSE
        await asyncio.sleep(pause)
        pause = min(2 * pause, _LONGEST_PAUSE)


async def _one_connection(settings: RedisSettings, channels: Sequence[str]) -> AsyncGenerator[bytes | None, None]:
    """None once subscribed, then messages, until the connection breaks."""
    pushed: asyncio.Queue[Any] = asyncio.Queue()
    try:
        link = await open_link(settings, pushed.put_nowait)
    except LogUnavailableError:
        return
    link.lost.add_done_callback(lambda _: pushed.put_nowait(None))
    link.keep_asking()
    subscribed = 0
    link.tell(("SUBSCRIBE", *channels))
    try:
        while (push := await pushed.get()) is not None:
            if push[0] == b"message":
                yield push[2]
            elif push[0] == b"subscribe":
                subscribed += 1
                if subscribed == len(channels):
                    yield None
    finally:
        link.abort("the subscription ended")
