"""Who was seen lately is known without asking: for how long, and what happens when nobody answers. In virtual time."""

import asyncio
from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import pytest

from http_edge.accounts.memory import (
    AWAY_FOR,
    FRESH_FOR,
    LONGEST_LOOK,
    MOST,
    PATIENCE,
    STALE_FOR,
    UNKNOWN_FOR,
    CallerMemory,
    Found,
)
from http_edge.identity import SCOPES, Caller
from streams.postgres.database import DatabaseUnavailableError
from tests.unit.http_edge.virtual import in_virtual_time

AT = datetime(2026, 1, 2, tzinfo=UTC)
ADA = Caller("ada", "free", admin=False, scopes=SCOPES)
DIGEST = b"d" * 32


class LoopClock:
    """Wall time that goes with the loop's."""

    def now(self) -> datetime:
        return AT + timedelta(seconds=asyncio.get_running_loop().time())


class Books:
    """The database: what it knows, and whether it answers."""

    def __init__(self) -> None:
        self.known: Found | None = Found(ADA, None)
        self.looks = 0
        self.away = False
        self.takes = 0.0
        self.before_answering: Callable[[], None] = lambda: None

    async def look(self) -> Found | None:
        self.looks += 1
        if self.away:
            raise DatabaseUnavailableError("away")
        found = self.known
        await asyncio.sleep(self.takes)
        self.before_answering()
        return found


@in_virtual_time
async def test_the_fresh_are_not_asked_for_again() -> None:
    memory, books = CallerMemory(LoopClock()), Books()
    for _ in range(10):
        assert await memory.recall(DIGEST, books.look) == ADA
    await asyncio.sleep(FRESH_FOR - 1)
    assert await memory.recall(DIGEST, books.look) == ADA
    assert books.looks == 1
    await asyncio.sleep(2)
    books.known = None
    for _ in range(10):
        assert await memory.recall(DIGEST, books.look) is None
    assert books.looks == 2


@in_virtual_time
async def test_the_unknown_are_asked_for_again_after_a_while_and_after_any_change() -> None:
    """An account that is enabled again has its keys again."""
    memory, books = CallerMemory(LoopClock()), Books()
    books.known = None
    changes: list[Callable[[], None]] = [lambda: memory.forget("ada"), memory.doubt_all]
    for change in changes:
        for _ in range(10):
            assert await memory.recall(DIGEST, books.look) is None
        change()
    assert books.looks == 2
    assert await memory.recall(DIGEST, books.look) is None
    await asyncio.sleep(UNKNOWN_FOR)
    books.known = Found(ADA, None)
    assert await memory.recall(DIGEST, books.look) == ADA


@in_virtual_time
async def test_an_answer_that_knew_nobody_before_a_change_is_not_kept() -> None:
    memory, books = CallerMemory(LoopClock()), Books()
    books.known = None
    books.before_answering = lambda: memory.forget("ada")
    assert await memory.recall(DIGEST, books.look) is None
    books.known = Found(ADA, None)
    assert await memory.recall(DIGEST, books.look) == ADA


@in_virtual_time
async def test_a_flood_of_the_unknown_drives_nobody_out() -> None:
    memory, books = CallerMemory(LoopClock()), Books()
    await memory.recall(DIGEST, books.look)
    books.known = None
    for number in range(MOST + 1):
        await memory.recall(number.to_bytes(32), books.look)
    books.looks = 0
    assert await memory.recall(DIGEST, books.look) == ADA
    assert await memory.recall(MOST.to_bytes(32), books.look) is None
    assert books.looks == 0
    await memory.recall((0).to_bytes(32), books.look)
    assert books.looks == 1


@in_virtual_time
async def test_while_nobody_answers_the_known_go_on_for_a_while() -> None:
    memory, books = CallerMemory(LoopClock()), Books()
    await memory.recall(DIGEST, books.look)
    books.away = True
    await asyncio.sleep(STALE_FOR - 1)
    assert await memory.recall(DIGEST, books.look) == ADA
    with pytest.raises(DatabaseUnavailableError):
        await memory.recall(b"unknown", books.look)
    await asyncio.sleep(2)
    with pytest.raises(DatabaseUnavailableError):
        await memory.recall(DIGEST, books.look)
    books.away = False
    await asyncio.sleep(AWAY_FOR)
    assert await memory.recall(DIGEST, books.look) == ADA


@in_virtual_time
async def test_nobody_waits_long_for_a_database_that_hangs() -> None:
    """The known for a moment, once a second; the unknown a little longer, and one after another not at all."""
    memory, books = CallerMemory(LoopClock()), Books()
    await memory.recall(DIGEST, books.look)
    await asyncio.sleep(FRESH_FOR)
    books.takes = 3600
    loop = asyncio.get_running_loop()
    began = loop.time()
    assert await memory.recall(DIGEST, books.look) == ADA
    assert loop.time() - began == pytest.approx(PATIENCE)
    began = loop.time()
    for _ in range(5):
        assert await memory.recall(DIGEST, books.look) == ADA
    assert loop.time() == began
    await asyncio.sleep(AWAY_FOR)
    began = loop.time()
    with pytest.raises(DatabaseUnavailableError):
        await memory.recall(b"unknown", books.look)
    assert loop.time() - began == pytest.approx(LONGEST_LOOK)


@in_virtual_time
async def test_who_lost_rights_is_asked_for_at_once() -> None:
    memory, books = CallerMemory(LoopClock()), Books()
    await memory.recall(DIGEST, books.look)
    books.known = None
    memory.forget("somebody else")
    assert await memory.recall(DIGEST, books.look) == ADA
    memory.forget("ada")
    assert await memory.recall(DIGEST, books.look) is None


@in_virtual_time
async def test_an_answer_older_than_a_change_is_not_kept() -> None:
    """The database answered, and the news of a change overtook the answer."""
    memory, books = CallerMemory(LoopClock()), Books()
    books.before_answering = lambda: memory.forget("ada")
    await memory.recall(DIGEST, books.look)
    books.known = None
    assert await memory.recall(DIGEST, books.look) is None


@in_virtual_time
async def test_who_was_seen_is_no_stranger_after_a_change() -> None:
    """Neither where the news overtook the answer nor where it came later; only until they are looked for in vain."""
    memory, books = CallerMemory(LoopClock()), Books()
    books.before_answering = lambda: memory.forget("ada")
    await memory.recall(DIGEST, books.look)
    assert memory.remembers(DIGEST)
    books.before_answering = lambda: None
    await memory.recall(DIGEST, books.look)
    memory.forget("ada")
    assert memory.remembers(DIGEST)
    books.known = None
    assert await memory.recall(DIGEST, books.look) is None
    await asyncio.sleep(UNKNOWN_FOR)
    assert not memory.remembers(DIGEST)


@in_virtual_time
async def test_credentials_end_to_the_moment() -> None:
    memory, books = CallerMemory(LoopClock()), Books()
    books.known = Found(ADA, LoopClock().now() + timedelta(seconds=5))
    await memory.recall(DIGEST, books.look)
    books.away = True
    await asyncio.sleep(5)
    with pytest.raises(DatabaseUnavailableError):
        await memory.recall(DIGEST, books.look)


@in_virtual_time
async def test_many_at_once_ask_once_and_a_client_that_leaves_takes_nobody_along() -> None:
    memory, books = CallerMemory(LoopClock()), Books()
    books.takes = 1
    waiting = [asyncio.create_task(memory.recall(DIGEST, books.look)) for _ in range(5)]
    await asyncio.sleep(0.5)
    waiting[0].cancel()
    assert await asyncio.gather(*waiting[1:]) == [ADA] * 4
    assert books.looks == 1


@in_virtual_time
async def test_memory_is_bounded() -> None:
    memory, books = CallerMemory(LoopClock()), Books()
    for number in range(MOST + 1):
        await memory.recall(number.to_bytes(32), books.look)
    books.looks = 0
    await memory.recall(MOST.to_bytes(32), books.look)
    assert books.looks == 0
    await memory.recall((0).to_bytes(32), books.look)
    assert books.looks == 1
