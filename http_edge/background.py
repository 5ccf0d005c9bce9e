"""Work that goes on beside the requests, and starts again when it fails."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Coroutine
from contextlib import asynccontextmanager
from typing import Any

import structlog

_PAUSE = 1.0  # seconds before failed work starts again


@asynccontextmanager
async def background(*work: Callable[[], Awaitable[None]]) -> AsyncIterator[None]:
    """Run each piece of work until the end of the block."""
    stopping = asyncio.Event()
    tasks = [asyncio.create_task(_run_again_and_again(piece, stopping)) for piece in work]
    try:
        yield
    finally:
        stopping.set()
        for task in tasks:
            task.cancel()
        await asyncio.wait(tasks)


async def together(**work: Callable[[], Coroutine[Any, Any, None]]) -> None:
    """Run all of the work, by name, until one piece fails or returns; the others are cancelled then.

    Raises what that one raised. Unlike a task group it never loses its own cancellation to a failure.
    """
    tasks = [asyncio.create_task(piece(), name=name) for name, piece in work.items()]
    try:
        done, _ = await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
        for task in done:
            task.result()
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)


async def _run_again_and_again(work: Callable[[], Awaitable[None]], stopping: asyncio.Event) -> None:
    while True:
        try:
            await work()
        except Exception:  # noqa: BLE001 - whatever it is, the edge must go on; the log says what it was
            structlog.get_logger().exception("background work failed")
        if stopping.is_set():  # the cancellation met a failure, and of the two only the failure was raised
            return
        await asyncio.sleep(_PAUSE)
