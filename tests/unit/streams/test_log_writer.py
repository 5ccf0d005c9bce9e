"""Lines that tell of nothing wrong are written together, and none out of its turn."""

import asyncio
import threading
from io import StringIO

from streams.log_writer import LogWriter


class Writes(StringIO):
    """Remembers what each write was, and tells of it."""

    def __init__(self) -> None:
        super().__init__()
        self.all: list[str] = []
        self.news = asyncio.Event()

    def write(self, text: str) -> int:
        self.all.append(text)
        self.news.set()
        return len(text)


async def test_lines_of_a_moment_are_one_write() -> None:
    writes = Writes()
    writer = LogWriter(writes)
    for name in "abc":
        writer.info(name)
    assert writes.all == []
    async with asyncio.timeout(10):
        await writes.news.wait()
        assert writes.all == ["a\nb\nc\n"]
        writes.news.clear()
        writer.debug("d")
        await writes.news.wait()
    assert writes.all == ["a\nb\nc\n", "d\n"]


async def test_what_is_wrong_is_written_at_once_and_in_its_turn() -> None:
    writes = Writes()
    writer = LogWriter(writes)
    writer.info("before")
    writer.warning("wrong")
    assert writes.all == ["before\nwrong\n"]


async def test_a_thread_without_a_loop_waits_for_nothing() -> None:
    writes = Writes()
    await asyncio.to_thread(LogWriter(writes).info, "here")
    assert writes.all == ["here\n"]


def test_a_loop_that_ended_before_its_moment_keeps_no_line_back() -> None:
    writes = Writes()
    writer = LogWriter(writes)

    async def say(line: str) -> None:
        writer.info(line)

    async def say_and_wait(line: str) -> None:
        writer.info(line)
        async with asyncio.timeout(10):
            await writes.news.wait()

    asyncio.run(say("first"))
    asyncio.run(say_and_wait("second"))
    assert writes.all == ["first\nsecond\n"]


def test_what_waits_at_the_end_is_written() -> None:
    writes = Writes()
    writer = LogWriter(writes)

    async def say() -> None:
        writer.info("last words")

    asyncio.run(say())
    writer.flush()
    assert writes.all == ["last words\n"]


def test_who_logs_while_a_line_is_written_waits_for_nobody() -> None:
    """As what is collected at that moment may do: a task, say, whose error nobody has seen."""

    class Chatty(Writes):
        def write(self, text: str) -> int:
            if text == "one\n":
                writer.warning("of its own")
            return super().write(text)

    writes = Chatty()
    writer = LogWriter(writes)
    saying = threading.Thread(target=writer.warning, args=["one"], daemon=True)
    saying.start()
    saying.join(10)
    assert not saying.is_alive()
    assert sorted(writes.all) == ["of its own\n", "one\n"]
