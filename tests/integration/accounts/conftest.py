from collections.abc import AsyncIterator

import pytest

from tests.conftest import RedisServer
from tests.integration.accounts.world import World, open_world
from tests.postgres_server import TestDatabase


@pytest.fixture
async def world(postgres: TestDatabase, redis_server: RedisServer) -> AsyncIterator[World]:
    async with open_world(postgres, redis_server) as made:
        yield made
