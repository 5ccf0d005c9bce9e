"""What every log promises, whichever keeps it: one suite over Redis and memory."""

from collections.abc import AsyncIterator
from contextlib import AsyncExitStack

import pytest

from streams.memory import MemoryLog
from streams.redis import open_log
from streams.system import SystemClock
from tests.conftest import STREAM_SETTINGS, RedisServer
from tests.integration.streams.conformance.lives import LONG, Log, report


@pytest.fixture(params=["redis", "memory"])
async def log(request: pytest.FixtureRequest, redis_server: RedisServer) -> AsyncIterator[Log]:
    async with AsyncExitStack() as stack:
        log: Log = MemoryLog(STREAM_SETTINGS, SystemClock())
        if request.param == "redis":
            log = await stack.enter_async_context(open_log(redis_server.settings, STREAM_SETTINGS))
        await log.report(report("executor-1", "python"), LONG)
        yield log
