"""A log that was busy, and a second Redis to load it into."""

from collections.abc import AsyncIterator, Iterator

import pytest

from streams.redis import RedisLog
from streams.redis.wire import Wire
from tests.conftest import RedisServer, free_port
from tests.integration.replay.busy import Busy


@pytest.fixture
async def busy(redis_log: RedisLog) -> Busy:
    made = Busy(redis_log)
    await made.prepare()
    return made


@pytest.fixture
async def wire(redis_server: RedisServer) -> AsyncIterator[Wire]:
    wire = Wire(redis_server.settings)
    yield wire
    await wire.close()


@pytest.fixture(scope="session")
def _second_redis(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RedisServer]:
    server = RedisServer(tmp_path_factory.mktemp("laptop"), free_port())
    server.start()
    yield server
    server.stop()


@pytest.fixture
def laptop(_second_redis: RedisServer) -> RedisServer:
    """Another Redis, empty."""
    with _second_redis.client() as client:
        client.flushall()
    return _second_redis


@pytest.fixture
async def laptop_wire(laptop: RedisServer) -> AsyncIterator[Wire]:
    wire = Wire(laptop.settings)
    yield wire
    await wire.close()
