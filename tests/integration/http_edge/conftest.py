from collections.abc import AsyncIterator, Iterator

import httpx
import pytest

from streams.redis import RedisLog
from tests.conftest import RedisServer
from tests.integration.http_edge.actors_played import PlayedActors
from tests.integration.http_edge.client import Client
from tests.integration.http_edge.edge_process import EdgeProcess, running_edge


@pytest.fixture(scope="session")
def shared_edge(shared_redis: RedisServer) -> Iterator[EdgeProcess]:
    with running_edge(shared_redis) as process:
        yield process


@pytest.fixture
def edge(shared_edge: EdgeProcess, redis_server: RedisServer) -> EdgeProcess:
    """An edge with the default settings, over an empty Redis."""
    del redis_server
    return shared_edge


@pytest.fixture
async def client(edge: EdgeProcess) -> AsyncIterator[Client]:
    async with httpx.AsyncClient(base_url=edge.url, trust_env=False, timeout=30) as http:
        yield Client(http)


@pytest.fixture
async def actors(redis_log: RedisLog, client: Client) -> PlayedActors:
    """An executor of Python and a projector, which the edge knows of."""
    played = PlayedActors(redis_log)
    await played.appear()
    await client.languages()  # looks at the registry in any case, so that no submission meets an older view
    return played
