"""A full queue refuses at once, and how full it is costs no request a look."""

import asyncio
from contextlib import suppress
from dataclasses import dataclass

import pytest

from http_edge.backlog import FORGET_AFTER, REFRESH, SURE_FOR, Backlog
from http_edge.problems import Problem
from streams.ports import LogUnavailableError
from tests.unit.http_edge.virtual import in_virtual_time


@dataclass
class FakeLog:
    """So many submissions wait; None: nobody can say."""

    waiting: int | None = 0
    looks: int = 0

    async def backlog(self, language: str) -> int:
        assert language == "python"
        self.looks += 1
        if self.waiting is None:
            raise LogUnavailableError("away")
        return self.waiting


def backlog(limit: int, waiting: int | None = 0) -> tuple[Backlog, FakeLog]:
    log = FakeLog(waiting)
    return Backlog(log, limit), log  # type: ignore[arg-type]  # only what is used is there


async def refusal(of: Backlog) -> Problem | None:
    try:
        await of.enter("python")
    except Problem as problem:
        return problem
    return None


@in_virtual_time
async def test_many_submissions_cost_one_look() -> None:
    """What this process submits itself, it counts."""
    queue, log = backlog(limit=1000)
    for _ in range(999):
        assert await refusal(queue) is None
    assert log.looks == 1


@in_virtual_time
async def test_a_full_queue_is_429_with_a_time_to_come_back() -> None:
    queue, _ = backlog(limit=5, waiting=3)
    answers = [await refusal(queue) for _ in range(3)]
    assert answers[:2] == [None, None]
    assert answers[2] is not None
    assert answers[2].status == 429
    assert int(answers[2].headers["Retry-After"]) >= 1
    assert answers[2].detail == "The queue for python is full: 5 submissions wait."


@in_virtual_time
async def test_a_flood_against_a_full_queue_is_no_flood_of_looks() -> None:
    queue, log = backlog(limit=5, waiting=5)
    for _ in range(1000):
        assert await refusal(queue) is not None
    assert log.looks == 1


@in_virtual_time
async def test_room_is_noticed_soon() -> None:
    """Without the background's help."""
    queue, log = backlog(limit=5, waiting=5)
    assert await refusal(queue) is not None
    log.waiting = 4
    await asyncio.sleep(2 * SURE_FOR)
    assert await refusal(queue) is None
    assert await refusal(queue) is not None


@in_virtual_time
async def test_a_queue_in_use_is_watched_and_one_out_of_use_is_not() -> None:
    """What other edges submit is seen within a refresh; also when the log was away meanwhile."""
    queue, log = backlog(limit=5)
    running = asyncio.create_task(queue.run())
    assert await refusal(queue) is None
    log.waiting = None
    await asyncio.sleep(2 * REFRESH)
    log.waiting = 5
    await asyncio.sleep(2 * REFRESH)
    assert await refusal(queue) is not None
    await asyncio.sleep(FORGET_AFTER + 2 * REFRESH)
    looks = log.looks
    await asyncio.sleep(FORGET_AFTER)
    assert log.looks == looks
    running.cancel()
    with suppress(asyncio.CancelledError):
        await running


@in_virtual_time
async def test_a_log_that_is_away_refuses_the_first() -> None:
    queue, log = backlog(limit=5, waiting=None)
    with pytest.raises(LogUnavailableError):
        await queue.enter("python")
    log.waiting = 0
    await asyncio.sleep(2 * SURE_FOR)
    assert await refusal(queue) is None


@in_virtual_time
async def test_the_first_submissions_of_a_process_are_not_refused_while_it_looks() -> None:
    """They share the look, and the room that it finds."""
    queue, log = backlog(limit=5)
    answers = await asyncio.gather(*(refusal(queue) for _ in range(20)))
    assert answers.count(None) == 5
    assert log.looks == 1
