"""Output is shown from 50 ms on, at a bounded pace, whole characters only, and never lost by a log that is away."""

import asyncio
from collections.abc import Coroutine
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

from actors.showing import MOST_PIECES, Showing
from streams.output import Began, Chunk, Mark, Output
from streams.ports import LogUnavailableError
from tests.unit.actors.virtual_time import START, VirtualClock, run
from tests.unit.streams.facts_made import job_id

JOB = job_id()
SECOND = timedelta(seconds=1)


@dataclass
class FakeSink:
    """As much of a log as showing needs: what was shown, and when."""

    listeners: int = 0
    away: bool = False
    shown: list[Output] = field(default_factory=list)
    times: list[float] = field(default_factory=list)
    keep: timedelta = timedelta(0)

    async def show(self, job: object, outputs: list[Output], keep: timedelta) -> int:
        assert job == JOB
        self.times.append(round(asyncio.get_running_loop().time(), 3))
        if self.away:
            raise LogUnavailableError("away")
        self.shown += outputs
        self.keep = keep
        return self.listeners

    def text(self, name: str = "stdout") -> bytes:
        return b"".join(each.content for each in self.shown if isinstance(each, Chunk) and each.name == name)


def showing(sink: FakeSink, attempt: int = 1) -> Showing:
    made = Showing(JOB, attempt, sink, VirtualClock(), 3 * SECOND)  # type: ignore[arg-type]  # it needs no more
    made.start()
    return made


async def _with_no_task_left(test: Coroutine[Any, Any, None]) -> None:
    await test
    await asyncio.sleep(0)
    assert len(asyncio.all_tasks()) == 1


def timeless(test: Coroutine[Any, Any, None]) -> None:
    run(_with_no_task_left(test))


def test_a_short_job_shows_nothing() -> None:
    async def test() -> None:
        sink = FakeSink()
        at = showing(sink)
        at.wrote("stdout", b"hello")
        await asyncio.sleep(0.049)
        assert len(asyncio.all_tasks()) == 1  # not even a task
        at.stop()
        await asyncio.sleep(5)
        assert sink.times == []

    timeless(test())


def test_at_50_ms_the_attempt_and_its_output_so_far_are_shown() -> None:
    async def test() -> None:
        sink = FakeSink()
        at = showing(sink, attempt=2)
        at.wrote("stderr", b"oh")
        at.wrote("stdout", b"hello")
        await asyncio.sleep(0.06)
        at.stop()
        assert sink.times == [0.05]
        assert sink.shown == [
            Began(Mark(2), START + timedelta(milliseconds=50)),
            Chunk(Mark(2, 0, 2), "stderr", b"oh"),
            Chunk(Mark(2, 5, 2), "stdout", b"hello"),
        ]
        assert sink.keep == timedelta(minutes=5, seconds=3)

    timeless(test())


def test_the_pace_follows_who_listens() -> None:
    """A program that prints every millisecond: one piece a second unheard, one in 40 ms heard."""

    async def test() -> None:
        sink = FakeSink()
        at = showing(sink)

        async def print_for(milliseconds: int) -> int:
            before = len(sink.times)
            for _ in range(milliseconds):
                at.wrote("stdout", b".")
                await asyncio.sleep(0.001)
            return len(sink.times) - before

        assert await print_for(5000) == 5
        sink.listeners = 1
        at.watched()
        assert 24 <= await print_for(1000) <= 26
        sink.listeners = 0
        assert await print_for(5000) <= 6
        at.stop()

    timeless(test())


def test_who_begins_to_listen_need_not_wait_for_the_slow_pace() -> None:
    async def test() -> None:
        sink = FakeSink()
        at = showing(sink)
        await asyncio.sleep(0.1)
        at.wrote("stdout", b"a")
        await asyncio.sleep(0.2)
        assert sink.text() == b""
        at.watched()
        await asyncio.sleep(0.001)
        assert sink.text() == b"a"
        at.stop()

    timeless(test())


def test_a_silent_job_is_shown_at_once_when_it_speaks() -> None:
    async def test() -> None:
        sink = FakeSink()
        at = showing(sink)
        await asyncio.sleep(30)
        assert len(sink.times) == 1
        at.wrote("stdout", b"a")
        await asyncio.sleep(0)
        await asyncio.sleep(0.001)
        assert sink.text() == b"a"
        at.stop()

    timeless(test())


def test_a_character_is_shown_when_it_is_whole() -> None:
    async def test() -> None:
        sink = FakeSink(listeners=1)
        at = showing(sink)
        await asyncio.sleep(0.2)
        for byte in "a☃b".encode():
            at.wrote("stdout", bytes([byte]))
            await asyncio.sleep(0.1)
        at.stop()
        pieces = [each.content.decode() for each in sink.shown if isinstance(each, Chunk)]
        assert pieces == ["a", "☃", "b"]
        assert sink.shown[-1].mark == Mark(1, 5)

    timeless(test())


def test_what_is_no_text_is_shown_all_the_same() -> None:
    async def test() -> None:
        sink = FakeSink(listeners=1)
        at = showing(sink)
        for byte in b"\xff\xfe\xe2\x82A\0":
            at.wrote("stdout", bytes([byte]))
            await asyncio.sleep(0.1)
        at.stop()
        assert sink.text() == b"\xff\xfe\xe2\x82A\0"

    timeless(test())


def test_a_log_that_is_away_loses_nothing() -> None:
    async def test() -> None:
        sink = FakeSink(listeners=1, away=True)
        at = showing(sink)
        at.wrote("stdout", b"early ")
        await asyncio.sleep(3.5)
        at.wrote("stdout", b"late")
        assert len(sink.times) == 4  # once a second, not in a loop
        sink.away = False
        await asyncio.sleep(2)
        at.stop()
        assert (sink.text(), sink.shown[0]) == (b"early late", Began(Mark(1), START + timedelta(milliseconds=50)))

    timeless(test())


def test_who_prints_for_long_fills_no_log() -> None:
    """After so many pieces the pace is the slow one, heard or not."""

    async def test() -> None:
        sink = FakeSink(listeners=1)
        at = showing(sink)
        for _ in range(200_000):
            at.wrote("stdout", b".")
            await asyncio.sleep(0.001)
        at.stop()
        assert MOST_PIECES <= len(sink.times) < MOST_PIECES + 200 - MOST_PIECES * 0.04 + 2
        assert len(sink.text()) > 198_000

    timeless(test())
