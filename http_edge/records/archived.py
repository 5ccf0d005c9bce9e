"""The archive as the edge asks it. While no archiver has ever run there are no tables, and so nothing in them."""

from collections.abc import Sequence
from datetime import date

import asyncpg

from streams.archive.reading import Archive, JobQuery, Page, Usage
from streams.jobid import JobId
from streams.postgres.database import Database
from streams.replay.recorded import Recorded

_NO_TABLES = (asyncpg.UndefinedTableError, asyncpg.InvalidSchemaNameError)


class Archived:
    """What the archive has. All of it raises DatabaseUnavailableError."""

    def __init__(self, database: Database) -> None:
        self._archive = Archive(database)

    async def facts(self, job: JobId) -> Sequence[Recorded]:
        """What it has about `job`, in order."""
        try:
            return await self._archive.facts(job)
        except _NO_TABLES:
            return ()

    async def jobs(self, query: JobQuery) -> Page:
        """A page of jobs. Raises BadCursorError."""
        try:
            return await self._archive.jobs(query)
        except _NO_TABLES:
            return Page((), None)

    async def usage(self, account: str, first: date, last: date) -> Sequence[Usage]:
        """Usage from `first` to `last` (both included), by day and language."""
        try:
            return await self._archive.usage(account, first, last)
        except _NO_TABLES:
            return ()
