from collections.abc import AsyncIterator

import pytest

from tests.conftest import RedisServer
from tests.integration.records.world import World, open_world
from tests.postgres_server import TestDatabase


@pytest.fixture
async def world(redis_server: RedisServer) -> AsyncIterator[World]:
    """Without PostgreSQL."""
    async with open_world(redis_server) as made:
        yield made


@pytest.fixture
async def with_archive(redis_server: RedisServer, postgres: TestDatabase) -> AsyncIterator[World]:
    """With an archive that is there, and empty."""
    async with open_world(redis_server, postgres) as made:
        assert made.writer is not None
        await made.writer.prepare()
        yield made
