"""What the archive holds on a real PostgreSQL: every byte, each entry once, and rows that agree with the fold."""

import asyncio
from collections.abc import Mapping, Sequence
from datetime import UTC, date, datetime, timedelta

import msgspec
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from streams import keys
from streams.archive.reading import Archive, BadCursorError, JobQuery
from streams.archive.schema import ARCHIVE
from streams.codec import UnknownVersionError, entry_fields
from streams.facts import AnyFact, Binary, Cancelled, Compile, Finished, Lane, Lost, Result, Submission
from streams.jobid import Address, JobId
from streams.ports import StreamEntry
from streams.position import Position
from streams.postgres.migrations import migrate
from streams.postgres.settings import DatabaseSettings
from streams.replay.reading import Entry
from streams.state import fold, state_from_fields
from tests.integration.archive.conftest import Archived
from tests.postgres_server import TestDatabase
from tests.unit.streams.facts_made import AT, FACTS, NONCE, finished, started, submission

EVENTS = keys.events(0)
SUBMISSIONS = keys.submissions(0, "python", Lane("interactive", 0))


def event(fact: AnyFact, ms: int, seq: int = 0) -> StreamEntry:
    return StreamEntry(EVENTS, 0, None, Position(ms, seq), entry_fields(fact))


def submitted(fact: Submission, ms: int, seq: int = 0) -> StreamEntry:
    address = Address(0, fact.language, fact.lane, Position(ms, seq))
    return StreamEntry(keys.stream_of(address), 0, address, address.position, entry_fields(fact))


def job_at(ms: int, seq: int = 0, language: str = "python", nonce: str = NONCE) -> JobId:
    return JobId(Address(0, language, Lane("interactive", 0), Position(ms, seq)), nonce)


async def all_entries(archive: Archive) -> list[Entry]:
    return [entry async for batch in archive.entries() for entry in batch]


async def test_a_job_comes_back_as_its_facts_were(archived: Archived) -> None:
    job = job_at(1000)
    facts: list[AnyFact] = [submission(), started(job), finished(job)]
    await archived.writer.store([submitted(submission(), 1000), event(started(job), 1001), event(finished(job), 1002)])
    assert [recorded.fact for recorded in await archived.archive.facts(job)] == facts
    assert [recorded.job for recorded in await archived.archive.facts(job)] == [job] * 3
    assert await archived.archive.facts(job_at(1)) == []


@pytest.mark.parametrize(
    "fields",
    [
        {b"v": b"1", b"fact": b'{"type":"nothing", "text":"\\u0000"}'},
        {b"v": b"1", b"fact": b"\x00\xff\xfe not JSON"},
        {b"v": b"01", b"fact": b"{}"},
        {b"v": b"one", b"fact": b"{}"},
        {b"fact": b"{}", b"v": b"1"},
        {b"\x00name": b"\xff\x00value"},
        {},
    ],
)
async def test_what_is_no_fact_is_kept_byte_for_byte(archived: Archived, fields: Mapping[bytes, bytes]) -> None:
    entry = StreamEntry(EVENTS, 0, None, Position(5, 1), fields)
    await archived.writer.store([entry])
    (kept,) = await all_entries(archived.archive)
    assert list(kept.fields.items()) == list(fields.items())
    assert kept.position == Position(5, 1)


async def test_text_with_nul_and_bytes_that_are_no_text_survive(archived: Archived) -> None:
    asked = msgspec.structs.replace(submission(code="print('\0')"), stdin=Binary(b"\0\xff"), account="a\0b")
    entry = submitted(asked, 7)
    await archived.writer.store([entry])
    (kept,) = await all_entries(archived.archive)
    assert kept.fields == entry.fields
    (found,) = await archived.archive.facts(job_at(7))
    assert found.fact == asked


@settings(max_examples=30, suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(st.lists(FACTS, min_size=1, max_size=6), st.randoms(use_true_random=False))
def test_any_facts_in_any_order_and_repeated_give_the_state_of_the_fold(
    migrated: TestDatabase, facts: Sequence[AnyFact], chance: object
) -> None:
    asyncio.run(_agrees_with_the_fold(migrated, facts, chance))


async def _agrees_with_the_fold(postgres: TestDatabase, facts: Sequence[AnyFact], chance: object) -> None:
    from tests.integration.archive.conftest import _opened

    job = job_at(1)
    own = [fact for fact in facts if not isinstance(fact, Submission)]
    placed = [(Position(2, number), msgspec.structs.replace(fact, job=str(job))) for number, fact in enumerate(own)]
    asked = submission()
    entries = [submitted(asked, 1), *(event(fact, *position) for position, fact in placed)]
    shuffled = [*entries, *entries]
    chance.shuffle(shuffled)  # type: ignore[attr-defined]
    postgres.psql("TRUNCATE archive.fact, archive.job")
    async with _opened(postgres.url) as archived:
        for start in range(0, len(shuffled), 3):
            await archived.writer.store(shuffled[start : start + 3])
        state = state_from_fields(fold([(Position(1, 0), asked), *placed]))
        (row,) = (await archived.archive.jobs(JobQuery())).jobs
        assert (row.status, row.attempts) == (state.status, state.attempts)
        assert len(await archived.archive.facts(job)) == len(entries)


@pytest.fixture
async def migrated(postgres: TestDatabase) -> TestDatabase:
    await migrate(DatabaseSettings(postgres.url), ARCHIVE)
    return postgres


async def test_storing_again_changes_nothing(archived: Archived) -> None:
    job = job_at(1000)
    entries = [submitted(submission(), 1000), event(started(job), 1001), event(finished(job), 1002)]
    await archived.writer.store(entries)
    before = (await archived.archive.jobs(JobQuery())).jobs
    await archived.writer.store(entries)
    await archived.writer.store(entries[1:])
    assert (await archived.archive.jobs(JobQuery())).jobs == before
    assert len(await all_entries(archived.archive)) == 3


async def test_of_two_endings_the_first_counts(archived: Archived) -> None:
    job = job_at(1)
    lost = Lost(at=AT, by="b", job=str(job), attempts=3, reason="gone")
    await archived.writer.store([event(lost, 9)])
    await archived.writer.store([event(finished(job), 5), event(Cancelled(at=AT, by="b", job=str(job)), 7)])
    (row,) = (await archived.archive.jobs(JobQuery())).jobs
    assert row.status == "succeeded"


async def test_an_entry_of_a_newer_release_stores_nothing_of_its_batch(archived: Archived) -> None:
    newer = StreamEntry(EVENTS, 0, None, Position(9, 9), {b"v": b"2", b"fact": b"{}"})
    with pytest.raises(UnknownVersionError):
        await archived.writer.store([submitted(submission(), 1), newer])
    assert await all_entries(archived.archive) == []


async def test_entries_come_in_order_and_page_by_page(archived: Archived, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("streams.archive.reading.PAGE", 3)
    job = job_at(1)
    entries = [
        submitted(submission(), 5),
        *(event(started(job, n + 1), 5, n) for n in range(6)),
        event(finished(job), 6),
    ]
    await archived.writer.store(list(reversed(entries)))
    found = await all_entries(archived.archive)
    order = [(entry.position, entry.place.stream) for entry in found]
    assert order == sorted(order)
    assert len(order) == 8
    some = [e async for batch in archived.archive.entries(Position(5, 2), Position(5, 4)) for e in batch]
    assert [entry.position for entry in some] == [Position(5, 2), Position(5, 3), Position(5, 4)]


def owned(account: str, ms: int, language: str = "python") -> list[StreamEntry]:
    """A finished job of an account: 250 ms of CPU, 50 of them the compiler's."""
    asked = msgspec.structs.replace(
        submission(language=language), account=account, at=datetime.fromtimestamp(ms / 1000, UTC)
    )
    job = job_at(ms, language=language)
    compiled = Compile(exit_code=0, stdout="", stderr="", duration_ms=60.0, cpu_ms=50.0)
    result = Result(stage="run", stdout="", stderr="", duration_ms=300.0, cpu_ms=200.0, exit_code=0, compile=compiled)
    ended = Finished(
        at=asked.at + timedelta(seconds=1),
        by="e",
        job=str(job),
        attempt=1,
        runner="r",
        status="succeeded",
        result=result,
    )
    return [submitted(asked, ms), event(ended, ms + 1000)]


NOON = int(datetime(2026, 11, 20, 12, tzinfo=UTC).timestamp() * 1000)
DAY = 86_400_000


async def test_an_account_sees_its_own_jobs_newest_first_by_page(archived: Archived) -> None:
    await archived.writer.store([entry for n in range(5) for entry in owned("me", NOON + n)])
    await archived.writer.store(owned("other", NOON + 2, "go"))
    first = await archived.archive.jobs(JobQuery(account="me", limit=2))
    second = await archived.archive.jobs(JobQuery(account="me", limit=2, cursor=first.next_cursor))
    third = await archived.archive.jobs(JobQuery(account="me", limit=2, cursor=second.next_cursor))
    ids = [job.id for page in (first, second, third) for job in page.jobs]
    assert ids == [str(job_at(NOON + n)) for n in (4, 3, 2, 1, 0)]
    assert third.next_cursor is None
    (job, *_) = first.jobs
    assert (job.account, job.status, job.duration_ms, job.cpu_ms, job.exit_code) == ("me", "succeeded", 300.0, 200.0, 0)
    assert job.finished_at == job.created_at + timedelta(seconds=1)


async def test_jobs_are_filtered(archived: Archived) -> None:
    await archived.writer.store([*owned("me", NOON), *owned("me", NOON + 1, "go"), submitted(submission(), NOON + 2)])
    archive = archived.archive
    assert [job.language for job in (await archive.jobs(JobQuery(account="me", language="go"))).jobs] == ["go"]
    assert [job.status for job in (await archive.jobs(JobQuery(status="queued"))).jobs] == ["queued"]
    assert (await archive.jobs(JobQuery(account="nobody"))).jobs == ()
    since = datetime.fromtimestamp((NOON + 1) / 1000, UTC)
    assert len((await archive.jobs(JobQuery(account="me", since=since))).jobs) == 1


@pytest.mark.parametrize("cursor", ["", "x", "////", "ew", "MTIzNDU2Nzg5MDEyMzQ1Njc4OTAxMjM0NTY3ODkwIHg", "\0", "é"])
async def test_a_cursor_of_ones_own_making_is_refused(archived: Archived, cursor: str) -> None:
    with pytest.raises(BadCursorError):
        await archived.archive.jobs(JobQuery(cursor=cursor))


async def test_usage_is_by_day_and_language(archived: Archived) -> None:
    jobs = [owned("me", NOON), owned("me", NOON + 5), owned("me", NOON + 6, "go"), owned("me", NOON + DAY)]
    await archived.writer.store([entry for job in (*jobs, owned("other", NOON + 7)) for entry in job])
    first = date(2026, 11, 20)
    used = await archived.archive.usage("me", first, date(2026, 11, 21))
    assert [(u.date, u.language, u.jobs, round(u.cpu_seconds, 3)) for u in used] == [
        (first, "go", 1, 0.25),
        (first, "python", 2, 0.5),
        (date(2026, 11, 21), "python", 1, 0.25),
    ]
    assert sum(u.jobs for u in await archived.archive.usage(None, first, first)) == 4


async def test_what_is_older_than_the_retention_is_forgotten_and_nothing_else(archived: Archived) -> None:
    await archived.writer.store([*owned("me", NOON), *owned("me", NOON + DAY)])
    before = datetime.fromtimestamp((NOON + DAY) / 1000, UTC)
    assert await archived.writer.forget(before) == 3
    assert await archived.writer.forget(before) == 0
    assert [job.id for job in (await archived.archive.jobs(JobQuery())).jobs] == [str(job_at(NOON + DAY))]
    assert len(await all_entries(archived.archive)) == 2


async def test_the_schema_goes_down_and_up_again(postgres: TestDatabase) -> None:
    where = DatabaseSettings(postgres.url)
    assert await migrate(where, ARCHIVE) == "a0001"
    assert await migrate(where, ARCHIVE, "base") is None
    assert (
        postgres.psql("SELECT count(*) FROM pg_tables WHERE schemaname = 'archive' AND tablename <> 'alembic_version'")
        == "0"
    )
    assert await migrate(where, ARCHIVE) == "a0001"
