from collections.abc import AsyncIterator

import pytest

from tests.unit.http_edge.edge_in_memory import World, running_edge


@pytest.fixture
async def world() -> AsyncIterator[World]:
    async with running_edge() as made:
        yield made
