"""SIGTERM lets everybody go with what there is, within the deadline, and the process ends with 0."""

import asyncio
import time

import httpx

from streams.redis import RedisLog
from tests.conftest import RedisServer
from tests.integration.http_edge.actors_played import PlayedActors
from tests.integration.http_edge.client import HELLO, Client, ask_until, begun_to_wait
from tests.integration.http_edge.edge_process import running_edge

AT_ONCE = 8.0  # seconds: well below the wait, and patient with a busy machine


async def all_queued(log: RedisLog, count: int) -> None:
    """Until `count` submissions are there."""
    await ask_until(lambda: log.backlog("python"), lambda waiting: waiting >= count)


async def test_waiters_get_the_state_so_far(redis_server: RedisServer, redis_log: RedisLog) -> None:
    """Those who read as those who submitted; nobody is cut off."""
    await PlayedActors(redis_log).appear()
    with running_edge(redis_server) as edge:
        async with httpx.AsyncClient(base_url=edge.url, trust_env=False, timeout=60) as http:
            client = Client(http)
            job = (await client.submit()).json()["id"]
            waiting = [asyncio.ensure_future(client.submit(wait="60s")) for _ in range(5)]
            await all_queued(redis_log, 6)
            async with begun_to_wait(redis_server, 1):
                waiting += [asyncio.ensure_future(client.read(job, wait="60s"))]
            began = time.monotonic()
            edge.terminate()
            answers = await asyncio.gather(*waiting)
        assert await asyncio.to_thread(edge.exit_code) == 0
        assert time.monotonic() - began < AT_ONCE
    assert [answer.status_code for answer in answers] == [202] * 5 + [200]
    assert {answer.json()["status"] for answer in answers} == {"queued"}


async def test_a_request_that_never_ends_is_cut_off_at_the_deadline(redis_server: RedisServer) -> None:
    """HTTP_SHUTDOWN_TIMEOUT is kept whatever clients do; the exit code is 0 all the same."""
    with running_edge(redis_server, HTTP_SHUTDOWN_TIMEOUT="500ms", HTTP_READ_TIMEOUT="60s") as edge:
        reader, writer = await asyncio.open_connection("127.0.0.1", edge.port)
        writer.write(b"POST /v1/execute HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\n")
        writer.write(b"Expect: 100-continue\r\nContent-Length: 9\r\n\r\n")
        async with asyncio.timeout(20):
            assert (await reader.readline()).startswith(b"HTTP/1.1 100 ")  # it is reading
        began = time.monotonic()
        edge.terminate()
        assert await asyncio.to_thread(edge.exit_code) == 0
        assert time.monotonic() - began < AT_ONCE
        writer.close()
        await writer.wait_closed()


async def test_nothing_is_accepted_and_lost(redis_server: RedisServer, redis_log: RedisLog) -> None:
    """Under load, every 202 given before the end is in the stream."""
    await PlayedActors(redis_log).appear()
    with running_edge(redis_server) as edge:
        async with httpx.AsyncClient(base_url=edge.url, trust_env=False, timeout=60) as http:
            await Client(http).languages()
            flood = [asyncio.ensure_future(_until_refused(Client(http))) for _ in range(4)]
            await all_queued(redis_log, 50)
            edge.terminate()
            accepted = sum(await asyncio.gather(*flood))
        assert await asyncio.to_thread(edge.exit_code) == 0
    assert accepted <= await redis_log.backlog("python") <= accepted + len(flood)


async def _until_refused(client: Client) -> int:
    accepted = 0
    try:
        while (await client.submit(HELLO)).status_code == 202:
            accepted += 1
    except httpx.HTTPError:
        pass
    return accepted
