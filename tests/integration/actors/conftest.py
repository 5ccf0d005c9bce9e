"""Runners and a portal of each test's own."""

from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest

from tests.conftest import RedisServer
from tests.integration.actors.containers import RunnerHost, runner_host
from tests.integration.actors.portal import Portal, portal


@pytest.fixture
def host(tmp_path: Path) -> Iterator[RunnerHost]:
    job_dir = tmp_path / "jobs"
    job_dir.mkdir(mode=0o700)
    with runner_host(job_dir) as host:
        yield host


@pytest.fixture
async def at(redis_server: RedisServer, host: RunnerHost, tmp_path: Path) -> AsyncIterator[Portal]:
    async with portal(redis_server.settings, tmp_path, host.job_dir, host.pool) as at:
        yield at
