"""Leases of agentless containers in Redis: one holder, and nobody gives up or prolongs another's."""

import asyncio
from collections.abc import AsyncIterator
from datetime import timedelta

import pytest

from actors.runners.exec_leases import RedisLeases
from streams.ports import LogUnavailableError
from streams.redis.wire import Wire
from streams.settings import RedisSettings
from tests.conftest import RedisServer

pytestmark = pytest.mark.redis
TTL = timedelta(seconds=10)


@pytest.fixture
async def leases(redis_server: RedisServer) -> AsyncIterator[RedisLeases]:
    wire = Wire(redis_server.settings)
    yield RedisLeases(wire)
    await wire.close()


async def test_a_container_has_one_holder(leases: RedisLeases) -> None:
    assert await leases.acquire("c", "a", TTL)
    assert not await leases.acquire("c", "b", TTL)
    assert await leases.acquire("other", "b", TTL)


async def test_only_the_holder_prolongs_and_releases(leases: RedisLeases) -> None:
    await leases.acquire("c", "a", TTL)
    assert not await leases.renew("c", "b", TTL)
    await leases.release("c", "b")
    assert await leases.renew("c", "a", TTL)
    await leases.release("c", "a")
    assert not await leases.renew("c", "a", TTL)
    assert await leases.acquire("c", "b", TTL)


async def test_a_lease_ends_with_its_time_and_a_stale_holder_learns_it(leases: RedisLeases) -> None:
    await leases.acquire("c", "a", timedelta(milliseconds=20))
    async with asyncio.timeout(5):
        while not await leases.acquire("c", "b", TTL):  # noqa: ASYNC110 -- Redis has no signal for an expiry
            await asyncio.sleep(0.005)
    assert not await leases.renew("c", "a", TTL)


async def test_a_log_that_is_away_is_said_so() -> None:
    wire = Wire(RedisSettings("127.0.0.1", 1, "", 0))
    with pytest.raises(LogUnavailableError):
        await RedisLeases(wire).acquire("c", "a", TTL)
    await wire.close()
