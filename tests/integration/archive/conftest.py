"""An archive on a real PostgreSQL, and an archiver over a real log."""

from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import dataclass
from datetime import timedelta

import pytest

from actors.archiver import Archiver
from streams.archive.reading import Archive
from streams.archive.writing import ArchiveWriter
from streams.postgres.database import Database, open_database
from streams.postgres.settings import DatabaseSettings
from streams.redis import RedisLog
from streams.system import SystemClock
from tests.postgres_server import TestDatabase

FOREVER = timedelta(days=36500)


@dataclass(frozen=True)
class Archived:
    """An archive, and how to write to it."""

    writer: ArchiveWriter
    archive: Archive

    def archiver(self, log: RedisLog, retention: timedelta = FOREVER, name: str = "archiver-1") -> Archiver:
        return Archiver(log, self.writer, name, SystemClock(), retention)


@asynccontextmanager
async def _opened(url: str) -> AsyncIterator[Archived]:
    settings = DatabaseSettings(url)
    async with open_database(settings, "test") as database:
        yield Archived(ArchiveWriter(settings, database), Archive(database))


@pytest.fixture
def opened() -> Callable[[str], AbstractAsyncContextManager[Archived]]:
    """The archive behind a DATABASE_URL."""
    return _opened


@pytest.fixture
async def archived(postgres: TestDatabase) -> AsyncIterator[Archived]:
    """An archive that is there, and empty."""
    async with _opened(postgres.url) as found:
        await found.writer.prepare()
        yield found


@pytest.fixture
def database(archived: Archived) -> Database:
    return archived.archive.database
