"""Work beside the requests: it starts again when it fails, and it ends when it is told to."""

import asyncio

import pytest

from http_edge.background import background, together
from tests.unit.http_edge.virtual import in_virtual_time


@in_virtual_time
async def test_work_that_fails_starts_again() -> None:
    starts = asyncio.Queue[int]()

    async def work() -> None:
        starts.put_nowait(1)
        raise ValueError("a mistake of ours")

    async with background(work):
        for _ in range(3):
            await starts.get()


@in_virtual_time
async def test_a_failure_on_the_way_out_does_not_keep_it_going() -> None:
    """A task group whose child fails while it is cancelled reports the failure only."""
    working = asyncio.Event()

    async def child() -> None:
        try:
            working.set()
            await asyncio.Event().wait()
        finally:
            raise ValueError("a mistake of ours")

    async def work() -> None:
        async with asyncio.TaskGroup() as group:
            group.create_task(child())

    async with asyncio.timeout(10):
        async with background(work):
            await working.wait()


@in_virtual_time
async def test_one_failure_ends_all_that_goes_on_together() -> None:
    ended: list[str] = []

    async def long() -> None:
        try:
            await asyncio.Event().wait()
        finally:
            ended.append("long")

    async def fails() -> None:
        await asyncio.sleep(1)
        raise ValueError("a mistake of ours")

    with pytest.raises(ValueError, match="ours"):
        await together(long=long, fails=fails)
    assert ended == ["long"]


@in_virtual_time
async def test_a_cancellation_is_stronger_than_failures_on_the_way_out() -> None:
    async def stubborn() -> None:
        try:
            await asyncio.Event().wait()
        finally:
            raise ValueError("a mistake of ours")

    task = asyncio.create_task(together(one=stubborn, other=stubborn))
    await asyncio.sleep(1)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
