"""Writing the archive: batches of entries, each in one transaction, each entry once."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from streams.archive.rows import Rows, rows_of
from streams.archive.schema import ARCHIVE, PACKAGE
from streams.ports import StreamEntry
from streams.postgres.database import Connection, Database
from streams.postgres.migrations import migrate
from streams.postgres.queries import load_queries
from streams.postgres.settings import DatabaseSettings

MOST_FORGOTTEN = 5000
"""Rows deleted in one statement: some hundredths of a second."""


@dataclass(frozen=True, slots=True)
class ArchiveWriter:
    """What the archiver does to the archive. All of it raises DatabaseUnavailableError."""

    settings: DatabaseSettings
    database: Database

    async def prepare(self) -> None:
        """Bring the schema up to this release. Raises SchemaUnknownError."""
        await migrate(self.settings, ARCHIVE)

    async def store(self, entries: Sequence[StreamEntry]) -> None:
        """Once this returns the archive has `entries`, on disk; those that it had already are left as they are.

        Raises UnknownVersionError for an entry of a newer release; then nothing is stored.
        """
        rows = rows_of(entries)
        async with self.database.transaction() as connection:
            await _write(connection, rows)

    async def forget(self, before: datetime) -> int:
        """Delete some of what is older than `before`; how many rows, 0 when nothing is left to delete."""
        queries = load_queries(PACKAGE)
        async with self.database.connection() as connection:
            facts = await connection.execute(queries["forget_facts"], int(before.timestamp() * 1000), MOST_FORGOTTEN)
            jobs = await connection.execute(queries["forget_jobs"], before, MOST_FORGOTTEN)
        return _count(facts) + _count(jobs)


async def _write(connection: Connection, rows: Rows) -> None:
    queries = load_queries(PACKAGE)
    for name, told in (("add_facts", rows.facts), ("join_jobs", rows.jobs), ("end_jobs", rows.endings)):
        if told:
            await connection.execute(queries[name], *_columns(told))


def _columns(rows: Iterable[tuple[Any, ...]]) -> list[list[Any]]:
    return [list(column) for column in zip(*rows, strict=True)]


def _count(answer: str) -> int:
    """From `DELETE 12`."""
    return int(answer.rpartition(" ")[2])
