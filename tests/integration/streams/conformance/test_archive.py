"""What the archiver is given, and what waits for it."""

from datetime import timedelta

import msgspec

from streams.codec import decode
from streams.jobid import JobId
from streams.ports import (
    ArchiveLag,
    Claim,
    StreamEntry,
)
from streams.system import SystemClock
from tests.integration.streams.conformance.lives import (
    LONG,
    NOW,
    SHORT,
    Log,
    project_all,
    report,
    submitted_and_claimed,
)
from tests.unit.streams.facts_made import finished, submission


async def done_with_everything(log: Log) -> JobId:
    """A job that executor and projector are done with."""
    job, claim = await submitted_and_claimed(log)
    await log.end(claim, "a", finished(job))
    await project_all(log)
    return job


async def unarchived(log: Log, consumer: str = "archiver-1") -> list[StreamEntry]:
    return list(await log.read_unarchived(consumer, 100, SHORT))


async def test_the_archive_reads_every_fact_as_it_lies_there(log: Log) -> None:
    await log.keep_archive()
    job = await done_with_everything(log)
    entries = await unarchived(log)
    assert [(entry.address is None, type(decode(entry.fields)).__name__) for entry in entries] in (
        [(False, "Submission"), (True, "Finished")],
        [(True, "Finished"), (False, "Submission")],
    )
    assert {entry.address for entry in entries} == {None, job.address}
    assert {entry.partition for entry in entries} == {job.address.partition}
    assert await unarchived(log) == []


async def test_without_an_archive_nothing_waits_for_it(log: Log) -> None:
    await done_with_everything(log)
    assert await log.archive_lag() is None
    assert await log.trim(SystemClock().now() + LONG) == 2


async def test_trimming_waits_for_the_archive(log: Log) -> None:
    await log.keep_archive()
    await done_with_everything(log)
    later = SystemClock().now() + LONG
    assert await log.trim(later) == 0
    entries = await unarchived(log)
    assert await log.trim(later) == 0
    await log.archived(entries)
    assert await log.trim(later) == 2


async def test_trimming_waits_for_the_archive_in_a_stream_that_it_has_not_found_yet(log: Log) -> None:
    await log.keep_archive()
    await log.archived(await unarchived(log))
    await log.report(report("executor-2", "go"), LONG)
    await log.submit(msgspec.structs.replace(submission(), language="go"), 0)
    (claim,) = await log.claim("go", "a", 1, LONG)
    assert isinstance(claim, Claim)
    await log.end(claim, "a", finished(claim.job))
    await log.find_streams()
    await project_all(log)
    assert await log.trim(SystemClock().now() + LONG) == 0


async def test_an_archive_that_was_ended_holds_nothing_up(log: Log) -> None:
    await log.keep_archive()
    await done_with_everything(log)
    await log.end_archive()
    assert await log.archive_lag() is None
    assert await log.trim(SystemClock().now() + LONG) == 2


async def test_the_archives_lag_counts_what_it_has_not_acknowledged(log: Log) -> None:
    await log.keep_archive()
    assert await log.archive_lag() == ArchiveLag(0, timedelta(0))
    await done_with_everything(log)
    lag = await log.archive_lag()
    assert lag is not None
    assert lag.entries == 2
    assert timedelta(0) <= lag.oldest < LONG
    entries = await unarchived(log)
    read = await log.archive_lag()
    assert read is not None
    assert read.entries == 2
    await log.archived(entries)
    assert await log.archive_lag() == ArchiveLag(0, timedelta(0))


async def test_what_a_dead_archiver_read_is_archived_by_another(log: Log) -> None:
    await log.keep_archive()
    await done_with_everything(log)
    read = await unarchived(log, "dead")
    assert await log.reclaim_unarchived("alive", 100, LONG) == []
    again = await log.reclaim_unarchived("alive", 100, NOW)
    assert sorted(entry.position for entry in again) == sorted(entry.position for entry in read)
    assert {entry.position: dict(entry.fields) for entry in again} == {
        entry.position: dict(entry.fields) for entry in read
    }
