"""`codeportal` as people type it: a process of its own, against real servers."""

import asyncio
import json
import os
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any

from deploy.stack.settings import ROOT
from tests.conftest import RedisServer
from tests.postgres_server import TestDatabase

DEADLINE = 60.0


@dataclass(frozen=True, slots=True)
class CommandLine:
    """The command on these servers."""

    redis: RedisServer
    postgres: TestDatabase | None = None

    async def __call__(self, *words: str, code: int = 0) -> str:
        """What it prints; hints and errors come last."""
        out, err = await self.both(*words, code=code)
        return out + err

    async def lines(self, *words: str) -> list[Any]:
        """The JSON lines that it prints."""
        out, _ = await self.both(*words, "--json")
        return [json.loads(line) for line in out.split("\n") if line]

    async def both(self, *words: str, code: int = 0) -> tuple[str, str]:
        """Standard output and standard error of a run that must exit with `code`."""
        process = await self._started(*words)
        out, err = (each.decode() for each in await process.communicate())
        assert process.returncode == code, out + err
        return out, err

    @asynccontextmanager
    async def following(self, *words: str) -> AsyncIterator[AsyncIterator[Any]]:
        """The JSON lines of a run that does not end by itself."""
        process = await self._started(*words)
        assert process.stdout is not None
        try:
            async with asyncio.timeout(DEADLINE):
                yield aiter(json.loads(line) async for line in process.stdout)
        finally:
            process.kill()
            await process.communicate()

    async def _started(self, *words: str) -> asyncio.subprocess.Process:
        database = {} if self.postgres is None else {"DATABASE_URL": self.postgres.url}
        return await asyncio.create_subprocess_exec(
            *(sys.executable, "-m", "deploy.cli", *words),
            env={**os.environ, "REDIS_ADDR": f"127.0.0.1:{self.redis.port}", **database},
            cwd=ROOT,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.PIPE,
        )
