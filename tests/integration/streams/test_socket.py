"""Redis behind a Unix socket."""

import asyncio
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from streams.ports import LogUnavailableError
from streams.redis import open_log
from tests.conftest import STREAM_SETTINGS, RedisServer, free_port


async def test_the_log_works_over_a_unix_socket_and_comes_back_with_it(tmp_path: Path) -> None:
    """Calls go through the socket; while Redis is away they fail as over the network, and then work again."""
    server = RedisServer(tmp_path, free_port())
    options = ("--unixsocket", str(tmp_path / "redis.sock"))
    server.start(*options)
    settings = replace(server.settings, host=str(tmp_path / "redis.sock"), port=0)
    try:
        async with open_log(settings, STREAM_SETTINGS) as log:
            assert await log.backlog("python") == 0
            async with log.status_changes() as changes, asyncio.timeout(5):
                assert await anext(aiter(changes)) is None
            server.stop()
            with pytest.raises(LogUnavailableError, match=r"redis\.sock cannot be reached|broke"):
                await log.claim("python", "nobody", 1, timedelta(seconds=1))
            server.start(*options)
            assert not await log.claim("python", "nobody", 1, timedelta(milliseconds=1))
    finally:
        server.stop()
