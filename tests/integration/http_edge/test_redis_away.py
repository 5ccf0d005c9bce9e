"""Redis away, full, or only just there: requests get 503 and Retry-After, and everything recovers by itself."""

import asyncio
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import httpx
import pytest

from streams.redis import RedisLog, open_log
from tests.conftest import STREAM_SETTINGS, RedisServer, free_port
from tests.integration.http_edge.actors_played import PlayedActors
from tests.integration.http_edge.client import PATIENCE, Client, ask_until, assert_problem, begun_to_wait
from tests.integration.http_edge.edge_process import running_edge


@pytest.fixture
def own_redis(tmp_path: Path) -> Iterator[RedisServer]:
    """A Redis that the test may stop and start; its file keeps what was written."""
    server = RedisServer(tmp_path, free_port())
    server.start()
    yield server
    server.stop()


@pytest.fixture
async def client(own_redis: RedisServer) -> AsyncIterator[Client]:
    with running_edge(own_redis) as edge:
        async with httpx.AsyncClient(base_url=edge.url, trust_env=False, timeout=60) as http:
            yield Client(http)


async def appear(log: RedisLog, client: Client) -> None:
    """Actors appear, and the edge knows of them."""
    await PlayedActors(log).appear()
    await client.languages()


def is_served(answer: httpx.Response) -> bool:
    return answer.status_code != 503


async def test_redis_away_is_503_until_it_is_back(client: Client, own_redis: RedisServer) -> None:
    """For every route that needs it; accepted jobs are there afterwards, and waiters are woken again."""
    async with open_log(own_redis.settings, STREAM_SETTINGS) as log:
        await appear(log, client)
        job = (await client.submit()).json()["id"]
    own_redis.stop()
    for answer in (
        await client.submit(),
        await client.read(job),
        await client.cancel(job),
        await client.read(job, "1s"),
    ):
        assert_problem(answer, 503)
        assert answer.headers["Retry-After"].isdigit()
    ready = await client.http.get("/health/ready")
    assert (ready.status_code, ready.json()["checks"]["redis"]["ok"]) == (503, False)
    assert (await client.http.get("/health")).status_code == 200
    own_redis.start()
    assert (await ask_until(lambda: client.read(job), is_served)).json()["status"] == "queued"
    async with open_log(own_redis.settings, STREAM_SETTINGS) as log:
        waiting = asyncio.ensure_future(client.read(job, wait="60s"))
        await PlayedActors(log).run_next()
        assert (await waiting).json()["status"] == "succeeded"


async def test_a_wait_outlives_a_restart_of_redis(client: Client, own_redis: RedisServer) -> None:
    """What was projected while nobody listened is read after the reconnect."""
    async with open_log(own_redis.settings, STREAM_SETTINGS) as log:
        await appear(log, client)
        job = (await client.submit()).json()["id"]
        async with begun_to_wait(own_redis, 1):
            waiting = asyncio.ensure_future(client.read(job, wait="60s"))
    own_redis.stop()
    own_redis.start()
    async with open_log(own_redis.settings, STREAM_SETTINGS) as log:
        await PlayedActors(log).run_next()
    async with asyncio.timeout(PATIENCE):
        assert (await waiting).json()["status"] == "succeeded"


async def test_an_edge_starts_without_redis(own_redis: RedisServer) -> None:
    """And serves as soon as there is one."""
    own_redis.stop()
    with running_edge(own_redis) as edge:
        async with httpx.AsyncClient(base_url=edge.url, trust_env=False, timeout=60) as http:
            client = Client(http)
            assert (await http.get("/health/ready")).status_code == 503
            own_redis.start()
            await ask_until(lambda: http.get("/v1/languages"), is_served)
            async with open_log(own_redis.settings, STREAM_SETTINGS) as log:
                await appear(log, client)
                assert (await client.submit()).status_code == 202


async def test_a_full_redis_is_503_and_what_is_there_can_be_read(client: Client, own_redis: RedisServer) -> None:
    """Near its memory limit Redis refuses to append; polls go on."""
    async with open_log(own_redis.settings, STREAM_SETTINGS) as log:
        await appear(log, client)
        job = (await client.submit()).json()["id"]
        await PlayedActors(log).project()
    with own_redis.client() as redis:
        redis.config_set("maxmemory", "1mb")
        assert_problem(await client.submit(), 503, "Try again")
        assert (await client.read(job)).json()["status"] == "queued"
        redis.config_set("maxmemory", "0")
    assert (await client.submit()).status_code == 202
