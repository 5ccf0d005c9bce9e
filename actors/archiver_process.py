"""An archiver's process. Apart from the others', so that only this one loads what PostgreSQL needs."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from actors.archiver import Archiver
from actors.process import Process, SteppingProcess, first_report
from actors.settings import ArchiverSettings
from streams.archive.writing import ArchiveWriter
from streams.postgres.database import DatabaseUnavailableError, open_database
from streams.redis import RedisLog
from streams.system import SystemClock


@asynccontextmanager
async def archiver_process(name: str, log: RedisLog, settings: ArchiverSettings) -> AsyncIterator[Process]:
    """The process whose work is archiving."""
    async with open_database(settings.database, name, most=2) as database:
        store = ArchiveWriter(settings.database, database)
        archiver = Archiver(log, store, name, SystemClock(), settings.retention)
        yield SteppingProcess(first_report("archiver", name), archiver.run, log, away=(DatabaseUnavailableError,))
