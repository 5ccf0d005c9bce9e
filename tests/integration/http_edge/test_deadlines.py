"""Slow clients are ended, by the deadlines of the settings; nobody who only waits for a job is."""

import asyncio
import socket
import time
from collections.abc import Iterator

import httpx
import pytest

from streams.redis import RedisLog
from tests.conftest import RedisServer
from tests.integration.http_edge.actors_played import PlayedActors
from tests.integration.http_edge.client import Client
from tests.integration.http_edge.edge_process import EdgeProcess, running_edge

HEAD = b"POST /v1/execute HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\n"
MEBIBYTE = 1 << 20
PATIENCE = 20.0  # seconds until a test gives up
NOT_YET = 0.3  # seconds: the deadline in these tests is half a second


@pytest.fixture(scope="module")
def impatient(shared_redis: RedisServer) -> Iterator[EdgeProcess]:
    with running_edge(shared_redis, HTTP_READ_TIMEOUT="500ms", HTTP_WRITE_TIMEOUT="500ms") as process:
        yield process


@pytest.fixture
async def actors(impatient: EdgeProcess, redis_log: RedisLog) -> PlayedActors:
    played = PlayedActors(redis_log)
    await played.appear()
    async with httpx.AsyncClient(base_url=impatient.url, trust_env=False) as http:
        await Client(http).languages()
    return played


@pytest.mark.parametrize(
    "beginning",
    [b"POST /v1/exe", HEAD, HEAD + b"Content-Length: 100\r\n\r\n{", HEAD + b"Transfer-Encoding: chunked\r\n\r\n1\r\n{"],
    ids=["line", "headers", "body", "chunks"],
)
async def test_a_request_that_does_not_arrive_is_408(impatient: EdgeProcess, beginning: bytes) -> None:
    """Once HTTP_READ_TIMEOUT is over, not before; then the connection closes."""
    reader, writer = await asyncio.open_connection("127.0.0.1", impatient.port)
    async with asyncio.timeout(PATIENCE):
        began = time.monotonic()
        writer.write(beginning)
        answer = await reader.read()
    assert time.monotonic() - began > NOT_YET
    assert answer.startswith(b"HTTP/1.1 408 ")
    assert b"application/problem+json" in answer
    writer.close()
    await writer.wait_closed()


async def test_a_trickle_is_408_too(impatient: EdgeProcess) -> None:
    """The time is for the whole request; each further byte does not prolong it."""
    reader, writer = await asyncio.open_connection("127.0.0.1", impatient.port)
    answer = asyncio.ensure_future(reader.read())
    writer.write(HEAD + b"Content-Length: 100000\r\n\r\n")
    async with asyncio.timeout(PATIENCE):
        while not answer.done():
            writer.write(b" ")
            await asyncio.wait([answer], timeout=0.05)
    assert (await answer).startswith(b"HTTP/1.1 408 ")
    writer.close()
    await asyncio.wait([asyncio.ensure_future(writer.wait_closed())])


async def test_waiting_for_a_job_is_not_being_slow(impatient: EdgeProcess, actors: PlayedActors) -> None:
    """A wait may last longer than both deadlines."""
    del actors
    async with httpx.AsyncClient(base_url=impatient.url, trust_env=False, timeout=PATIENCE) as http:
        answer = await Client(http).submit(wait="1500ms")
    assert (answer.status_code, answer.json()["status"]) == (202, "queued")


async def test_a_client_that_reads_nothing_is_ended(impatient: EdgeProcess, actors: PlayedActors) -> None:
    """Its connection is aborted once HTTP_WRITE_TIMEOUT is over."""
    async with httpx.AsyncClient(base_url=impatient.url, trust_env=False, timeout=PATIENCE) as http:
        job = (await Client(http).submit()).json()["id"]
    await actors.run_next(stdout="\0" * MEBIBYTE)  # six bytes each in JSON
    with socket.socket() as stalled:
        stalled.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        stalled.settimeout(PATIENCE)
        stalled.connect(("127.0.0.1", impatient.port))
        for number in (1, 2):
            head = f"GET /v1/execute/{job} HTTP/1.1\r\nHost: x\r\nX-Request-Id: stalled-{number}\r\n\r\n"
            stalled.sendall(head.encode())
        # The second answer cannot be begun until the first is taken: its request ends when the connection does.
        await asyncio.to_thread(impatient.wait_for_line, '"stalled-2"')
        assert received_until_the_end(stalled) < 6 * MEBIBYTE


def received_until_the_end(connection: socket.socket) -> int:
    """How many bytes still come: at most those that were on their way."""
    received = 0
    try:
        while chunk := connection.recv(1 << 16):
            received += len(chunk)
    except ConnectionResetError:
        pass
    return received
