from collections.abc import AsyncIterator

import pytest

from tests.conftest import RedisServer
from tests.integration.accounts.world import World, open_world
from tests.postgres_server import TestDatabase


@pytest.fixture
async def world(postgres: TestDatabase, redis_server: RedisServer) -> AsyncIterator[World]:
    async with open_world(postgres, redis_server) as made:
        yield made


@pytest.fixture
async def quiet_world(postgres: TestDatabase, redis_server: RedisServer) -> AsyncIterator[World]:
    """As in production without a mail server: nothing leaves the outbox but what the test lets out."""
    async with open_world(postgres, redis_server, False) as made:
        yield made


@pytest.fixture
async def generous_world(postgres: TestDatabase, redis_server: RedisServer) -> AsyncIterator[World]:
    """Whose free plan has no limits, for tests that submit a lot."""
    async with open_world(postgres, redis_server, PLANS="free=") as made:
        yield made
