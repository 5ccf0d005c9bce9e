"""Reading the archive: the facts of a job, the jobs of an account, usage by day, all entries of a time."""

import base64
from collections.abc import AsyncIterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Any

import asyncpg

from streams import keys
from streams.archive.rows import fields_of
from streams.archive.schema import PACKAGE
from streams.jobid import JobId
from streams.position import ORIGIN, Position
from streams.postgres.database import ANSWER_DEADLINE, Database
from streams.postgres.queries import load_queries
from streams.replay.layout import Place, place_of
from streams.replay.reading import LAST, Entry
from streams.replay.recorded import Recorded, recorded

PAGE = 1000
"""Entries read at once."""
_EPOCH = datetime.fromtimestamp(0, UTC)
_NEWEST = (datetime.max.replace(tzinfo=UTC), "")


class BadCursorError(ValueError):
    """The cursor is none that a page ended with."""


@dataclass(frozen=True, slots=True)
class JobSummary:
    """A job in a list. Durations are milliseconds."""

    id: str
    language: str
    lane: str
    account: str | None
    status: str
    created_at: datetime
    finished_at: datetime | None
    duration_ms: float | None
    cpu_ms: float | None
    memory_peak_bytes: int | None
    exit_code: int | None
    signal: str | None
    attempts: int


@dataclass(frozen=True, slots=True)
class JobQuery:
    """Which jobs: None asks for all. `cursor` is where the page before ended."""

    account: str | None = None
    language: str | None = None
    status: str | None = None
    since: datetime | None = None
    limit: int = 50
    cursor: str | None = None


@dataclass(frozen=True, slots=True)
class Page:
    """Jobs, the newest first, and the cursor of the next page if there is one."""

    jobs: tuple[JobSummary, ...]
    next_cursor: str | None


@dataclass(frozen=True, slots=True)
class Usage:
    """What was used on a day (UTC, by when jobs were submitted) of a language."""

    date: date
    language: str
    jobs: int
    cpu_seconds: float


@dataclass(frozen=True, slots=True)
class ArchiveExtent:
    """From when to when the archive has entries (ms since the epoch), about how many, and their size on disk."""

    first_ms: int | None
    last_ms: int | None
    entries: int
    size: int


@dataclass(frozen=True, slots=True)
class Archive:
    """What everybody but the archiver sees: a moment behind the streams. All of it raises DatabaseUnavailableError.

    While no archiver has ever run there are no tables, and so nothing in them.
    """

    database: Database

    async def facts(self, job: JobId) -> list[Recorded]:
        """What the archive has about `job`, in order."""
        rows = await self._fetch("facts_of_job", str(job))
        place = Place(keys.stream_of(job.address), job.address.partition, job.address.language, job.address.lane)
        return [recorded(_entry(row, {place.stream: place})) for row in rows]

    async def entries(
        self, since: Position = ORIGIN, until: Position = LAST, places: Sequence[Place] | None = None
    ) -> AsyncIterator[list[Entry]]:
        """Entries from `since` to `until` (both included), of these streams or of all, in order, in batches."""
        known = {place.stream: place for place in places or ()}
        after = (since.ms, since.seq - 1, chr(0x10FFFF))
        while rows := await self._fetch("entries_after", *after, *until, PAGE, None if places is None else list(known)):
            yield [_entry(row, known) for row in rows]
            after = (rows[-1]["ms"], rows[-1]["seq"], rows[-1]["stream"])

    async def entries_back(
        self, places: Sequence[Place], until: Position = LAST, since: Position = ORIGIN
    ) -> AsyncIterator[list[Entry]]:
        """Entries of these streams from `until` back to `since` (both included), the latest first, in batches."""
        known = {place.stream: place for place in places}
        before = (until.ms, until.seq + 1, "")
        while rows := await self._fetch("entries_before", *before, *since, PAGE, list(known)):
            yield [_entry(row, known) for row in rows]
            before = (rows[-1]["ms"], rows[-1]["seq"], rows[-1]["stream"])

    async def places(self) -> list[Place]:
        """The streams that it has entries of."""
        return [place_of(row["stream"], row["partition"]) for row in await self._fetch("streams")]

    async def last_before(self, bounds: Mapping[str, Position]) -> dict[str, Position]:
        """By stream, the last position that it has before the one in `bounds`, if there is any."""
        positions = bounds.values()
        wanted = ([*bounds], [position.ms for position in positions], [position.seq for position in positions])
        return {row["stream"]: Position(row["ms"], row["seq"]) for row in await self._fetch("last_before", *wanted)}

    async def jobs(self, query: JobQuery) -> Page:
        """A page of jobs. Raises BadCursorError."""
        before = _NEWEST if query.cursor is None else _parse_cursor(query.cursor)
        wanted = (query.language, query.status, query.since or _EPOCH, *before, query.limit + 1)
        if query.account is None:
            rows = await self._fetch_patiently("jobs_of_all", *wanted)
        else:
            rows = await self._fetch_patiently("jobs_of_account", query.account, *wanted)
        jobs = tuple(JobSummary(**row) for row in rows[: query.limit])
        return Page(jobs, _cursor(jobs[-1]) if len(rows) > query.limit else None)

    async def usage(self, account: str | None, first: date, last: date) -> list[Usage]:
        """Usage of an account, or of all, from `first` to `last` (both included), by day and language."""
        start = datetime(first.year, first.month, first.day, tzinfo=UTC)
        end = datetime(last.year, last.month, last.day, tzinfo=UTC) + timedelta(days=1)
        if account is None:
            rows = await self._fetch_patiently("usage_of_all", start, end)
        else:
            rows = await self._fetch_patiently("usage_of_account", account, start, end)
        return [Usage(**row) for row in rows]

    async def extent(self) -> ArchiveExtent:
        for row in await self._fetch("extent"):
            return ArchiveExtent(row["first_ms"], row["last_ms"], row["about"], row["bytes"])
        return ArchiveExtent(None, None, 0, 0)

    async def _fetch(self, name: str, *arguments: Any) -> list[Any]:
        async with self.database.connection() as connection:
            return await _rows(connection, name, *arguments)

    async def _fetch_patiently(self, name: str, *arguments: Any) -> list[Any]:
        """For what may have to look at a lot: once the server has shown that it answers, it may take its time."""
        async with self.database.connection() as connection:
            await connection.fetchval("SELECT 1")
            return await _rows(connection, name, *arguments, seconds=ANSWER_DEADLINE)


async def _rows(connection: Any, name: str, *arguments: Any, seconds: float | None = None) -> list[Any]:
    try:
        rows: list[Any] = await connection.fetch(load_queries(PACKAGE)[name], *arguments, timeout=seconds)
    except (asyncpg.UndefinedTableError, asyncpg.InvalidSchemaNameError):
        return []
    return rows


def _entry(row: Mapping[str, Any], places: Mapping[str, Place]) -> Entry:
    place = places.get(row["stream"]) or place_of(row["stream"], row["partition"])
    return Entry(Position(row["ms"], row["seq"]), place, fields_of(row))


def _cursor(job: JobSummary) -> str:
    microseconds = (job.created_at - _EPOCH) // timedelta(microseconds=1)
    return base64.urlsafe_b64encode(f"{microseconds} {job.id}".encode()).rstrip(b"=").decode()


def _parse_cursor(text: str) -> tuple[datetime, str]:
    try:
        spelled = base64.urlsafe_b64decode(text + "=" * (-len(text) % 4)).decode("ascii")
        microseconds, separator, job = spelled.partition(" ")
        at = _EPOCH + timedelta(microseconds=int(microseconds))
    except (ValueError, OverflowError) as error:
        raise BadCursorError("the cursor is none that a page ended with") from error
    if not separator or "\0" in job:
        raise BadCursorError("the cursor is none that a page ended with")
    return at, job
