"""Connections that are slow, too large or no HTTP at all end as problems, and never cut another request's answer."""

import asyncio
import json
import socket
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import pytest
import uvicorn
from starlette.types import Receive, Scope, Send

from http_edge.protocol import LARGEST_HEAD
from http_edge.server import make_server
from http_edge.settings import HttpSettings

DEADLINE = timedelta(milliseconds=300)
LONGEST = 10.0
GET = b"GET / HTTP/1.1\r\nHost: x\r\n"
POST = b"POST / HTTP/1.1\r\nHost: x\r\n"
MEBIBYTE = b"x" * (1 << 20)


@dataclass
class Application:
    """Reads a request, waits until it may answer, and answers with `body`."""

    may_answer: asyncio.Event
    asked: asyncio.Event
    body: bytes = b"ok"
    headers: Any = None

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await receive()
            await send({"type": "lifespan.startup.complete"})
            await receive()
            await send({"type": "lifespan.shutdown.complete"})
            return
        if scope["path"] != "/early":
            while (message := await receive()).get("more_body"):
                pass
            if message["type"] == "http.disconnect":
                return
        self.headers = dict(scope["headers"])
        self.asked.set()
        await self.may_answer.wait()
        length = str(len(self.body)).encode()
        await send({"type": "http.response.start", "status": 200, "headers": [(b"content-length", length)]})
        await send({"type": "http.response.body", "body": self.body})


@dataclass
class Served:
    """A server, its application, and how to reach it."""

    application: Application
    server: uvicorn.Server
    port: int

    async def exchange(self, *sent: bytes) -> bytes:
        """All that the server says to `sent`, until it closes the connection."""
        reader, writer = await asyncio.open_connection("127.0.0.1", self.port)
        try:
            for each in sent:
                writer.write(each)
                await writer.drain()
            async with asyncio.timeout(LONGEST):
                return await reader.read()
        finally:
            writer.close()
            await asyncio.wait([asyncio.ensure_future(writer.wait_closed())])


@asynccontextmanager
async def served(body: bytes = b"ok") -> AsyncIterator[Served]:
    application = Application(asyncio.Event(), asyncio.Event(), body)
    application.may_answer.set()
    http = HttpSettings("127.0.0.1", 0, DEADLINE, DEADLINE, DEADLINE)
    server = make_server(application, http, lambda: None)
    listener = socket.create_server(("127.0.0.1", 0))
    serving = asyncio.create_task(server.serve([listener]))
    try:
        yield Served(application, server, listener.getsockname()[1])
    finally:
        application.may_answer.set()
        server.should_exit = True
        await serving


class Connections(set[Any]):
    """uvicorn's set of connections, which tells when one is gone. The client cannot: the kernel goes on for it."""

    def __init__(self) -> None:
        super().__init__()
        self.one_is_gone = asyncio.Event()

    def discard(self, connection: Any) -> None:
        super().discard(connection)
        self.one_is_gone.set()


def last_problem(answer: bytes) -> dict[str, Any]:
    """The problem that ends what the server said."""
    head, _, body = answer.rpartition(b"\r\n\r\n")
    assert b"content-type: application/problem+json\r\n" in head
    assert b"connection: close" in head
    assert b"x-content-type-options: nosniff" in head  # as every answer has, whoever makes it
    assert b"content-security-policy: default-src 'none'" in head
    found: dict[str, Any] = json.loads(body)
    return found


@pytest.mark.parametrize(
    "sent",
    [b"nonsense\r\n\r\n", b"GET /\xff HTTP/1.1\r\n\r\n", b"CONNECT x:1 HTTP/1.1\r\n\r\n", b"\x16\x03\x01\x02\x00\x01"],
)
async def test_what_is_no_http_is_a_400_problem(sent: bytes) -> None:
    async with served() as at:
        assert last_problem(await at.exchange(sent))["status"] == 400


@pytest.mark.parametrize("count", [1, 100])
async def test_a_head_beyond_all_measure_is_431(count: int) -> None:
    """In one long header or in many."""
    size = LARGEST_HEAD // count
    headers = b"".join(b"x-%d: %s\r\n" % (number, b"a" * size) for number in range(count))
    async with served() as at:
        assert last_problem(await at.exchange(GET + headers))["status"] == 431


async def test_a_large_head_is_taken() -> None:
    async with served() as at:
        answer = await at.exchange(GET + b"x: " + b"a" * (LARGEST_HEAD // 2) + b"\r\nConnection: close\r\n\r\n")
        assert answer.startswith(b"HTTP/1.1 200 ")


async def test_the_deadline_counts_from_the_first_byte_of_each_request() -> None:
    """The second of a connection has its own, and its 408 comes after the first's answer."""
    async with served() as at:
        began = time.monotonic()
        answer = await at.exchange(GET + b"\r\n" + GET)
        assert time.monotonic() - began >= DEADLINE.total_seconds() * 0.9
        assert answer.startswith(b"HTTP/1.1 200 ")
        assert last_problem(answer)["status"] == 408


async def test_a_silent_connection_is_closed_without_a_word() -> None:
    """Browsers open some in advance; an answer to no question would confuse them."""
    async with served() as at:
        assert await at.exchange() == b""


async def test_a_slow_request_does_not_cut_the_answer_before_it() -> None:
    """The first request waits for its job, longer than the second has time to arrive."""
    async with served() as at:
        at.application.may_answer.clear()
        exchange = asyncio.create_task(at.exchange(GET + b"\r\n" + POST + b"Content-Length: 9\r\n\r\n1"))
        await at.application.asked.wait()
        await asyncio.wait([exchange], timeout=2 * DEADLINE.total_seconds())
        assert not exchange.done()
        at.application.may_answer.set()
        answer = await exchange
        assert answer.startswith(b"HTTP/1.1 200 ")
        assert b"\r\n\r\nok" in answer


async def test_a_request_that_was_answered_early_is_not_answered_twice() -> None:
    """What is left of it has its time to arrive, then the connection just closes."""
    async with served() as at:
        answer = await at.exchange(b"POST /early HTTP/1.1\r\nHost: x\r\nContent-Length: 100\r\n\r\n1")
        assert answer.endswith(b"\r\n\r\nok")
        assert answer.count(b"HTTP/1.1") == 1


async def test_trailers_are_no_headers() -> None:
    """What comes after the body was not there when the headers were checked."""
    async with served() as at:
        chunks = b"Transfer-Encoding: chunked\r\nConnection: close\r\n\r\n1\r\n1\r\n0\r\nX-Late: 1\r\n\r\n"
        assert (await at.exchange(POST + chunks)).startswith(b"HTTP/1.1 200 ")
        assert b"x-late" not in at.application.headers
        assert at.application.headers[b"host"] == b"x"


async def test_an_answer_that_nobody_takes_ends() -> None:
    """Although the application has given all of it away long ago."""
    async with served(MEBIBYTE * 16) as at:
        at.server.server_state.connections = connections = Connections()
        with socket.socket() as stalled:
            stalled.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
            stalled.setblocking(False)
            await asyncio.get_running_loop().sock_connect(stalled, ("127.0.0.1", at.port))
            await asyncio.get_running_loop().sock_sendall(stalled, GET + b"\r\n")
            await at.application.asked.wait()
            async with asyncio.timeout(LONGEST):
                await connections.one_is_gone.wait()


async def test_an_answer_that_is_taken_slowly_is_let_finish() -> None:
    """The deadline is for a client that takes nothing, not for a thin line."""
    async with served(MEBIBYTE * 8) as at:
        reader, writer = await asyncio.open_connection("127.0.0.1", at.port, limit=1 << 16)
        writer.write(GET + b"Connection: close\r\n\r\n")
        received, began = 0, time.monotonic()
        async with asyncio.timeout(LONGEST):
            while chunk := await reader.read(1 << 17):
                received += len(chunk)
                await asyncio.sleep(0.01)  # this is how slow it is
        writer.close()
        await writer.wait_closed()
        assert received > len(MEBIBYTE) * 8
        assert time.monotonic() - began > DEADLINE.total_seconds()
