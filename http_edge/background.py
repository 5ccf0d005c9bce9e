"""Work that goes on beside the requests, and starts again when it fails."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager

import structlog

_PAUSE = 1.0  # seconds before failed work starts again


@asynccontextmanager
async def background(*work: Callable[[], Awaitable[None]]) -> AsyncIterator[None]:
    """Run each piece of work until the end of the block."""
    tasks = [asyncio.create_task(_run_again_and_again(piece)) for piece in work]
    try:
        yield
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.wait(tasks)


async def _run_again_and_again(work: Callable[[], Awaitable[None]]) -> None:
    while True:
        try:
            await work()
        except Exception:  # noqa: BLE001 - whatever it is, the edge must go on; the log says what it was
            structlog.get_logger().exception("background work failed")
        stop_if_cancelled()
        await asyncio.sleep(_PAUSE)


def stop_if_cancelled() -> None:
    """Raise the cancellation that met a failure: of the two, a task group reports the failure only."""
    task = asyncio.current_task()
    if task is not None and task.cancelling():
        raise asyncio.CancelledError
