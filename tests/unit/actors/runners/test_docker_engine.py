"""The engine that changes containers: one that is away for a moment costs no job an attempt."""

import asyncio
import gc
import json
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from actors.runners import sizing
from actors.runners.port import RunnerError
from actors.runners.sizing import DockerEngine, Size

# The docker package leaves it to the collector to close the sockets with which it reached nobody.
pytestmark = pytest.mark.filterwarnings("ignore:unclosed <socket:ResourceWarning")
SIZE = Size(64 << 20, 32)
VERSION = {"ApiVersion": "1.41", "MinAPIVersion": "1.12", "Version": "20.10"}


@pytest.fixture(autouse=True)
def _collected() -> Iterator[None]:
    yield
    gc.collect()


class Asked(list[str]):
    """The requests, and the moment of the first for a change."""

    def __init__(self) -> None:
        super().__init__()
        self.to_change = asyncio.Event()


@asynccontextmanager
async def listening(socket: Path, status: str = "200 OK", answers: asyncio.Event | None = None) -> AsyncIterator[Asked]:
    """An engine at `socket` that answers every change with `status`, once it `answers`; yields what it was asked."""
    asked = Asked()

    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        head = (await reader.readuntil(b"\r\n\r\n")).decode()
        request = head.splitlines()[0].rsplit(" ", 1)[0]
        asked.append(request)
        if request.startswith("POST"):
            asked.to_change.set()
            if answers is not None:
                await answers.wait()
        body = json.dumps(VERSION).encode()
        said = status if request.startswith("POST") else "200 OK"
        writer.write(f"HTTP/1.1 {said}\r\nConnection: close\r\nContent-Length: {len(body)}\r\n\r\n".encode() + body)
        await writer.drain()
        writer.close()

    async with await asyncio.start_unix_server(answer, socket):
        yield asked


def engine(socket: Path, patience: float = 10.0) -> DockerEngine:
    return DockerEngine({"DOCKER_HOST": f"unix://{socket}"}, patience)


async def test_a_container_is_changed(tmp_path: Path) -> None:
    async with listening(tmp_path / "s") as asked:
        await engine(tmp_path / "s").resize("c1", SIZE)
    assert asked[-1] == "POST /v1.41/containers/c1/update"


async def test_an_engine_that_is_away_is_waited_for(tmp_path: Path) -> None:
    """Before it was ever reached, and after."""
    mine = engine(tmp_path / "s")
    for _ in range(2):
        resizing = asyncio.ensure_future(mine.resize("c1", SIZE))
        await asyncio.wait([resizing], timeout=0.2)
        assert not resizing.done()
        async with listening(tmp_path / "s") as asked, asyncio.timeout(8):
            await resizing
        assert asked[-1] == "POST /v1.41/containers/c1/update"


async def test_an_engine_that_stays_away_is_given_up(tmp_path: Path) -> None:
    with pytest.raises(RunnerError, match="cannot be given"):
        await engine(tmp_path / "s", patience=0.05).resize("c1", SIZE)


async def test_an_engine_that_refuses_is_not_asked_again(tmp_path: Path) -> None:
    async with listening(tmp_path / "s", "404 Not Found") as asked:
        with pytest.raises(RunnerError, match="cannot be given"):
            await engine(tmp_path / "s").resize("c1", SIZE)
        assert sum(request.startswith("POST") for request in asked) == 1


async def test_who_gives_up_is_held_until_the_engine_has_answered(tmp_path: Path) -> None:
    """However often they are told to: what was asked is done, then, or never."""
    answers = asyncio.Event()
    async with listening(tmp_path / "s", answers=answers) as asked, asyncio.timeout(8):
        resizing = asyncio.ensure_future(engine(tmp_path / "s").resize("c1", SIZE))
        await asked.to_change.wait()
        try:
            for _ in range(3):
                resizing.cancel()
                await asyncio.wait([resizing], timeout=0.05)
                assert not resizing.done()
        finally:
            answers.set()
        with pytest.raises(asyncio.CancelledError):
            await resizing


async def test_an_engine_that_hangs_holds_nobody_for_ever(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Whoever gives up waits for the end of the call, which comes though no answer does."""
    monkeypatch.setattr(sizing, "_CALL_DEADLINE", 1)
    answers = asyncio.Event()
    async with listening(tmp_path / "s", answers=answers) as asked, asyncio.timeout(8):
        resizing = asyncio.ensure_future(engine(tmp_path / "s").resize("c1", SIZE))
        await asked.to_change.wait()
        resizing.cancel()
        try:
            with pytest.raises(asyncio.CancelledError):
                await resizing
        finally:
            answers.set()
