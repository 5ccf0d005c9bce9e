"""An agent that does as it is told, over a real socket in this very loop."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

from actors.agent.frames import Decoder, Header, encode
from actors.runners.lease import Watcher

HELLO: Header = {
    "type": "hello",
    "protocol": 1,
    "language": "python",
    "versions": {"python": "3.13.5"},
    "aliases": ["py"],
}


class FakeAgent(asyncio.Protocol):
    """Greets, answers pings unless `deaf`, and keeps what else it hears."""

    def __init__(self, hello: Header | None) -> None:
        self.hello = hello
        self.deaf = False
        self.pings = 0
        self.heard: asyncio.Queue[tuple[Header, bytes]] = asyncio.Queue()
        self.gone = asyncio.Event()
        self._decoder = Decoder()
        self.transport: asyncio.Transport | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self.transport = transport
        if self.hello is not None:
            self.say(self.hello)

    def connection_lost(self, _exc: Exception | None) -> None:
        self.gone.set()

    def data_received(self, data: bytes) -> None:
        for header, body in self._decoder.feed(data):
            if header["type"] != "ping":
                self.heard.put_nowait((header, body))
                continue
            self.pings += 1
            if not self.deaf:
                self.say({"type": "pong"})

    def say(self, header: Header, *body: bytes) -> None:
        assert self.transport is not None
        self.transport.write(encode(header, *body))

    def result(self, job: str, stdout: bytes = b"", **more: object) -> None:
        header = {
            "type": "result",
            "job": job,
            "outcome": "exited",
            "stage": "run",
            "exit_code": 0,
            "signal": None,
            "duration_ms": 1.5,
            "cpu_ms": 1.0,
            "memory_peak_bytes": 4096,
            "memory_source": "rss",
            "compile": None,
            "truncated": {"stdout": False, "stderr": False},
            "error": None,
            "parts": [["stdout", len(stdout)], ["stderr", 0]],
        }
        self.say(header | more, stdout)


class Told:
    """A watcher's ears."""

    def __init__(self) -> None:
        self.ready = 0
        self.gone: list[str] = []

    @property
    def watcher(self) -> Watcher:
        return Watcher(self._ready, self.gone.append)

    def _ready(self) -> None:
        self.ready += 1


@asynccontextmanager
async def agent(directory: Path, hello: Header | None = HELLO, name: str = "agent.sock") -> AsyncIterator[FakeAgent]:
    """An agent that listens in `directory`."""
    fake = FakeAgent(hello)
    server = await asyncio.get_running_loop().create_unix_server(lambda: fake, directory / name)
    try:
        yield fake
    finally:
        if fake.transport is not None:
            fake.transport.abort()
            await fake.gone.wait()
        server.close()
